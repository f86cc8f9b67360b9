import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { SlowFirst } from './test/helpers/slow-first.ts'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    // A test that starts programs waits for them half of its time.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: SlowFirst },
    // Only what never ends fails by time: on a machine at load 20 a test that computes takes forty times as long.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
})

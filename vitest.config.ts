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
    // Only what never ends fails by time: a machine at load 10 gives a test a tenth of itself.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})

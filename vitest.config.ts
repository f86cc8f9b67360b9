import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { SlowFirst } from './test/helpers/slow-first.ts'

/** Tests that replace modules, or load them anew: each of these files has modules of its own. All others share those of their worker, since loading them takes longer than most tests. */
const REPLACE_MODULES = [
  'src/daemon/storage-hold.test.ts',
  'src/inbox/folder-hints.test.ts',
  'src/lib/process-tree.test.ts',
  'src/results/write.test.ts',
]

export default defineConfig({
  test: {
    pool: 'forks',
    // A test that starts programs waits for them half of its time.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: SlowFirst },
    // Only what never ends fails by time: on a machine at load 20 a test that computes takes forty times as long.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    projects: [
      {
        extends: true,
        test: { name: 'shared', include: ['src/**/*.test.ts', 'test/**/*.test.ts'], exclude: REPLACE_MODULES, isolate: false },
      },
      { extends: true, test: { name: 'own', include: REPLACE_MODULES } },
    ],
  },
})

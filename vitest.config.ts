import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Only what never ends fails by time: a machine at load 10 gives a test a tenth of itself.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})

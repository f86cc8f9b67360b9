import type { Reporter, TestModule } from 'vitest/node'
import './needs.ts'

/** Says at the end of a run which components were missing, how many tests were skipped for each, and how to get it. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>()
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const reason = test.meta().needs ?? 'no reason given'
        counts.set(reason, (counts.get(reason) ?? 0) + 1)
      }
    }
    for (const [reason, count] of counts) console.log(`Skipped ${count} ${count === 1 ? 'test' : 'tests'}: ${reason}.`)
  }
}

import { sep } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Folders of tests, those first that take longest: then no worker is left alone with a long file at the end. */
const ORDER = ['test/chaos', 'test/e2e', 'test/integration'].map((folder) => folder.split('/').join(sep))

/** Within a folder the order is that of vitest: what took longest the last time, or in a fresh clone the largest file, goes first. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = ORDER.findIndex((folder) => moduleId.includes(`${sep}${folder}${sep}`))
      return at === -1 ? ORDER.length : at
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}

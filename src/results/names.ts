import { join } from 'node:path'

/** Where results and their summaries lie. */
export interface ResultFolders {
  readonly results: string
  readonly summaries: string
}

/** The files of one run: of the newest run of a task, or of an earlier one by its number. */
export interface RunFiles {
  readonly result: string
  readonly summary: string
}

/** The paths of the newest run of a task, or of the earlier run that was kept under a number. */
export function runFiles(folders: ResultFolders, id: string, kept?: number): RunFiles {
  const number = kept === undefined ? '' : `.${kept}`
  return { result: join(folders.results, `${id}_result${number}.json`), summary: join(folders.summaries, `${id}_summary${number}.txt`) }
}

const ARTEFACT = /^(?!\.)(.+)_(result|summary)(?:\.(\d+))?\.(json|txt)$/

/** Which task a name in `results/` or `summaries/` belongs to, and the number of an earlier run; undefined for foreign files. */
export function parseName(name: string): { readonly id: string; readonly kept: number | undefined } | undefined {
  const [, id, kind, kept, ending] = ARTEFACT.exec(name) ?? []
  if (id === undefined || (kind === 'result') !== (ending === 'json')) return undefined
  return { id, kept: kept === undefined ? undefined : Number(kept) }
}

import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { attemptHead, withoutHeads } from './attempt-head.ts'

/** Of the file; a run of so many attempts has no more added to it. */
const MOST_BYTES = 2 * 1024 * 1024

/** Adds what one attempt changed to the file of its run, below a line that names the attempt. For reading only: a disk that is full costs the text and nothing else. */
export function addPatch(path: string, attempt: number, patch: string): void {
  if (patch === '') return
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES) return
    mkdirSync(dirname(path), { recursive: true })
    appendFileSync(path, `${attemptHead(attempt)}\n${patch}${patch.endsWith('\n') ? '' : '\n'}`, { mode: 0o600 })
  } catch {
    // what was changed is in the workspace still
  }
}

/** What all attempts of a run changed, one after the other; empty where nothing is known. */
export function readPatch(path: string): string {
  try {
    return withoutHeads(readFileSync(path, 'utf8'))
  } catch {
    return ''
  }
}

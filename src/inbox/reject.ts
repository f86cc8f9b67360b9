import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { RejectReason } from '../domain/reject-reason.ts'
import { TASK_SUFFIX } from '../domain/task-name.ts'
import { writeDurable } from '../lib/atomic-file.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { freeName } from './archive.ts'
import type { InboxFolders } from './folders.ts'

/**
 * Moves a file that cannot become a task into `tasks/rejected/`, the reason first (`<name>.reason.json`). `from` is its present path, `name` the name
 * it came with. Returns the name it lies under now.
 */
export async function rejectFile(folders: InboxFolders, from: string, name: string, reason: RejectReason, now: Date): Promise<string> {
  const stem = name.endsWith(TASK_SUFFIX) ? name.slice(0, -TASK_SUFFIX.length) : name
  const target = freeName(folders.rejected, shortened(stem))
  const account = { file: name, ...reason, rejected: now.toISOString() }
  await writeDurable(join(folders.rejected, `${target}.reason.json`), `${JSON.stringify(account, null, 2)}\n`)
  crashPoint('reject.reasoned')
  renameSync(from, join(folders.rejected, target))
  crashPoint('reject.renamed')
  return target
}

/** Systems take names of at most 255 bytes, and that of the reason is longer than the name itself. */
function shortened(stem: string): string {
  return Buffer.from(stem)
    .subarray(0, 200)
    .toString()
    .replace(/\uFFFD+$/, '')
}

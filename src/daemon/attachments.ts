import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { HomePaths } from '../config/home.ts'
import type { AttachedFile } from '../control/protocol.ts'
import { viewTask } from '../control/view/home-view.ts'
import { isPlainName } from '../domain/task-name.ts'
import { readTaskFile } from '../inbox/read.ts'
import { writeDurable } from '../lib/atomic-file.ts'
import { attachmentRule } from '../pipeline/foreign-task.ts'
import { parseTask } from '../task-file/parse.ts'
import { safeName } from './safe-name.ts'

/** Keeps the files that came with a task; two of one name get different ones. Returns their paths. */
export async function keepFiles(files: readonly AttachedFile[], paths: HomePaths, id: string): Promise<readonly string[]> {
  const folder = join(paths.attachments, id)
  if (files.length > 0) mkdirSync(folder, { recursive: true })
  const kept: string[] = []
  for (const { name, base64 } of files) {
    const path = join(folder, `${kept.length > 0 ? `${kept.length + 1}-` : ''}${safeName(name)}`)
    await writeDurable(path, Buffer.from(base64, 'base64'))
    kept.push(path)
  }
  return kept
}

/**
 * What lets an agent read the files that came with a task, and with those whose conversation it goes on with: they lie outside the working
 * directory, where Claude Code reads only what it is allowed by name. Undefined where there are none.
 */
export function readingRules(paths: HomePaths, id: string, resumed: string | undefined): string[] | undefined {
  const folders = [id, ...conversation(paths, resumed)]
    .filter(isPlainName)
    .map((one) => join(paths.attachments, one))
    .filter((folder) => existsSync(folder))
  return folders.length > 0 ? folders.map(attachmentRule) : undefined
}

/** A task and those that its conversation began with, newest first. */
function conversation(paths: HomePaths, newest: string | undefined): readonly string[] {
  const ids: string[] = []
  for (let id = newest; id !== undefined && !ids.includes(id); id = resumedBy(paths, id)) ids.push(id)
  return ids
}

function resumedBy(paths: HomePaths, id: string): string | undefined {
  const file = viewTask(paths, id)?.file
  if (file === undefined) return undefined
  const read = readTaskFile(file)
  if (read.kind !== 'bytes') return undefined
  const parsed = parseTask({ bytes: read.bytes, file, modified: new Date() })
  return parsed.ok ? parsed.task.head.resume : undefined
}

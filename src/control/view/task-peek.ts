import { readTaskFile } from '../../inbox/read.ts'
import type { Redactor } from '../../lib/redact.ts'
import { readSections } from '../../task-file/sections.ts'

/** What a task file seems to say; undefined for what it leaves out. */
export interface TaskPeek {
  readonly id: string | undefined
  readonly priority: string | undefined
  readonly created: string | undefined
  readonly agent: string | undefined
  readonly title: string | undefined
}

/** Front matter has at most 16 KiB, and titles stand at the beginning. */
const PEEKED_BYTES = 20 * 1024

const HEAD = /^\s*---[ \t]*((?:\n[\s\S]*?)??)\n---[ \t]*(?:\n|$)/

/**
 * Looks at the beginning of a task file without a YAML parser, which would double the time that a listing takes: good for
 * showing, not for running. Undefined where there is no file that can be read.
 */
export function peekTask(path: string, redact?: Redactor): TaskPeek | undefined {
  const text = beginningOf(path)
  if (text === undefined) return undefined
  const [all = '', head = ''] = HEAD.exec(text) ?? []
  const value = (key: string) => unquoted(new RegExp(`^${key}:[ \\t]+(.*)$`, 'm').exec(head)?.[1])
  return {
    id: value('id'),
    priority: value('priority'),
    created: value('created'),
    agent: value('agent'),
    title: readSections(text.slice(all.length), redact).title,
  }
}

function beginningOf(path: string): string | undefined {
  try {
    const read = readTaskFile(path)
    if (read.kind !== 'bytes') return undefined
    return new TextDecoder().decode(read.bytes.subarray(0, PEEKED_BYTES)).replaceAll('\r\n', '\n')
  } catch {
    return undefined // what is no file at all, such as a directory, is rejected by the daemon
  }
}

/** A scalar without its quotes, or without the comment behind it. */
function unquoted(text: string | undefined): string | undefined {
  const [, double, single] = /^"([^"]*)"|^'([^']*)'/.exec(text ?? '') ?? []
  return (double ?? single ?? text?.replace(/(?:^|[ \t])#.*$/, '').trim()) || undefined
}

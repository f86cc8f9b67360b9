import { fstatSync, writeSync } from 'node:fs'
import type { Environment } from '../config/environment.ts'
import type { Output } from './context.ts'
import { forPeople } from './for-people.ts'

type Name = 'stdout' | 'stderr'

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const

/** An empty pipe takes so much on every system. */
const PIPE_BYTES = 4096

/** The two output streams of the process. */
export interface Outputs {
  readonly out: Output
  readonly err: Output
  /** Settles when the readers have taken everything, which a pipe does later; nothing may be written after that. */
  flushed(): Promise<void>
}

/**
 * What goes to a terminal goes there at once. All else is kept until the process has nothing else to do: at the end of a short command it can then
 * be written straight away, since Node's streams take longer to load than the command to run. `onGone` is told when nobody reads any more.
 */
export function outputs(env: Environment, onGone: () => void): Outputs {
  const opened = new Set<Name>()
  let kept: { readonly name: Name; text: string }[] = []

  function write(name: Name, text: string): void {
    if (kept.length === 0) setImmediate(writeKept, writeToStream)
    const last = kept.at(-1)
    if (last?.name === name) last.text += text
    else kept.push({ name, text })
  }

  function writeKept(writeNow: (name: Name, text: string) => void): void {
    const now = kept
    kept = []
    for (const { name, text } of now) writeNow(name, text)
  }

  function writeToStream(name: Name, text: string | Uint8Array): void {
    if (!opened.has(name)) process[name].on('error', onGone)
    opened.add(name)
    if (process[name].writable) process[name].write(text)
  }

  /** What the system does not take now, the stream can wait for, or tell what is wrong with it. */
  function writeAtEnd(name: Name, text: string): void {
    const rest = opened.has(name) ? Buffer.from(text) : writeDirectly(DESCRIPTORS[name], text)
    if (rest.length > 0) writeToStream(name, rest)
  }

  function output(name: Name): Output {
    const isTerminal = isTty(DESCRIPTORS[name])
    const color = isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
    const print = isTerminal ? writeToStream : write
    return {
      isTerminal,
      color,
      get columns() {
        return (isTerminal && process[name].columns) || 80
      },
      write: (text) => print(name, text),
      line: (text = '') => print(name, `${forPeople(text, color)}\n`),
    }
  }

  async function flushed(): Promise<void> {
    writeKept(writeAtEnd)
    const streams = [...opened].map((name) => process[name]).filter(({ writable }) => writable)
    await Promise.all(streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))))
  }

  return { out: output('stdout'), err: output('stderr'), flushed }
}

/** Pipes and files are told from terminals without what Node loads to know terminals. */
function isTty(descriptor: number): boolean {
  const mayBe = process.platform === 'win32' || fstatSync(descriptor).isCharacterDevice()
  return mayBe && process.getBuiltinModule('node:tty').isatty(descriptor)
}

/** Writes as much as the system takes without waiting for the reader; what is left, whatever the reason, is returned. */
function writeDirectly(descriptor: number, text: string): Uint8Array {
  const bytes = Buffer.from(text)
  try {
    return bytes.subarray(writeSync(descriptor, bytes, 0, Math.min(bytes.length, PIPE_BYTES)))
  } catch {
    return bytes // a full pipe that does not block, or a reader that has gone
  }
}

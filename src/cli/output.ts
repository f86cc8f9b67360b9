import { isatty } from 'node:tty'
import type { Environment } from '../config/environment.ts'
import type { Output } from './context.ts'

/**
 * An output stream of the process, which is opened when it is first written to. `onGone` is told when nobody reads it any more. `flushed` settles when the reader has taken
 * everything, which a pipe does later.
 */
export function output(name: 'stdout' | 'stderr', env: Environment, onGone: () => void): Output & { flushed(): Promise<void> } {
  const isTerminal = isatty(name === 'stdout' ? 1 : 2)
  let written = false
  const write = (text: string) => {
    if (!written) process[name].on('error', onGone)
    written = true
    if (process[name].writable) process[name].write(text)
  }
  return {
    isTerminal,
    color: isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    get columns() {
      return (isTerminal && process[name].columns) || 80
    },
    write,
    line: (text = '') => write(`${text}\n`),
    flushed: async () => {
      if (written && process[name].writable) await new Promise<void>((resolve) => process[name].write('', () => resolve()))
    },
  }
}

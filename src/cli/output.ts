import type { WriteStream } from 'node:tty'
import type { Environment } from '../config/environment.ts'
import type { Output } from './context.ts'

/** An output stream of the process. `flushed` settles when the reader has taken everything, which a pipe does later. */
export function output(stream: NodeJS.WriteStream, env: Environment): Output & { flushed(): Promise<void> } {
  const isTerminal = stream.isTTY === true
  return {
    isTerminal,
    color: isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    get columns() {
      return (stream as Partial<WriteStream>).columns || 80
    },
    write: (text) => void stream.write(text),
    line: (text = '') => void stream.write(`${text}\n`),
    flushed: () => new Promise((resolve) => stream.write('', () => resolve())),
  }
}

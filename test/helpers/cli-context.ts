import type { Context } from '../../src/cli/context.ts'
import { forPeople } from '../../src/cli/for-people.ts'

/** What a command prints to in a test. */
export interface ContextOptions {
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  /** A terminal of so many columns, with colour; without it the output is a pipe. */
  readonly terminal?: number
}

/** A context whose output can be looked at while the command runs, and that can be interrupted. */
export interface FakeContext {
  readonly context: Context
  /** What was printed so far. */
  readonly printed: { out: string; err: string }
  /** Ctrl-C. */
  interrupt(): void
}

/** A context that sees nothing of this machine. */
export function fakeContext({ home, env = {}, terminal }: ContextOptions): FakeContext {
  const printed = { out: '', err: '' }
  const controller = new AbortController()
  const output = (name: 'out' | 'err'): Context['out'] => ({
    isTerminal: terminal !== undefined,
    color: terminal !== undefined,
    columns: terminal ?? 80,
    write: (text) => {
      printed[name] += text
    },
    line: (text = '') => {
      printed[name] += `${forPeople(text, terminal !== undefined)}\n`
    },
  })
  const context: Context = { home, env, out: output('out'), err: output('err'), signal: controller.signal }
  return { context, printed, interrupt: () => controller.abort('SIGINT') }
}

const ESCAPE = '\u001b['
const NAMES: Readonly<Record<string, string>> = {
  1: '<b>',
  2: '<dim>',
  22: '</>',
  31: '<red>',
  32: '<green>',
  33: '<yellow>',
  36: '<cyan>',
  39: '</>',
}

/** Output with its colours as tags, so that an expectation can be read. */
export function withTags(text: string): string {
  return text
    .split(ESCAPE)
    .map((part, index) => {
      const [all = '', code = ''] = /^(\d+)m/.exec(part) ?? []
      return index === 0 ? part : (NAMES[code] ?? `<?${code}>`) + part.slice(all.length)
    })
    .join('')
}

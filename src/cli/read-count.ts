import { OrchestratorError } from '../domain/errors.ts'
import type { Options } from './context.ts'

/** The number of an option such as `--lines`; throws `usage` for anything but a whole number. */
export function readCount(options: Options, name: string, otherwise: number): number {
  const value = options[name]
  if (value === undefined) return otherwise
  if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value)
  throw new OrchestratorError('usage', `--${name} must be a whole number, not "${String(value)}".`, {
    hint: `Write it as: --${name} ${otherwise}`,
  })
}

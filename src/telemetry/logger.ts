import { OrchestratorError } from '../domain/errors.ts'
import { type LogFields, renderLogLine } from './log-line.ts'
import { openRollingStream } from './rolling-stream.ts'

/** Least important lines first. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LEVELS)[number]

/** Tells people what goes on. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** The logger that writes `logs/orchestrator.log`. Each line is written when it is told; disposing closes the file. */
export interface LogFile extends Logger, AsyncDisposable {
  /** What a reload of LOG_LEVEL changes. */
  setLevel(level: LogLevel): void
}

/** How the log is kept. */
export interface LogFileOptions {
  readonly path: string
  readonly level: LogLevel
  /** Masks secrets in a line. */
  redact(text: string): string
  /** Told when lines cannot be written, and when the log cannot be rotated. */
  onProblem(message: string): void
}

/** Opens the log; rejects with `cannot_write` where that fails. */
export async function openLogFile({ path, level, redact, onProblem }: LogFileOptions): Promise<LogFile> {
  const stream = await openRollingStream(path, onProblem).catch((error: Error) => {
    throw new OrchestratorError('cannot_write', error.message, { cause: error })
  })
  let least = LEVELS.indexOf(level)
  const teller =
    (to: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LEVELS.indexOf(to) < least) return
      stream.write(redact(renderLogLine({ time: Date.now(), level: to, message, fields })))
    }
  return {
    debug: teller('debug'),
    info: teller('info'),
    warn: teller('warn'),
    error: teller('error'),
    setLevel(next) {
      least = LEVELS.indexOf(next)
    },
    [Symbol.asyncDispose]: () => stream.close(),
  }
}

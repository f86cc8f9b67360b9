import { OrchestratorError } from '../domain/errors.ts'
import { EVENT_FIELDS } from '../domain/named-fields.ts'
import { maskFields, type Redactor } from '../lib/redact.ts'
import { type LogFields, renderLogLine } from './log-line.ts'
import { openRollingStream } from './rolling-stream.ts'

/** Least important lines first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

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
  /** Masks secrets in messages and in fields; ids stay what they are. */
  readonly redact: Redactor
  /** Told when lines cannot be written, and when the log cannot be rotated. */
  onProblem(message: string): void
}

/** Opens the log; rejects with `cannot_write` where that fails. */
export async function openLogFile({ path, level, redact, onProblem }: LogFileOptions): Promise<LogFile> {
  const { pino } = await import('pino')
  const stream = await openRollingStream(path, onProblem).catch((error: Error) => {
    throw new OrchestratorError('cannot_write', error.message, { cause: error })
  })
  const write = (json: string) => {
    const { time, level: number, msg, fields } = JSON.parse(json)
    const masked = { message: redact(msg), fields: maskFields(redact, fields, EVENT_FIELDS) }
    stream.write(renderLogLine({ time, level: pino.levels.labels[number] ?? '', ...masked }))
  }
  // Fields lie one level down, so that none can pass for the time or the message.
  const logger = pino({ level, base: null }, { write })
  const teller =
    (to: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      logger[to]({ fields: withStacks(fields) }, message)
  return {
    debug: teller('debug'),
    info: teller('info'),
    warn: teller('warn'),
    error: teller('error'),
    setLevel(next) {
      logger.level = next
    },
    [Symbol.asyncDispose]: () => stream.close(),
  }
}

/** JSON has nothing for errors. */
function withStacks(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? (value.stack ?? value.message) : value]),
  )
}

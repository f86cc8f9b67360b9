import { type ErrorCode, type Failure, failure } from '../../domain/errors.ts'
import type { ProcessExit } from '../../lib/running.ts'
import type { ApiError, ResultLine, UsageLimit } from './lines.ts'

const ROOT_REFUSED = /cannot be used with root\/sudo privileges/
const SESSION_GONE = /No conversation found with session ID/
/** Wording of versions that had no structured record of usage limits. */
const LIMIT_WORDS = /usage limit reached|hit your (usage )?limit/i

const BY_SUBTYPE: Readonly<Record<string, ErrorCode>> = {
  error_max_turns: 'max_turns',
  error_max_budget_usd: 'max_budget',
}

const BY_TERMINAL_REASON: Readonly<Record<string, ErrorCode>> = {
  aborted_streaming: 'agent_interrupted',
  aborted_tools: 'agent_interrupted',
  prompt_too_long: 'prompt_too_long',
  blocking_limit: 'prompt_too_long',
  rapid_refill_breaker: 'prompt_too_long',
  image_error: 'invalid_request',
}

const BY_KIND: Readonly<Record<string, ErrorCode>> = {
  authentication_failed: 'auth_failed',
  oauth_org_not_allowed: 'auth_failed',
  account_on_hold: 'auth_failed',
  verification_required: 'auth_failed',
  cloud_credential_error: 'auth_failed',
  billing_error: 'billing',
  rate_limit: 'rate_limited',
  overloaded: 'overloaded',
  invalid_request: 'invalid_request',
  model_not_found: 'model_unknown',
  server_error: 'api_error',
  max_output_tokens: 'output_cut',
}

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'auth_failed',
  402: 'billing',
  403: 'auth_failed',
  404: 'model_unknown',
  408: 'api_unreachable',
  413: 'invalid_request',
  422: 'invalid_request',
  429: 'rate_limited',
  529: 'overloaded',
}

/** Failures to start that pass by themselves: the machine was short of something. */
const PASSING_START_ERRORS = ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'ETXTBSY']
const BAD_CALL_START_ERRORS = ['E2BIG', 'EINVAL', 'ERR_INVALID_ARG_VALUE']

/** What a result line means that does not report success. */
export function failedResult(result: ResultLine, api: ApiError | undefined, limit: UsageLimit | undefined): Failure {
  const message = shorten(result.text || result.errors.join('\n') || `The agent ended with ${result.subtype || 'an error'}.`)
  if (isUsageLimit(result, api, limit)) return failure('usage_limit', limit ? `${message} (${limitWords(limit)})` : message)
  if (ROOT_REFUSED.test(message)) return failure('agent_root_refused', message)
  if (SESSION_GONE.test(message)) {
    return failure('session_lost', message)
  }
  const code = find(BY_SUBTYPE, result.subtype) ?? find(BY_TERMINAL_REASON, result.terminalReason)
  if (code) return failure(code, message)
  if (result.subtype === 'error_during_execution') return failure('agent_failed', message, { retryable: result.turns !== 0 })
  if (result.stopReason === 'refusal') return failure('refused', message)
  return failure(apiCode(result, api), message)
}

/** What it means that a process ended without any result; `spoke` tells whether it printed anything to go by. */
export function missingResult(exit: ProcessExit, spoke: boolean): Failure {
  const { code, stderr } = exit
  if (ROOT_REFUSED.test(stderr)) return failure('agent_root_refused')
  if (code === 126 || code === 127) return failure('agent_missing', ended(exit, 'before it had started'))
  if (!spoke && stderr.trim() !== '' && (code === 1 || code === 2)) return failure('agent_usage', shorten(stderr))
  return badEnd(exit, 'without a result')
}

/** What it means that a process ended by a signal or with a bad status, whatever it had said before. */
export function badEnd(exit: ProcessExit, when: string): Failure {
  return failure(isInterrupt(exit) ? 'agent_interrupted' : 'agent_crashed', ended(exit, when))
}

/** What it means that a process could not be started. */
export function failedStart({ code, message }: { readonly code: string; readonly message: string }): Failure {
  if (PASSING_START_ERRORS.includes(code)) return failure('agent_crashed', `The agent could not be started: ${message}`)
  if (BAD_CALL_START_ERRORS.includes(code)) return failure('agent_usage', `The agent could not be started: ${message}`)
  return failure('agent_missing', `The agent could not be started: ${message}`)
}

/** When a usage limit ends, in words; the time is in UTC. */
export function limitWords({ window, resetsAt }: UsageLimit): string {
  const name = `${(window ?? 'usage').replaceAll('_', ' ')} limit`
  const reset = new Date((resetsAt ?? Number.NaN) * 1000)
  return Number.isNaN(reset.getTime()) ? name : `${name}, resets at ${reset.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Only `status` tells of the limit itself: that of the overage is also `rejected` while the plan still has room. */
function isUsageLimit(result: ResultLine, api: ApiError | undefined, limit: UsageLimit | undefined): boolean {
  if (api?.detail === 'usage_limit_reached') return true
  const refused = api?.kind === 'rate_limit' || result.apiStatus === 429
  return (
    (refused && limit?.status === 'rejected') || (result.isError && result.subtype === 'success' && LIMIT_WORDS.test(result.text ?? ''))
  )
}

function apiCode({ apiStatus, terminalReason, text = '' }: ResultLine, api: ApiError | undefined): ErrorCode {
  if (api?.detail === 'connection_failed') return 'api_unreachable'
  // Version 2.1.197 gives the status of repeated overload only in words.
  if (apiStatus === 529 || (apiStatus === undefined && text.includes('529 Overloaded'))) return 'overloaded'
  // Time-outs and dropped connections are server errors without a status.
  if (api?.kind === 'server_error' && apiStatus === undefined) return 'api_unreachable'
  const known = find(BY_KIND, api?.kind) ?? find(BY_STATUS, apiStatus)
  if (known) return known
  return api || apiStatus !== undefined || terminalReason?.endsWith('_error') ? 'api_error' : 'agent_failed'
}

/** Only what the table itself holds: the keys come from outside, and `constructor` is in every object. */
function find(table: Readonly<Record<string | number, ErrorCode>>, key: string | number = ''): ErrorCode | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Signals that come from outside, and the statuses by which the CLI and shells report them. */
function isInterrupt({ code, signal }: ProcessExit): boolean {
  const signals = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGKILL', 'SIGQUIT']
  return signal === undefined ? [129, 130, 131, 137, 143].includes(code ?? 0) : signals.includes(signal)
}

function ended({ code, signal, stderr }: ProcessExit, when: string): string {
  const how = signal === undefined ? `with status ${code ?? 'unknown'}` : `by ${signal}`
  const said = shorten(stderr)
  return `The agent ended ${how} ${when}${said === '' ? '.' : `: ${said}`}`
}

/** The end of a text is where programs say what went wrong. */
function shorten(text: string): string {
  const whole = text.trim()
  return whole.length > 1000 ? `…${whole.slice(-999)}` : whole
}

/**
 * Why a request came to nothing: `network` passes by itself, `limited` says when, `unauthorized` is a token that nobody knows,
 * `conflict` another program that reads the same messages, `refused` what will be refused again, `stopped` an abort of ours.
 */
export type ProblemKind = 'network' | 'limited' | 'unauthorized' | 'conflict' | 'refused' | 'stopped'

/** A request to Telegram that failed, in words without the token; the error of the library, which may hold it, is not kept. */
export class TelegramProblem extends Error {
  readonly kind: ProblemKind
  /** Milliseconds that Telegram wants to be left alone. */
  readonly retryAfterMs: number

  constructor(kind: ProblemKind, message: string, retryAfterMs = 0) {
    super(message)
    this.name = 'TelegramProblem'
    this.kind = kind
    this.retryAfterMs = retryAfterMs
  }
}

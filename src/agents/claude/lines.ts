import type { JsonObject } from './json.ts'

/** What the CLI says of a failed call to the model API. */
export interface ApiError {
  /** `authentication_failed`, `rate_limit`, `server_error` and the like. */
  readonly kind: string
  /** Finer than `kind` where it is given: `usage_limit_reached`, `connection_failed`. */
  readonly detail: string | undefined
}

/** State of a usage limit of the account. */
export interface UsageLimit {
  readonly status: string | undefined
  /** `five_hour`, `seven_day`, … */
  readonly window: string | undefined
  /** Epoch seconds. */
  readonly resetsAt: number | undefined
  /** Share that is used up, 0 to 1. */
  readonly utilization: number | undefined
}

/** One block of a message that matters: text, or a call of a tool. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly tool: string; readonly input: JsonObject }

/** A tool call that the CLI did not allow. */
export interface DeniedCall {
  readonly id: string
  readonly tool: string
  readonly input: JsonObject
}

/** The last word on one turn. A process may print several; the last one counts. */
export interface ResultLine {
  readonly subtype: string
  readonly isError: boolean
  /** Turns since the result before; tool calls made side by side count one each, a request that failed counts too. 0 where the model was never asked. */
  readonly turns: number | undefined
  /** The final text, or what the API error says. */
  readonly text: string | undefined
  readonly errors: readonly string[]
  readonly terminalReason: string | undefined
  readonly stopReason: string | undefined
  readonly apiStatus: number | undefined
  readonly denials: readonly DeniedCall[]
  readonly raw: JsonObject
}

/** A line of the stream that means something here. */
export type StreamLine =
  | {
      readonly type: 'init'
      readonly sessionId: string | undefined
      readonly model: string | undefined
      readonly deadServers: readonly string[]
    }
  | { readonly type: 'message'; readonly id: string | undefined; readonly subagent: boolean; readonly blocks: readonly Block[] }
  /** Text of the CLI itself in place of the model's; an error where the API failed. */
  | { readonly type: 'synthetic'; readonly text: string; readonly error: ApiError | undefined; readonly limit: UsageLimit | undefined }
  | { readonly type: 'tool_results'; readonly results: readonly { readonly id: string; readonly ok: boolean }[] }
  | { readonly type: 'denied'; readonly id: string; readonly tool: string; readonly reason: string }
  | { readonly type: 'api_retry'; readonly attempt: number; readonly delayMs: number; readonly reason: string }
  | { readonly type: 'limit'; readonly limit: UsageLimit }
  | { readonly type: 'fallback'; readonly notice: string }
  | { readonly type: 'background'; readonly tasks: readonly string[] }
  | { readonly type: 'result'; readonly result: ResultLine }

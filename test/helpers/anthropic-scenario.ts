/** A tool that the model asks for. */
export interface ToolCall {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

/** Tokens that a reply claims to have cost; the CLI turns them into dollars. */
export interface Usage {
  readonly input_tokens?: number
  readonly output_tokens?: number
}

/**
 * What the model does. `first` makes only so many requests go wrong; those after them are answered `ok`.
 * - `ok`: says `text`
 * - `calls`: asks for the tools one after another, then says `text`
 * - `loop`: asks for the same shell command without end
 * - `error`: an HTTP status with the API's own error body
 * - `usage-limit`: the 429 of a subscription that is used up until `resetSec` from now
 * - `hang`: takes the request and never answers, or goes silent within the answer
 * - `disconnect`: begins to answer and closes the socket
 * - `slow`: says its text in `chunks` pieces, `delayMs` apart
 */
export type Scenario =
  | { readonly name: 'ok'; readonly text?: string; readonly usage?: Usage }
  | { readonly name: 'calls'; readonly calls: readonly ToolCall[]; readonly text?: string; readonly usage?: Usage }
  | { readonly name: 'loop'; readonly command?: string; readonly usage?: Usage }
  | {
      readonly name: 'error'
      readonly status: ErrorStatus
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly first?: number
    }
  | { readonly name: 'usage-limit'; readonly resetSec: number; readonly first?: number }
  | { readonly name: 'hang'; readonly when: 'before' | 'within'; readonly first?: number }
  | { readonly name: 'disconnect'; readonly first?: number }
  | { readonly name: 'slow'; readonly chunks: number; readonly delayMs: number }

export type ErrorStatus = keyof typeof API_ERRORS

/** Error type and message of the Messages API for each status; https://docs.claude.com/en/api/errors. */
export const API_ERRORS = {
  400: ['invalid_request_error', 'bad request'],
  401: ['authentication_error', 'invalid x-api-key'],
  403: ['permission_error', 'forbidden'],
  404: ['not_found_error', 'model: no-such-model'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  429: ['rate_limit_error', 'This request would exceed your rate limit'],
  500: ['api_error', 'Internal server error'],
  529: ['overloaded_error', 'Overloaded'],
} as const

/** The call that runs a shell command. */
export function bash(command: string): ToolCall {
  return { name: 'Bash', input: { command, description: 'scripted' } }
}

/** The scenario that a prompt asks for with `FAKE:<name> {"json":"parameters"}` on one line; the last one counts. */
export function scenarioIn(prompt: string): Scenario | undefined {
  const found = [...prompt.matchAll(/FAKE:([\w-]+)(?:[ \t]+(\{.*\}))?/g)].at(-1)
  return found && { name: found[1], ...JSON.parse(found[2] ?? '{}') }
}

/** The line of a prompt that asks for a scenario. */
export function ask(scenario: Scenario): string {
  const { name, ...parameters } = scenario
  return `FAKE:${name} ${JSON.stringify(parameters)}`
}

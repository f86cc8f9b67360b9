import type { Patience } from './contract.ts'
import { clientFor, type Server } from './server.ts'

/** A question to the model. */
export interface Question {
  /** What it is to do. */
  readonly task: string
  /** What it is to do it with. */
  readonly material: string
  /** The JSON Schema that its answer is held to. */
  readonly format: object
  /** The most tokens of its answer, where it needs more than most do. */
  readonly answerTokens?: number
}

/**
 * Asks the model; the question is only made if it is asked. The answer is parsed JSON of any shape, undefined where there is
 * none in time. Spends the patience by the time it took and never rejects.
 */
export type Ask = (question: () => Question | Promise<Question>, patience: Patience) => Promise<unknown>

/** How long a server that gave no answer is left alone, in milliseconds: an absent Ollama costs the next tasks nothing. */
export const REST_MS = 60_000

const ANSWER_TOKENS = 700
/** Characters; a server that says more does not keep to what it was asked. */
const LONGEST_ANSWER = 65_536

/** Makes the one way to ask a server. `now` tells milliseconds of a clock that is never set back. */
export function createAsk(server: Server, now: () => number = () => performance.now()): Ask {
  let restUntil = Number.NEGATIVE_INFINITY

  return async (question, patience) => {
    const begun = now()
    if (patience.remainingMs <= 0 || patience.signal?.aborted || begun < restUntil) return undefined
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(), patience.remainingMs)
    const signal = patience.signal ? AbortSignal.any([limit.signal, patience.signal]) : limit.signal
    try {
      return parseJson(await chat(server, await question(), signal))
    } catch {
      if (!patience.signal?.aborted) restUntil = now() + REST_MS
      return undefined
    } finally {
      clearTimeout(timer)
      patience.remainingMs = Math.max(0, patience.remainingMs - (now() - begun))
    }
  }
}

/** The whole text of an answer, empty where it is far too long. It is streamed, since fetch gives up on a server that thinks for minutes before its first byte. */
async function chat({ host, model }: Server, question: Question, signal: AbortSignal): Promise<string> {
  const { task, material, format, answerTokens = ANSWER_TOKENS } = question
  const client = await clientFor(host, signal)
  const parts = await client.chat({
    model,
    stream: true,
    format,
    options: { temperature: 0, num_predict: answerTokens },
    messages: [
      { role: 'system', content: task },
      { role: 'user', content: material },
    ],
  })
  let answer = ''
  for await (const { message } of parts) {
    answer += message.content
    if (answer.length > LONGEST_ANSWER) return ''
  }
  return answer
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the server is there, only this answer is of no use
  }
}

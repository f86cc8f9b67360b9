import type { Ollama } from 'ollama'

/** Which Ollama is asked, and for which of its models. */
export interface Server {
  /** As in OLLAMA_HOST: a URL, or host and port. */
  readonly host: string
  readonly model: string
}

/** More than any answer to a question of ours; what is longer is not from Ollama, or runs away. */
const MAX_BYTES = 1 << 20

/**
 * A client for one call, which ends with the signal. Throws where the host is no address. The package is loaded at the first use.
 *
 * It prints on standard output and standard error where an answer is not what it expects, so its fetch lets only answers through that
 * it reads in silence: those with a good status and, for questions, whose lines are JSON. Everything else is thrown.
 */
export async function clientFor(host: string, signal: AbortSignal): Promise<Ollama> {
  const { Ollama } = await import('ollama')
  return new Ollama({
    host,
    fetch: async (input, init) => {
      const response = await fetch(input, { ...init, signal })
      const text = await readAtMost(response, MAX_BYTES)
      if (!response.ok) throw new Error(`Ollama answers ${response.status}: ${text.slice(0, 200)}`)
      return new Response(init?.method === 'POST' ? jsonLines(text) : text)
    },
  })
}

async function readAtMost(response: Response, bytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > bytes) throw new Error(`Ollama answers with more than ${bytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function jsonLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  for (const line of lines) JSON.parse(line)
  return lines.join('\n')
}

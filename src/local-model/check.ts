import type { LocalModel } from './contract.ts'
import { clientFor, type Server } from './server.ts'

/** Whether the server answers and has the model. Never rejects; the signal bounds how long it may take. */
export async function checkOllama({ host, model }: Server, signal: AbortSignal): ReturnType<LocalModel['check']> {
  const place = withoutPassword(host)
  try {
    const client = await clientFor(host, signal)
    const [{ version }, { models }] = await Promise.all([client.version(), client.list()])
    if (!Array.isArray(models)) throw new Error('what answers there is not Ollama')
    const wanted = model.includes(':') ? model : `${model}:latest`
    if (models.some(({ name }) => name === wanted)) return { ok: true, detail: `Ollama ${version} at ${place} with ${model}` }
    return { ok: false, detail: `Ollama ${version} at ${place} has no model ${model}`, fix: `ollama pull ${model}` }
  } catch (error) {
    const detail = `Ollama does not answer at ${place}: ${signal.aborted ? 'no answer in time' : withoutPassword(reasonOf(error))}`
    return { ok: false, detail, fix: 'Start it with `ollama serve`, mend OLLAMA_HOST, or set OLLAMA_HOST=off' }
  }
}

/** `fetch` says only that it failed; why stands in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

/** A text without what stands before the host in addresses. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, '//')
}

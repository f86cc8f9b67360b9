import type { Config } from '../../../config/schema.ts'
import { createLocalModel } from '../../../local-model/create.ts'
import type { Check } from './check.ts'

const PATIENCE_MS = 10_000

/** Whether Ollama helps. Everything works without it, so its absence matters only where somebody asked for it. */
export async function checkOllama({ settings, origins }: Config): Promise<readonly Check[]> {
  const model = createLocalModel(settings, async () => false)
  const { ok, detail, fix } = await model.check(AbortSignal.timeout(PATIENCE_MS))
  const base = { group: 'Ollama (optional)', name: 'ollama' }
  if (ok) return [{ ...base, status: 'ok', detail }]
  const wanted = origins.OLLAMA_HOST !== 'default' || origins.OLLAMA_MODEL !== 'default'
  return [{ ...base, status: wanted ? 'warn' : 'note', detail, ...(fix !== undefined && { fix }) }]
}

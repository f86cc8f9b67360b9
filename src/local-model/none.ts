import type { LocalModel } from './contract.ts'

/** Stands in where no local model is wanted: it answers nothing, at once. */
export const noModel: LocalModel = {
  name: 'none',
  fillGaps: async () => [],
  summarize: async () => undefined,
  judge: async () => [],
  check: async () => ({ ok: true, detail: 'switched off (OLLAMA_HOST=off)' }),
}

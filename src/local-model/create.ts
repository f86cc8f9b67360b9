import type { Settings } from '../config/schema.ts'
import type { LocalModel } from './contract.ts'
import { noModel } from './none.ts'
import { createOllama, type OllamaOptions } from './ollama.ts'

/** The local model that the settings ask for. */
export function createLocalModel(
  { OLLAMA_HOST, OLLAMA_MODEL }: Pick<Settings, 'OLLAMA_HOST' | 'OLLAMA_MODEL'>,
  isUsable: OllamaOptions['isUsable'],
  projects: OllamaOptions['projects'] = async () => [],
): LocalModel {
  return OLLAMA_HOST.toLowerCase() === 'off' ? noModel : createOllama({ host: OLLAMA_HOST, model: OLLAMA_MODEL, isUsable, projects })
}

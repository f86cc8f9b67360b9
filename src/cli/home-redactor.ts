import { parseDotenv } from '../config/dotenv.ts'
import type { Environment } from '../config/environment.ts'
import type { HomePaths } from '../config/home.ts'
import { lookAt } from '../lib/read-state.ts'
import { createRedactor, type Redactor } from '../lib/redact.ts'

/** Masks the secrets of a home for commands that load no configuration: those of `.env`, of this environment, and what the yaml file gives to agents. */
export async function homeRedactor({ env, yaml }: Pick<HomePaths, 'env' | 'yaml'>, environment: Environment): Promise<Redactor> {
  const file = Object.fromEntries(parseDotenv(textIn(env)).entries.map(({ name, value }) => [name, value]))
  const text = textIn(yaml)
  // What reads YAML takes longer to load than a short command runs, and few homes give their agents variables.
  const read = /^(?!\s*#).*\benvironment\b/m.test(text) ? await (await import('../config/yaml-file.ts')).parseYaml(text) : undefined
  const ofAgents = Object.values(read?.value.agents ?? {}).map((agent) => agent?.environment ?? {})
  return createRedactor(file, environment as Readonly<Record<string, string>>, ...ofAgents)
}

/** Empty where there is no such file, or none that can be read: that is for other commands to say. */
function textIn(path: string): string {
  const looked = lookAt(path, { links: true })
  return looked.kind === 'text' ? looked.text : ''
}

import { createRedactor, type Redactor } from '../lib/redact.ts'
import type { Config } from './schema.ts'

/** What of a configuration holds secrets: variables, and what single agents are given. */
type Secretive = Pick<Config, 'environment' | 'agents'>

/** Masks the secrets of a configuration. */
export function configRedactor(config: Secretive): Redactor {
  return createRedactor(...environmentsOf(config))
}

/** The environment of this home, and what the configuration gives to single agents. */
export function environmentsOf({ environment, agents }: Secretive): readonly Readonly<Record<string, string>>[] {
  return [environment, ...Object.values(agents).map((agent) => agent?.environment ?? {})]
}

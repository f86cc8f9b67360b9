import type { HomePaths } from '../config/home.ts'
import type { AttemptSpec } from '../domain/attempt.ts'
import { withFirstOnPath } from './launcher.ts'
import type { RunTokens } from './run-tokens.ts'

/** What an agent gets in its environment so that it can ask: the program first on PATH, where its daemon listens, and the token of its run. */
export function equip(
  { runId, mayAsk }: AttemptSpec,
  env: Readonly<Record<string, string>>,
  { home, launchers, socket }: HomePaths,
  tokens: RunTokens,
): Readonly<Record<string, string>> {
  if (mayAsk !== true) return env
  const asking = { ORCHESTRATOR_HOME: home, ORCHESTRATOR_SOCKET: socket, ORCHESTRATOR_RUN_TOKEN: tokens.of(runId) }
  return { ...withFirstOnPath(launchers, env), ...asking }
}

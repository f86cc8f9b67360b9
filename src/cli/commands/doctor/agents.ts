import { tmpdir } from 'node:os'
import type { Agent } from '../../../agents/contract.ts'
import { agentEnvironment } from '../../../agents/environment.ts'
import type { Config } from '../../../config/schema.ts'
import { runBriefly } from '../../../lib/exec.ts'
import type { Check } from './check.ts'

const PROBE_MS = 30_000

/** Whether each agent is there, in the environment that its attempts get. Only the default agent is needed. */
export function checkAgents(agents: readonly Agent[], config: Config): Promise<readonly Check[]> {
  return Promise.all(agents.map((agent) => checkAgent(agent, config)))
}

async function checkAgent(agent: Agent, config: Config): Promise<Check> {
  const isDefault = agent.name === config.settings.DEFAULT_AGENT
  const base = { group: 'Agents', name: isDefault ? `${agent.name} (default)` : agent.name }
  const { environment, settings } = config
  const env = {
    ...agentEnvironment({ environment, inherits: agent.inherits, pass: settings.AGENT_ENV_PASS, add: {} }),
    ...config.agents[agent.name]?.environment,
  }
  const found = await agent.detect((file, args) => runBriefly(file, args, { env, cwd: tmpdir(), timeoutMs: PROBE_MS }))
  if (!found.found) return { ...base, status: isDefault ? 'fail' : 'note', detail: found.problem, fix: found.fix }
  const age = agent.noteVersion?.(found.version)
  const detail = [found.version, age?.words, found.note].filter(Boolean).join(' · ')
  const isFine = agent.demo || (found.note === undefined && age?.supported !== false)
  const fix = age && { fix: age.fix }
  return { ...base, status: isFine ? 'ok' : isDefault ? 'warn' : 'note', detail, ...fix }
}

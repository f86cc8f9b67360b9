import type { AgentName, Config } from '../config/schema.ts'
import type { Agent, AgentSettings } from './contract.ts'

/** The agents there are. A further one is a folder, a line here and its name in the schema of the configuration. */
const agents = {
  claude: async () => (await import('./claude/agent.ts')).claude,
  demo: async () => (await import('./demo/agent.ts')).demo,
} satisfies Record<AgentName, () => Promise<Agent>>

/** Names of all agents, the default first. */
export const AGENT_NAMES: readonly string[] = Object.keys(agents)

/** The agent of that name, with what the configuration says of it; undefined where there is none. */
export async function loadAgent(name: string, configured: Config['agents'] = {}): Promise<Agent | undefined> {
  if (!isAgent(name)) return undefined
  const agent = await agents[name]()
  const settings = configured[name]
  return settings ? withSettings(agent, settings) : agent
}

/** The agent with another program in place of its own, and with variables that stand above all others. */
function withSettings(agent: Agent, settings: AgentSettings): Agent {
  return {
    ...agent,
    detect: (probe) => agent.detect(probe, settings.command),
    command: (spec) => {
      const command = agent.command(spec)
      return { ...command, file: settings.command ?? command.file, env: { ...command.env, ...settings.environment } }
    },
  }
}

function isAgent(name: string): name is AgentName {
  return Object.hasOwn(agents, name)
}

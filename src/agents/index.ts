import type { Agent, AgentSettings } from './contract.ts'

/** The agents there are. A further one is a folder and a line here. */
const agents = {
  claude: async () => (await import('./claude/agent.ts')).claude,
  demo: async () => (await import('./demo/agent.ts')).demo,
} satisfies Record<string, () => Promise<Agent>>

/** Names of all agents, the default first. */
export const AGENT_NAMES: readonly string[] = Object.keys(agents)

/** The agent of that name, with what the configuration says of it; undefined where there is none. */
export async function loadAgent(name: string, settings?: AgentSettings): Promise<Agent | undefined> {
  if (!isAgent(name)) return undefined
  const agent = await agents[name]()
  return settings ? withSettings(agent, settings) : agent
}

/** The agent with another program in place of its own, and with variables that stand above all others. */
function withSettings(agent: Agent, settings: AgentSettings): Agent {
  return {
    ...agent,
    detect: (probe) => agent.detect((file, args) => probe(settings.command ?? file, args)),
    command: (spec) => {
      const command = agent.command(spec)
      return { ...command, file: settings.command ?? command.file, env: { ...command.env, ...settings.env } }
    },
  }
}

function isAgent(name: string): name is keyof typeof agents {
  return Object.hasOwn(agents, name)
}

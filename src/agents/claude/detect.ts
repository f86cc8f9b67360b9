import type { Detection, Probe } from '../contract.ts'
import { parseObject } from './json.ts'

const INSTALL = 'Install Claude Code (npm install -g @anthropic-ai/claude-code), or set agents.claude.command in config/orchestrator.yaml.'

/** Looks for Claude Code and asks it whether it is logged in; neither needs the network. */
export async function detectClaude(probe: Probe): Promise<Detection> {
  const answer = await probe('claude', ['--version'])
  if (!answer) return { found: false, problem: 'The program "claude" cannot be started.', fix: INSTALL }
  const version = /\d+\.\d+\.\d+\S*/.exec(answer.stdout)?.[0]
  if (answer.code !== 0 || version === undefined) {
    return { found: false, problem: `"claude --version" ended with status ${answer.code ?? 'unknown'} and names no version.`, fix: INSTALL }
  }
  const login = await probe('claude', ['auth', 'status'])
  const loggedIn = parseObject(login?.stdout ?? '')?.loggedIn
  if (loggedIn !== false) return { found: true, version }
  return { found: true, version, note: 'not logged in: run `claude` and /login, or set ANTHROPIC_API_KEY' }
}

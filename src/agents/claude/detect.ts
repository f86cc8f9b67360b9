import type { Detection, Probe } from '../contract.ts'
import { parseObject } from './json.ts'

const INSTALL = 'Install Claude Code (npm install -g @anthropic-ai/claude-code), or set agents.claude.command in config/orchestrator.yaml.'
const MEND = 'Mend agents.claude.command in config/orchestrator.yaml, or remove it to have the first claude on PATH.'

/** Looks for Claude Code and asks it whether it is logged in; neither needs the network. */
export async function detectClaude(probe: Probe, own?: string): Promise<Detection> {
  const program = own ?? 'claude'
  const fix = own === undefined ? INSTALL : MEND
  const answer = await probe(program, ['--version'])
  if (!answer) return { found: false, problem: `The program "${program}" cannot be started.`, fix }
  const version = /\d+\.\d+\.\d+\S*/.exec(answer.stdout)?.[0]
  if (answer.code !== 0 || version === undefined) {
    return { found: false, problem: `"${program} --version" ended with status ${answer.code ?? 'unknown'} and names no version.`, fix }
  }
  const login = await probe(program, ['auth', 'status'])
  const loggedIn = parseObject(login?.stdout ?? '')?.loggedIn
  if (loggedIn !== false) return { found: true, version }
  return { found: true, version, note: `not logged in: run \`${program}\` and /login, or set ANTHROPIC_API_KEY` }
}

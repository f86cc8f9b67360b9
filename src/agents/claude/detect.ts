import type { Detection, Probe, VersionNote } from '../contract.ts'
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

/** The oldest version that was tried. */
const SUPPORTED = '2.1.197'
/** The oldest version that was seen to know CLAUDE_CODE_DISABLE_FILE_MENTIONS; 2.1.291 does not. */
const KNOWS_SWITCH = '2.1.300'

/** What an older Claude Code means: which is supported at all, and which cannot be told to leave the files alone that a text mentions. */
export function noteClaudeVersion(version: string): VersionNote | undefined {
  const fix = 'Update Claude Code: npm install -g @anthropic-ai/claude-code'
  if (isOlder(version, SUPPORTED)) {
    const words = `older than ${SUPPORTED}, the oldest that is supported; files that foreign text mentions (@path) may be read unasked`
    return { supported: false, words, fix }
  }
  if (!isOlder(version, KNOWS_SWITCH)) return undefined
  const words = `supported (from ${SUPPORTED}); before ${KNOWS_SWITCH} file mentions cannot be switched off, so in foreign text each @path is broken up`
  return { supported: true, words, fix }
}

function isOlder(version: string, than: string): boolean {
  const [one = [], other = []] = [version, than].map((text) => text.split(/[.-]/, 3).map(Number))
  const at = other.findIndex((number, index) => number !== one[index])
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0)
}

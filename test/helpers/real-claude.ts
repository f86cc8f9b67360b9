import { resolve } from 'node:path'
import type { AnthropicServer } from './anthropic-server.ts'
import { type Home, type HomeOptions, makeHome } from './home.ts'

/** The real Claude Code CLI, as `npm run tools` installs it. */
export const CLAUDE = resolve(
  import.meta.dirname,
  '../../.tools/claude/node_modules/.bin',
  process.platform === 'win32' ? 'claude.cmd' : 'claude',
)

/** The same, with variables of one task: those that `claude.env`, a shell script in its working directory, sets or unsets. */
export const CLAUDE_BY_DIRECTORY = resolve(import.meta.dirname, '../fixtures/agents/claude-by-directory.sh')

/** A home whose `claude` is the real CLI, and whose model is the given server. */
export function makeClaudeHome(server: Pick<AnthropicServer, 'url'>, options: HomeOptions = {}): Promise<Home> {
  return makeHome({ ...options, programs: { claude: CLAUDE, ...options.programs }, env: { ...claudeEnvironment(server), ...options.env } })
}

/** What the CLI needs to talk to the server and to nobody else, and not to wait long where a test lets a request fail. */
function claudeEnvironment(server: Pick<AnthropicServer, 'url'>): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: server.url,
    ANTHROPIC_API_KEY: 'sk-ant-made-up-for-tests',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_MAX_RETRIES: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_TELEMETRY: '1',
  }
}

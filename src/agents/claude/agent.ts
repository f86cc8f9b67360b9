import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Agent } from '../contract.ts'
import { claudeCommand } from './command.ts'
import { detectClaude, noteClaudeVersion } from './detect.ts'
import { ClaudeReader } from './reader.ts'

/** Claude Code, run headless (`claude -p`). */
export const claude: Agent = {
  name: 'claude',
  demo: false,
  can: { resume: true, turnCap: true, budgetCap: true, readOnly: true },
  inherits: [
    'ANTHROPIC_*',
    'CLAUDE_*',
    'IS_SANDBOX',
    'API_TIMEOUT_MS',
    'BASH_DEFAULT_TIMEOUT_MS',
    'BASH_MAX_TIMEOUT_MS',
    'DISABLE_*',
    'MAX_THINKING_TOKENS',
    'MCP_*',
  ],
  // The CLI's own patience is unbounded for the taste of a queue: minutes of retries, six minutes for a silent server.
  defaults: {
    CLAUDE_CODE_MAX_RETRIES: '3',
    API_TIMEOUT_MS: '300000',
    CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS: '120000',
    MCP_TIMEOUT: '10000',
    DISABLE_AUTOUPDATER: '1',
  },
  detect: detectClaude,
  noteVersion: noteClaudeVersion,
  command: claudeCommand,
  // What stands here runs programs (hooks, status line, plugins), allows tools, or speaks in every prompt.
  governing: ({ CLAUDE_CONFIG_DIR, HOME }) => ({
    // Those of its user, too: they govern what that user starts by hand.
    directories: [...(CLAUDE_CONFIG_DIR ? [resolve(CLAUDE_CONFIG_DIR)] : []), join(HOME || homedir(), '.claude')],
    files: ['settings.json', 'settings.local.json'],
    folders: ['hooks', 'plugins'],
    others: /^(settings.*\.json|CLAUDE\.md|agents|commands|output-styles|skills)$/,
  }),
  reader: () => new ClaudeReader(),
}

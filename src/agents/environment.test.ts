import { describe, expect, it } from 'vitest'
import { agentEnvironment } from './environment.ts'

const claude = ['ANTHROPIC_*', 'CLAUDE_*', 'IS_SANDBOX']
const seen = (environment: Record<string, string>, over: { inherits?: string[]; pass?: string[] } = {}) =>
  agentEnvironment({ environment, inherits: over.inherits ?? [], pass: over.pass ?? [], add: {} })

describe('agentEnvironment', () => {
  it('passes what every program needs and nothing else', () => {
    const needed = {
      PATH: '/bin',
      HOME: '/home/u',
      LANG: 'C.UTF-8',
      LC_ALL: 'C',
      TZ: 'UTC',
      TMPDIR: '/tmp',
      https_proxy: 'http://p',
      NO_PROXY: 'localhost',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
      ORCHESTRATOR_HOME: '/h',
    }
    const others = { DATABASE_URL: 'x', GITHUB_TOKEN: 'x', NODE_OPTIONS: '--inspect', ANTHROPIC_API_KEY: 'x', OLLAMA_HOST: 'x' }
    expect(seen({ ...needed, ...others })).toEqual(needed)
  })

  it('passes the essentials of Windows as they are written there', () => {
    const windows = { Path: 'C:\\', SystemRoot: 'C:\\Windows', ComSpec: 'cmd.exe', 'ProgramFiles(x86)': 'C:\\P', APPDATA: 'C:\\A' }
    expect(seen(windows)).toEqual(windows)
  })

  it("passes the agent's own variables, but not the orchestrator's and not those of an outer session", () => {
    const own = { ANTHROPIC_API_KEY: 'k', CLAUDE_CONFIG_DIR: '/c', CLAUDE_CODE_MAX_RETRIES: '9', IS_SANDBOX: '1' }
    const others = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 's', CLAUDE_PID: '7', CLAUDE_BASE_CWD: '/b', CLAUDE_SKIP_PERMISSIONS: 'true' }
    expect(seen({ ...own, ...others }, { inherits: claude })).toEqual(own)
  })

  it('passes names that the configuration allows, prefixes too', () => {
    expect(seen({ GITHUB_TOKEN: 'g', NPM_A: '1', NPM_B: '2', OTHER: 'x' }, { pass: ['GITHUB_TOKEN', 'NPM_*'] })).toEqual({
      GITHUB_TOKEN: 'g',
      NPM_A: '1',
      NPM_B: '2',
    })
  })

  it('never passes tokens of bridges, whoever asks for them', () => {
    const environment = { TELEGRAM_BOT_TOKEN: '1:a', telegram_chat_id: '2' }
    const add = { TELEGRAM_BOT_TOKEN: '1:b' }
    expect(agentEnvironment({ environment, inherits: ['*'], pass: ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_*'], add })).toEqual({})
  })

  it('passes credentials of a cloud only where models are reached through it', () => {
    const aws = { AWS_PROFILE: 'p', AWS_REGION: 'r' }
    const google = { GOOGLE_APPLICATION_CREDENTIALS: '/g.json', CLOUD_ML_REGION: 'eu' }
    expect(seen({ ...aws, ...google }, { inherits: claude })).toEqual({})
    expect(seen({ ...aws, ...google, CLAUDE_CODE_USE_BEDROCK: '0' }, { inherits: claude })).toEqual({ CLAUDE_CODE_USE_BEDROCK: '0' })
    const bedrock = { ...aws, CLAUDE_CODE_USE_BEDROCK: '1' }
    expect(seen({ ...bedrock, ...google }, { inherits: claude })).toEqual(bedrock)
    expect(seen(bedrock)).toEqual({})
    const vertex = { ...google, CLAUDE_CODE_USE_VERTEX: 'true' }
    expect(seen({ ...vertex, ...aws }, { inherits: claude })).toEqual(vertex)
  })

  it('puts defaults below the environment and additions above it', () => {
    expect(
      agentEnvironment({
        environment: { CLAUDE_CODE_MAX_RETRIES: '9', CLAUDE_X: 'user' },
        inherits: claude,
        pass: [],
        defaults: { CLAUDE_CODE_MAX_RETRIES: '3', MCP_TIMEOUT: '10000' },
        add: { CLAUDE_X: 'ours' },
      }),
    ).toEqual({ CLAUDE_CODE_MAX_RETRIES: '9', MCP_TIMEOUT: '10000', CLAUDE_X: 'ours' })
  })
})

import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { requireConfig } from './load.ts'
import { narrow } from './narrowing.ts'
import type { Config, SettingName } from './schema.ts'
import { SETTING_NAMES } from './settings.ts'

let home: string

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'narrowing-')))
  for (const folder of ['config', 'projects']) await mkdir(join(home, folder))
})
afterEach(() => rm(home, { recursive: true }))

async function load(env: string, yaml = ''): Promise<Config> {
  await writeFile(join(home, '.env'), env, { mode: 0o600 })
  await writeFile(join(home, 'config/orchestrator.yaml'), yaml)
  return requireConfig({ home, env: {} })
}

/** A row: what was written, what is written now, and where only a part of that holds, that part. */
type Row = readonly [name: SettingName, before: string, after: string, part?: unknown]

/** What takes something away. */
const NARROWER: readonly Row[] = [
  ['MAX_CONCURRENT_TASKS', '3', '1'],
  ['MAX_RETRIES', '2', '0'],
  ['MAX_RETRIES', '5', ''],
  ['MAX_BUDGET_USD', '5', '0.5'],
  ['MAX_BUDGET_USD', '', '100'],
  ['DAILY_BUDGET_USD', '5', '4.99'],
  ['DAILY_BUDGET_USD', '', '100'],
  ['CLAUDE_TIMEOUT_SEC', '300', '60'],
  ['CLAUDE_MAX_TURNS', '9', '8'],
  ['CLAUDE_MAX_TURNS', '0', '1000'],
  ['CLAUDE_SKIP_PERMISSIONS', 'true', 'no'],
  ['CLAUDE_SKIP_PERMISSIONS', 'true', ''],
  ['REPO_SETTINGS', 'trust', 'ignore'],
  ['VERIFY_TIMEOUT_SEC', '600', '60'],
  ['CRITERIA_STRICT', 'false', 'true'],
  ['AGENT_ENV_PASS', 'A,B', 'B'],
  ['AGENT_ENV_PASS', 'A,AWS_*', 'aws_region'],
  ['AGENT_START_SEC', '60', '10'],
  ['AGENT_IDLE_SEC', '1800', '100'],
  ['RESULT_EXIT_SEC', '5', '0'],
  ['AGENT_ASK', 'true', 'false'],
  ['ASK_WAIT_SEC', '60', '0'],
  ['PROCESS_FENCE', 'sweep', 'auto'],
  ['PROCESS_FENCE', 'sweep', 'namespace'],
  ['PROCESS_FENCE', 'auto', 'namespace'],
  ['SHUTDOWN_GRACE_SEC', '30', '1'],
  ['TELEGRAM_BOT_TOKEN', '1234567:AAAAAA', ''],
  ['TELEGRAM_ALLOWED_USERS', '1,2,3', '3,1'],
  ['TELEGRAM_ALLOWED_USERS', '1,2,3', ''],
  ['TELEGRAM_CHAT_ID', '-12', ''],
  ['BRIDGE_DOCUMENTS', 'full', 'plain'],
  ['NOTIFY', 'all', 'questions'],
]

/** What hands something out, or has no direction at all. */
const WAITING: readonly Row[] = [
  ['DEFAULT_AGENT', 'claude', 'demo'],
  ['MAX_CONCURRENT_TASKS', '3', '4'],
  ['MAX_RETRIES', '2', '3'],
  ['MAX_RETRIES', '0', ''],
  ['MAX_BUDGET_USD', '5', '6'],
  ['MAX_BUDGET_USD', '5', ''],
  ['DAILY_BUDGET_USD', '5', ''],
  ['CLAUDE_BASE_CWD', '', 'projects'],
  ['CLAUDE_TIMEOUT_SEC', '300', '301'],
  ['CLAUDE_MAX_TURNS', '9', '0'],
  ['CLAUDE_MAX_TURNS', '9', '10'],
  ['CLAUDE_MAX_TURNS', '9', ''],
  ['CLAUDE_SKIP_PERMISSIONS', '', 'true'],
  ['REPO_SETTINGS', 'ignore', 'trust'],
  ['REPO_SETTINGS', 'ignore', ''],
  ['VERIFY_DEFAULT', '', 'fix: true'],
  ['VERIFY_DEFAULT', 'fix: npm test', ''],
  ['VERIFY_DEFAULT', 'fix: npm test', 'fix: npm test, docs: true'],
  ['VERIFY_TIMEOUT_SEC', '600', '601'],
  ['CRITERIA_STRICT', 'true', ''],
  ['AGENT_ENV_PASS', 'A', 'A,B'],
  ['AGENT_ENV_PASS', 'A,B', 'B,C', ['B']],
  ['AGENT_ENV_PASS', 'AWS_REGION', 'AWS_*', ['AWS_REGION']],
  ['AGENT_START_SEC', '60', '61'],
  ['AGENT_IDLE_SEC', '1800', '1801'],
  ['RESULT_EXIT_SEC', '5', '6'],
  ['AGENT_ASK', 'false', 'true'],
  ['ASK_WAIT_SEC', '60', '61'],
  ['PROCESS_FENCE', 'namespace', 'auto'],
  ['PROCESS_FENCE', 'auto', 'sweep'],
  ['PROCESS_FENCE', 'namespace', ''],
  ['TASK_SETTLE_MS', '100', '0'],
  ['TASK_SETTLE_MS', '100', '200'],
  ['WATCH_POLLING', 'false', 'true'],
  ['SHUTDOWN_GRACE_SEC', '30', '31'],
  ['OLLAMA_HOST', '', 'http://elsewhere.test:1'],
  ['OLLAMA_HOST', '', 'off'],
  ['OLLAMA_MODEL', '', 'other'],
  ['OLLAMA_TIMEOUT_SEC', '20', '1'],
  ['TELEGRAM_BOT_TOKEN', '', '1234567:AAAAAA'],
  ['TELEGRAM_BOT_TOKEN', '1234567:AAAAAA', '1234567:BBBBBB'],
  ['TELEGRAM_ALLOWED_USERS', '1', '1,2'],
  ['TELEGRAM_ALLOWED_USERS', '1,2', '2,3', ['2']],
  ['TELEGRAM_ALLOWED_USERS', '1,2', '3', []],
  ['TELEGRAM_CHAT_ID', '', '7'],
  ['TELEGRAM_CHAT_ID', '7', '8'],
  ['TELEGRAM_API_ROOT', '', 'http://elsewhere.test'],
  ['TELEGRAM_API_ROOT', 'http://own.test', ''],
  ['BRIDGE_DOCUMENTS', 'plain', 'full'],
  ['NOTIFY', 'none', 'all'],
]

/** What gives nobody more than before, both ways. */
const HARMLESS: readonly Row[] = [
  ['LOG_LEVEL', 'info', 'debug'],
  ['LOG_LEVEL', 'debug', 'error'],
  ['RESCAN_SEC', '30', '1'],
  ['RESCAN_SEC', '30', '600'],
]

describe('an edit that an agent could have made', () => {
  test.each([...NARROWER, ...HARMLESS])('of %s from "%s" to "%s" holds at once', async (name, before, after) => {
    const held = await load(`${name}=${before}`)
    const edited = await load(`${name}=${after}`)
    const { config, waiting } = narrow(held, edited)
    expect(waiting).toEqual([])
    expect(config.settings).toEqual(edited.settings)
    expect(config).toMatchObject({ origins: edited.origins, environment: edited.environment })
  })

  test.each(WAITING)('of %s from "%s" to "%s" waits', async (name, before, after, part) => {
    const held = await load(`${name}=${before}`)
    const { config, waiting } = narrow(held, await load(`${name}=${after}`))
    expect(waiting).toEqual([name])
    expect(config.settings).toEqual(part === undefined ? held.settings : { ...held.settings, [String(name)]: part })
    expect(config).toMatchObject({ origins: held.origins, environment: held.environment })
  })

  test('has a row for each setting that can have another value', () => {
    const rows = new Set([...NARROWER, ...WAITING, ...HARMLESS].map(([name]) => name))
    expect(SETTING_NAMES.filter((name) => !rows.has(name))).toEqual(['CLAUDE_ALLOWED_ROOT', 'ISOLATION'])
  })

  test('does what narrows and keeps the rest, when it does both at once', async () => {
    const held = await load('MAX_RETRIES=2\nMAX_BUDGET_USD=5\nCLAUDE_TIMEOUT_SEC=60\nTELEGRAM_ALLOWED_USERS=1,2\n')
    const edited = await load('MAX_RETRIES=1\nCLAUDE_SKIP_PERMISSIONS=true\nCLAUDE_TIMEOUT_SEC=600\nTELEGRAM_ALLOWED_USERS=2,3\n')
    const { config, waiting } = narrow(held, edited)
    expect(waiting).toEqual(['MAX_BUDGET_USD', 'CLAUDE_TIMEOUT_SEC', 'CLAUDE_SKIP_PERMISSIONS', 'TELEGRAM_ALLOWED_USERS'])
    expect(config.settings).toEqual({ ...held.settings, MAX_RETRIES: 1, TELEGRAM_ALLOWED_USERS: ['2'] })
  })

  test('that empties the files takes away what was given and none of the limits', async () => {
    const held = await load(
      'MAX_BUDGET_USD=5\nCLAUDE_MAX_TURNS=5\nTELEGRAM_BOT_TOKEN=1234567:AAAAAA\nTELEGRAM_ALLOWED_USERS=1\nREPO_SETTINGS=ignore\nAPI_KEY=abcdefgh\nPLAIN=x\n',
      'agents: { claude: { command: /opt/claude } }\ntypes: { fix: { verify: npm test, disallowed_tools: [Bash], allowed_tools: [Edit] } }',
    )
    const { config, waiting } = narrow(held, await load(''))
    expect(config.settings).toEqual({ ...held.settings, TELEGRAM_BOT_TOKEN: undefined, TELEGRAM_ALLOWED_USERS: [] })
    expect(config.agents).toEqual(held.agents)
    expect(config.types).toEqual({ fix: { verify: ['npm test'], disallowed_tools: ['Bash'] } })
    expect(config.environment).toMatchObject({ PLAIN: 'x', MAX_BUDGET_USD: '5' })
    expect(Object.keys(config.environment)).not.toContain('API_KEY')
    expect(waiting).toEqual([
      ...['MAX_BUDGET_USD', 'CLAUDE_MAX_TURNS', 'REPO_SETTINGS', 'agents.claude.command', 'types.fix.verify', 'types.fix.disallowed_tools'],
      'PLAIN',
    ])
  })

  test('changes no variable that agents inherit, and takes away only what is a credential', async () => {
    const held = await load('ANTHROPIC_API_KEY=old-key-1\nHTTPS_PROXY=http://proxy.test\nGONE_TOKEN=abcdefgh\n')
    const edited = await load('ANTHROPIC_API_KEY=new-key-1\nANTHROPIC_BASE_URL=http://elsewhere.test\nHOME=/elsewhere\n')
    const { config, waiting } = narrow(held, edited)
    expect(config.environment).toEqual({ ANTHROPIC_API_KEY: 'old-key-1', HTTPS_PROXY: 'http://proxy.test' })
    expect(waiting.toSorted()).toEqual(['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'HOME', 'HTTPS_PROXY'])
  })

  test.each([
    ['claude: { command: /elsewhere }', 'agents.claude.command'],
    ['claude: { environment: { NODE_OPTIONS: --require=/x.js } }', 'agents.claude.environment'],
    ['demo: { command: /elsewhere }', 'agents.demo.command'],
  ])('starts no other program: agents: { %s } waits', async (agents, name) => {
    const held = await load('')
    const { config, waiting } = narrow(held, await load('', `agents: { ${agents} }`))
    expect(config).toEqual(held)
    expect(waiting).toEqual([name])
  })
})

describe('defaults of a type that an agent could have edited', () => {
  /** Before and after, as YAML; the settings stand as `.env`. */
  test.each([
    ['a shorter timeout', '', 'timeout: 10m', 'timeout: 9m'],
    ['a timeout below that of the settings', 'CLAUDE_TIMEOUT_SEC=600', '', 'timeout: 9m'],
    ['no timeout of its own where that of the settings is shorter', 'CLAUDE_TIMEOUT_SEC=60', 'timeout: 9m', ''],
    ['fewer turns', '', 'max_turns: 9', 'max_turns: 8'],
    ['turns where there was no limit', '', '', 'max_turns: 800'],
    ['a budget where there was none', '', '', 'max_budget_usd: 100'],
    ['a budget below that of the settings', 'MAX_BUDGET_USD=5', '', 'max_budget_usd: 4'],
    ['fewer retries', 'MAX_RETRIES=2', '', 'retries: 1'],
    ['fewer fixes', '', '', 'fix_attempts: 0'],
    ['fewer allowed tools', '', 'allowed_tools: [Edit, Bash]', 'allowed_tools: [Edit]'],
    ['no allowed tools', '', 'allowed_tools: [Edit, Bash]', ''],
    ['more refused tools', '', '', 'disallowed_tools: [Bash]'],
    ['a mode that permits less', '', 'permission_mode: bypassPermissions', 'permission_mode: acceptEdits'],
    ['a mode that permits less than skipping', 'CLAUDE_SKIP_PERMISSIONS=true', '', 'permission_mode: plan'],
    ['no mode where that is less', '', 'permission_mode: bypassPermissions', ''],
    ['the same in other words', '', 'timeout: 2m', 'timeout: 120'],
  ])('%s holds at once', async (_what, env, before, after) => {
    const held = await load(env, `types: { fix: { ${before} } }`)
    const edited = await load(env, `types: { fix: { ${after} } }`)
    expect(narrow(held, edited)).toMatchObject({ config: { types: edited.types }, waiting: [] })
  })

  test.each([
    ['another agent', '', '', 'agent: demo', 'agent'],
    ['another model', '', 'model: small', 'model: large', 'model'],
    ['a longer timeout', '', 'timeout: 10m', 'timeout: 11m', 'timeout'],
    ['no timeout of its own', '', 'timeout: 10s', '', 'timeout'],
    ['no limit of turns', '', 'max_turns: 9', 'max_turns: 0', 'max_turns'],
    ['no turns of its own', '', 'max_turns: 9', '', 'max_turns'],
    ['a budget above that of the settings', 'MAX_BUDGET_USD=5', '', 'max_budget_usd: 6', 'max_budget_usd'],
    ['no budget', '', 'max_budget_usd: 6', '', 'max_budget_usd'],
    ['more retries', '', '', 'retries: 50', 'retries'],
    ['more fixes', '', '', 'fix_attempts: 2', 'fix_attempts'],
    ['a command that is run', '', '', 'verify: touch x', 'verify'],
    ['a check less', '', 'verify: npm test', '', 'verify'],
    ['more allowed tools', '', '', 'allowed_tools: [Bash]', 'allowed_tools'],
    ['fewer refused tools', '', 'disallowed_tools: [Bash]', '', 'disallowed_tools'],
    ['a mode that permits more', '', '', 'permission_mode: bypassPermissions', 'permission_mode'],
    ['no mode where that is more', '', 'permission_mode: plan', '', 'permission_mode'],
    ['a mode that nobody knows', '', 'permission_mode: acceptEdits', 'permission_mode: nosuch', 'permission_mode'],
  ])('%s waits', async (_what, env, before, after, key) => {
    const held = await load(env, `types: { fix: { ${before} } }`)
    const { config, waiting } = narrow(held, await load(env, `types: { fix: { ${after} } }`))
    expect(waiting).toEqual([`types.fix.${key}`])
    expect(config.types).toEqual(held.types)
  })

  test('lists keep what is refused and lose what is no longer allowed, whatever else is added', async () => {
    const held = await load('', 'types: { fix: { allowed_tools: [A, B], disallowed_tools: [X, Y] } }')
    const edited = await load('', 'types: { fix: { allowed_tools: [B, C], disallowed_tools: [Y, Z] }, analyze: { verify: touch x } }')
    const { config, waiting } = narrow(held, edited)
    expect(config.types).toMatchObject({ fix: { allowed_tools: ['B'], disallowed_tools: ['X', 'Y', 'Z'] } })
    expect(config.types.analyze ?? {}).toEqual({})
    expect(waiting).toEqual(['types.fix.allowed_tools', 'types.fix.disallowed_tools', 'types.analyze.verify'])
  })

  test('of a type that reads only, any mode but the narrowest waits', async () => {
    const held = await load('')
    const { config, waiting } = narrow(held, await load('', 'types: { analyze: { permission_mode: acceptEdits } }'))
    expect(config.types.analyze ?? {}).toEqual({})
    expect(waiting).toEqual(['types.analyze.permission_mode'])
  })
})

describe.skipIf(process.platform === 'win32')('an allowed root that an agent could have edited', () => {
  const at = (path: string) => join(home, path)
  const env = (root: string) => `CLAUDE_BASE_CWD=a/b/c\nCLAUDE_ALLOWED_ROOT=${root}\n`

  beforeEach(async () => {
    await mkdir(at('a/b/c'), { recursive: true })
    await mkdir(at('d'))
  })

  test.each([
    ['a directory within the old one', 'a', 'a/b', 'a/b'],
    ['the base', 'a', 'a/b/c', 'a/b/c'],
    ['none, which is the base', 'a', '', undefined],
  ])('is taken where it is %s', async (_what, before, after, holds) => {
    const { config, waiting } = narrow(await load(env(before)), await load(env(after)))
    expect(waiting).toEqual([])
    expect(config.settings.CLAUDE_ALLOWED_ROOT).toBe(holds && at(holds))
  })

  test.each([
    ['wider', 'a/b', 'a'],
    ['the parent of what was the default', '', 'a'],
    ['a name that begins like the old one', 'a', '.'],
  ])('waits where it is %s', async (_what, before, after) => {
    const held = await load(env(before))
    const { config, waiting } = narrow(held, await load(env(after)))
    expect(waiting).toEqual(['CLAUDE_ALLOWED_ROOT'])
    expect(config.settings).toEqual(held.settings)
  })

  test('waits where the base in force would lie outside of it, with the base that it was written for', async () => {
    const held = await load('CLAUDE_BASE_CWD=a/b/c\nCLAUDE_ALLOWED_ROOT=.\n')
    const { config, waiting } = narrow(held, await load('CLAUDE_BASE_CWD=d\nCLAUDE_ALLOWED_ROOT=d\n'))
    expect(waiting).toEqual(['CLAUDE_BASE_CWD', 'CLAUDE_ALLOWED_ROOT'])
    expect(config.settings).toEqual(held.settings)
  })

  test('is held by its real path, so that a link cannot be turned after it was looked at', async () => {
    await symlink(at('a/b'), at('d/link'))
    const held = await load(env('a'))
    const first = narrow(held, await load(env('d/link')))
    expect(first).toMatchObject({ config: { settings: { CLAUDE_ALLOWED_ROOT: at('a/b') } }, waiting: [] })

    await symlink(home, at('d/turned'))
    await rename(at('d/turned'), at('d/link'))
    expect(narrow(first.config, await load(env('d/link')))).toMatchObject({
      config: { settings: { CLAUDE_ALLOWED_ROOT: at('a/b') } },
      waiting: ['CLAUDE_ALLOWED_ROOT'],
    })
  })
})

test('however much an edit changes, few names are told, and short ones', async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `X_${index}_${'n'.repeat(300)}=1`)
  const { waiting } = narrow(await load(''), await load(names.join('\n')))
  expect(waiting).toHaveLength(100)
  expect(Math.max(...waiting.map((name) => name.length))).toBe(100)
})

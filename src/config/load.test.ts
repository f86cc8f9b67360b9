import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { directories } from './directories.ts'
import { loadConfig, requireConfig } from './load.ts'
import { describeProblem } from './problem.ts'
import { settingsSchema } from './schema.ts'

let home: string

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'config-')))
  await mkdir(join(home, 'config'))
})

afterEach(() => rm(home, { recursive: true }))

const writeEnv = (...lines: readonly string[]) => writeFile(join(home, '.env'), lines.join('\n'), { mode: 0o600 })
const writeYaml = (...lines: readonly string[]) => writeFile(join(home, 'config', 'orchestrator.yaml'), lines.join('\n'))

async function problems(env: Record<string, string> = {}, flags = {}): Promise<readonly string[]> {
  const outcome = await loadConfig({ home, env, flags })
  return outcome.ok ? [] : outcome.problems.map(describeProblem)
}

test('with no files and no variables everything has its default', async () => {
  const config = await requireConfig({ home, env: {} })

  expect(config).toEqual({
    home,
    settings: settingsSchema.parse({}),
    agents: {},
    types: {},
    origins: Object.fromEntries(Object.keys(settingsSchema.shape).map((name) => [name, 'default'])),
    environment: {},
    notes: [],
  })
  expect(directories(config)).toEqual({ base: home, root: home })
})

test('an option wins over the environment, that over .env, the last line of .env over earlier ones; empty values count as unset', async () => {
  await writeEnv('MAX_RETRIES=5', 'MAX_RETRIES=6', 'CLAUDE_MAX_TURNS=7', 'DEFAULT_AGENT=claude', 'LOG_LEVEL=', 'KEPT=file', 'OVER=file')
  const env = { MAX_RETRIES: '', CLAUDE_MAX_TURNS: '8', DEFAULT_AGENT: 'demo', OVER: 'process', OTHER: 'x' }
  const { settings, origins, environment } = await requireConfig({ home, env, flags: { DEFAULT_AGENT: 'claude' } })

  expect(settings).toMatchObject({ MAX_RETRIES: 6, CLAUDE_MAX_TURNS: 8, DEFAULT_AGENT: 'claude', LOG_LEVEL: 'info' })
  expect(origins).toMatchObject({ MAX_RETRIES: '.env', CLAUDE_MAX_TURNS: 'environment', DEFAULT_AGENT: 'flag', LOG_LEVEL: 'default' })
  expect(environment).toEqual({
    MAX_RETRIES: '6',
    CLAUDE_MAX_TURNS: '8',
    DEFAULT_AGENT: 'demo',
    KEPT: 'file',
    OVER: 'process',
    OTHER: 'x',
  })
})

test('all problems of all sources come at once, each with its place and what is expected', async () => {
  await writeEnv(
    'MAX_RETRIES=many',
    'nonsense',
    'MAX_BUGDET_USD=5',
    'CLAUDE_BASE_CWD=missing',
    'CLAUDE_SKIP_PERMISSIONS=maybe',
    'REPO_SETTINGS=perhaps',
    'MAX_BUDGET_USD=0',
    'DEFAULT_AGENT=two words',
    'ANTHROPIC_API_KEY=fine',
  )
  await writeYaml('agents:', '  claude:', '    comand: x', 'types: 3', 'colour: red')

  expect(await problems({ RESCAN_SEC: '1.5' }, { MAX_CONCURRENT_TASKS: '0' })).toEqual([
    '.env line 2: must be NAME=value, a comment or empty',
    '.env line 3: MAX_BUGDET_USD is no setting; did you mean MAX_BUDGET_USD?',
    '.env line 8: DEFAULT_AGENT must be one of claude, demo, not "two words"',
    'command line: MAX_CONCURRENT_TASKS must be at least 1, not "0"',
    '.env line 1: MAX_RETRIES must be a number, not "many"',
    '.env line 7: MAX_BUDGET_USD must be more than 0, not "0"',
    '.env line 5: CLAUDE_SKIP_PERMISSIONS must be one of true, 1, yes, on, false, 0, no, off, not "maybe"',
    '.env line 6: REPO_SETTINGS must be one of trust, ignore, not "perhaps"',
    'environment: RESCAN_SEC must be a whole number, not "1.5"',
    `.env line 4: CLAUDE_BASE_CWD must be a directory that exists: ${join(home, 'missing')}`,
    'config/orchestrator.yaml line 3, column 5: agents.claude.comand is unknown; did you mean command?',
    'config/orchestrator.yaml line 4, column 1: types must be a map of names to values, not 3',
    'config/orchestrator.yaml line 5, column 1: colour is unknown; it can be agents, types',
  ])
})

test('isolation that this version cannot give is refused, so that nobody believes to have it', async () => {
  expect(await problems({ ISOLATION: 'none' })).toEqual([])
  const refused = 'ISOLATION must be none (worktree and docker are not supported yet), not'
  expect(await problems({ ISOLATION: 'docker' })).toEqual([`environment: ${refused} "docker"`])
  await writeEnv('ISOLATION=worktree')
  expect(await problems()).toEqual([`.env line 1: ${refused} "worktree"`])
})

test('agents are known by name wherever the configuration names one, and the nearest is suggested', async () => {
  const known = 'must be one of claude, demo, not'
  expect(await problems({ DEFAULT_AGENT: 'nosuch' })).toEqual([`environment: DEFAULT_AGENT ${known} "nosuch"`])
  expect(await problems({}, { DEFAULT_AGENT: 'cluade' })).toEqual([`command line: DEFAULT_AGENT ${known} "cluade"; did you mean claude?`])
  await writeYaml('agents:', '  my: { command: /bin/cat }', '  dmo: {}', 'types:', '  fix: { agent: claud }')
  expect(await problems()).toEqual([
    'config/orchestrator.yaml line 2, column 3: agents.my is unknown; it can be claude, demo',
    'config/orchestrator.yaml line 3, column 3: agents.dmo is unknown; did you mean demo?',
    `config/orchestrator.yaml line 5, column 10: types.fix.agent ${known} "claud"; did you mean claude?`,
  ])
})

test('an agent has a command and an environment, and no image yet', async () => {
  await writeYaml('agents:', '  claude: { env: { A: b } }', '  demo: { image: "node:22" }')
  expect(await problems()).toEqual([
    'config/orchestrator.yaml line 2, column 13: agents.claude.env is unknown; did you mean environment?',
    'config/orchestrator.yaml line 3, column 11: agents.demo.image is not supported yet',
  ])
})

test('a word is suggested for a mistyped one, never for a number', async () => {
  expect(await problems({ LOG_LEVEL: 'wran', WATCH_POLLING: '2' })).toEqual([
    'environment: WATCH_POLLING must be one of true, 1, yes, on, false, 0, no, off, not "2"',
    'environment: LOG_LEVEL must be one of debug, info, warn, error, not "wran"; did you mean warn?',
  ])
})

test('requireConfig throws all of them, to exit with 2', async () => {
  const env = { MAX_RETRIES: 'x', LOG_LEVEL: 'loud' }
  await expect(requireConfig({ home, env })).rejects.toMatchObject({
    code: 'bad_config',
    exitCode: 2,
    message:
      'environment: MAX_RETRIES must be a number, not "x"\n' + 'environment: LOG_LEVEL must be one of debug, info, warn, error, not "loud"',
  })
})

test('a single word that is part of a longer name, and names of the environment, are left alone', async () => {
  await writeEnv('HOST=x', 'MODEL=y', 'GITHUB_TOKEN=z', 'CLAUDE_CODE_OAUTH_TOKEN=t')
  expect(await problems({ MAX_BUGDET_USD: '5' })).toEqual([])
})

test('config/orchestrator.yaml is read, and its broken forms are told with line and column', async () => {
  await writeYaml(
    'agents:',
    '  claude: { command: /opt/claude, environment: { PORT: 80, ON: true } }',
    'types:',
    '  fix: { timeout: 15m, retries: 0 }',
  )
  expect(await requireConfig({ home, env: {} })).toMatchObject({
    agents: { claude: { command: '/opt/claude', environment: { PORT: '80', ON: 'true' } } },
    types: { fix: { timeout: '15m', retries: 0 } },
  })

  await writeYaml('types:', '  fix:', '    timeout: soon', '    allowed_tools: [Read, 3]')
  expect(await problems()).toEqual([
    'config/orchestrator.yaml line 3, column 5: types.fix.timeout must be seconds or a duration such as 90s, 15m or 2h, not "soon"',
    'config/orchestrator.yaml line 4, column 5: types.fix.allowed_tools.1 must be text, not 3',
  ])

  await writeYaml('agents: {}', 'agents: {}', 'types: [')
  expect((await problems()).map((text) => text.slice(0, 47))).toEqual([
    'config/orchestrator.yaml line 2, column 1: Map ',
    'config/orchestrator.yaml line 3, column 9: Flow',
  ])

  await writeYaml('agents: { claude: &x { command: y }, demo: *x }')
  expect(await problems()).toEqual(['config/orchestrator.yaml: must not use aliases (*name)'])

  await writeYaml('# only a comment')
  expect(await problems()).toEqual([])

  await writeYaml('just text')
  expect(await problems()).toEqual(['config/orchestrator.yaml line 1, column 1: must be a map of names to values, not "just text"'])
})

test('the base directory must exist within the allowed root, symbolic links resolved; ~ is the home of the user', async () => {
  await mkdir(join(home, 'root', 'inside'), { recursive: true })
  await mkdir(join(home, 'elsewhere'))
  await symlink(join(home, 'elsewhere'), join(home, 'root', 'link'))
  await writeFile(join(home, 'file'), '')
  const at = (CLAUDE_BASE_CWD: string, CLAUDE_ALLOWED_ROOT: string) => problems({ CLAUDE_BASE_CWD, CLAUDE_ALLOWED_ROOT, HOME: home })

  expect(await at('root/inside', 'root')).toEqual([])
  expect(await at('~/root/inside', '~')).toEqual([])
  expect(await at('root', 'root')).toEqual([])
  expect(await at('root/link', 'root')).toEqual([
    `environment: CLAUDE_ALLOWED_ROOT must contain the base directory ${home}/elsewhere, symbolic links resolved: ${home}/root`,
  ])
  expect(await at('root', 'root/inside')).toHaveLength(1)
  expect(await at('file', 'missing')).toEqual([
    `environment: CLAUDE_BASE_CWD must be a directory that exists: ${home}/file`,
    `environment: CLAUDE_ALLOWED_ROOT must be a directory that exists: ${home}/missing`,
  ])
  expect(await at('', 'root')).toEqual([
    `environment: CLAUDE_ALLOWED_ROOT must contain the base directory ${home}, symbolic links resolved: ${home}/root`,
  ])
})

test('a file that cannot be read as text is a problem', async () => {
  await mkdir(join(home, '.env'))
  await writeFile(join(home, 'config', 'orchestrator.yaml'), Buffer.from([0xff, 0xfe, 0x00]))
  expect(await problems()).toEqual(['.env: cannot be read: EISDIR', 'config/orchestrator.yaml: must be UTF-8'])
})

test('values of secret-looking names are not repeated', async () => {
  await writeYaml('agents:', '  claude:', '    environment:', '      API_KEY: [hush-hush]')
  expect(await problems()).toEqual(['config/orchestrator.yaml line 4, column 7: agents.claude.environment.API_KEY must be text'])
})

test('notes tell of values that are not used and of secrets that others can read', async () => {
  await writeEnv('MAX_RETRIES=5', 'ANTHROPIC_API_KEY=x')
  await chmod(join(home, '.env'), 0o644)
  const outcome = await loadConfig({ home, env: { MAX_RETRIES: '6' } })

  const open = `.env holds secrets and can be read by other users: chmod 600 ${join(home, '.env')}`
  expect(outcome.ok && outcome.config.notes).toEqual([
    '.env line 1: MAX_RETRIES is not used, since the environment sets it too',
    ...(process.platform === 'win32' ? [] : [open]),
  ])
})

test.each([
  ['tasks', 'tasks'],
  ['tasks/running', 'tasks'],
  ['.orchestrator', '.orchestrator'],
  ['config/x/..', 'config'],
  ['linked', 'logs'],
  ['codebases', 'codebases'],
])('a base directory in a folder of the home is refused, there or not: %s', async (base, folder) => {
  for (const name of ['tasks', 'logs']) await mkdir(join(home, name))
  await symlink('logs', join(home, 'linked'))
  const message = `must lie outside ${folder}/, which belongs to the home: tasks work in the base directory, and must not write there: `
  expect(await problems({ CLAUDE_BASE_CWD: base })).toEqual([expect.stringContaining(`environment: CLAUDE_BASE_CWD ${message}${home}/`)])
})

test('a base directory is refused in a folder of the home that is a link to elsewhere', async () => {
  await mkdir(join(home, 'elsewhere/work'), { recursive: true })
  await symlink('elsewhere', join(home, 'results'))
  expect(await problems({ CLAUDE_BASE_CWD: 'elsewhere/work' })).toEqual([expect.stringContaining('must lie outside results/')])
})

test('a base directory is taken beside the folders of the home, and around the home', async () => {
  for (const name of ['work', 'tasks-of-mine']) await mkdir(join(home, name))
  for (const base of ['work', 'tasks-of-mine', '.', '..']) expect(await problems({ CLAUDE_BASE_CWD: base })).toEqual([])
})

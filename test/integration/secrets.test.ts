import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { homeRedactor } from '../../src/cli/home-redactor.ts'
import { parseArguments } from '../../src/cli/parse-arguments.ts'
import { reportError } from '../../src/cli/report-error.ts'
import { makeAskerHome, untilAsked, untilParked } from '../helpers/asker.ts'
import { fakeContext } from '../helpers/cli-context.ts'
import type { Home } from '../helpers/home.ts'
import { leaked } from '../helpers/leaked.ts'
import { needs } from '../helpers/needs.ts'
import { startOllamaServer } from '../helpers/ollama-server.ts'
import { callsIn, makeStandInHome, release, taskFile } from '../helpers/stand-in.ts'
import { ANN } from '../helpers/telegram-server.ts'
import { beginTalk, idIn } from '../helpers/telegram-talk.ts'
import { until } from '../helpers/until.ts'

const TOKEN = `ghp_${'Zq8Lm4Xw'.repeat(5)}`
const VALUE = 'vK3#mQ9"xT\\7pL-w2'
const OF_AGENT = 'hN6$bR1&yU4*cE8'
const OF_ANTHROPIC = 'sk-ant-made-up-key-of-the-tests'
const OF_BATTERY = 'correct-horse-battery'
const OF_BOT = '123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'
const KEY = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj',
  'MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu',
]

/** What a command prints; run in this process, since many of them are asked. */
async function printedBy({ paths, env }: Home, args: readonly string[]): Promise<string> {
  const call = await parseArguments(args, 80)
  if (call.kind === 'text') return call.text
  const { context, printed } = fakeContext({ home: paths.home, env })
  try {
    const command = await call.spec.load()
    await command(context, call.args, call.options)
  } catch (error) {
    reportError(error, context.err, await homeRedactor(paths, env))
  }
  return `${printed.out}${printed.err}`
}

test('secrets in every field of a run, and those that its agent says, come out nowhere, and what is kept of it is its owner alone to read', async () => {
  const home = await makeStandInHome({
    env: {
      DEPLOY_PASSWORD: VALUE,
      OLLAMA_HOST: 'http://me:s3cr3t-at-home@127.0.0.1:9',
      ANTHROPIC_API_KEY: OF_ANTHROPIC,
      MY_PASSWORD: OF_BATTERY,
      AGENT_ENV_PASS: 'MY_PASSWORD',
    },
    files: { 'config/orchestrator.yaml': `agents:\n  claude:\n    environment:\n      SERVICE_TOKEN: '${OF_AGENT}'\n` },
  })
  onTestFinished(() => home[Symbol.asyncDispose]())
  await writeFile(
    join(home.work, 'leak.sh'),
    `cat <<'END'\n-----BEGIN PRIVATE KEY-----\n${KEY.join('\n')}\n-----END PRIVATE KEY-----\n${VALUE}\nEND\nexit 1\n`,
  )
  const all = `${TOKEN} ${VALUE} ${OF_AGENT}`
  const text = `# ${'Long words before it, '.repeat(3)} ${all}\n\n**Prompt:**\nUse ${all}.\n\n**Success Criteria:**\n- [ ] ${all} works\n`
  await home.drop('leaky', `---\nverify: sh leak.sh\nfix_attempts: 0\ntags: ["${TOKEN}"]\n---\n${text}`)
  await home.drop('refused', `---\npriority: "${TOKEN}"\n---\nDo it.`)
  await home.drop('queued', `---\nnot_before: 2999-01-01T00:00:00Z\n---\n${text}`)
  await home.drop('key', taskFile({ type: 'analyze' }, 'play: tell=ANTHROPIC_API_KEY'))
  await home.drop('password', taskFile({ type: 'analyze' }, 'play: tell=MY_PASSWORD'))
  await home.drop('bot', `# Call https://api.telegram.org/bot${OF_BOT}/getMe\n\n**Prompt:**\nDo it with ${OF_BOT}.\nplay: exit=3\n`)
  const started = await home.run(['start', '--once'], { env: { GITHUB_STEP_SUMMARY: join(home.paths.home, 'step-summary.md') } })
  expect(await home.waitForResult('key')).toMatchObject({ output: 'It is [redacted].' })
  expect(await home.waitForResult('password')).toMatchObject({ output: 'It is [redacted].' })
  expect(await home.waitForResult('bot')).toMatchObject({ failure: { code: 'agent_crashed' } })

  const refused = await home.run(['show', TOKEN])
  const printed = [started.stdout, started.stderr, refused.stdout, refused.stderr]
  for (const args of [
    ['status', '--json'],
    ['status'],
    ['list', '--json'],
    ['list'],
    ['show', 'leaky'],
    ['show', 'leaky', '--json'],
    ['show', 'queued'],
    ['logs', 'leaky'],
    ['tail-events', '--json'],
    ['why', 'refused'],
    ['doctor', '--json'],
  ])
    printed.push(await printedBy(home, args))
  const { files, kept } = await filesOf(home)
  expect(files.map(({ name }) => name)).toContain('step-summary.md')
  for (const secret of [TOKEN.slice(4), VALUE, OF_AGENT, ...KEY, 's3cr3t-at-home', OF_ANTHROPIC, OF_BATTERY, OF_BOT]) {
    for (const said of [...printed, ...kept]) expect(leaked(said, secret), said.slice(0, 2_000)).toBeUndefined()
  }
  expect(kept.filter((said) => said.includes('[redacted]')).length).toBeGreaterThan(4)
  const open = files.filter(
    ({ name, info }) => /^(results|summaries|logs|tasks)\//.test(name) && !name.endsWith('.task.md') && (info.mode & 0o077) !== 0,
  )
  expect(open.map(({ name }) => name)).toEqual([])
})

/** What the programs of a home have written there; what its owner has is left out. */
async function filesOf({ paths }: Home) {
  const names = (await readdir(paths.home, { recursive: true })).filter((name) => !/^tasks\/.*\.task\.md$|^config\//.test(name))
  const all = await Promise.all(names.map(async (name) => ({ name, info: await stat(join(paths.home, name)) })))
  const files = all.filter(({ info }) => info.isFile())
  const kept = await Promise.all(files.map(async ({ name }) => `${name}\n${await readFile(join(paths.home, name), 'utf8')}`))
  return { files, kept }
}

test('secrets that an agent asks, tells and dies with, and that people answer, go neither to Telegram nor to the local model', {
  ...needs('posix'),
}, async () => {
  const all = `${TOKEN} ${VALUE} ${OF_AGENT}`
  const words = { title: `Title ${all}`, criteria: [`It has ${all}`], summary: `It says ${all}` }
  await using ollama = await startOllamaServer({ kind: 'right', says: words })
  const { telegram, home, daemon, shown } = await beginTalk(makeAskerHome, {
    DEPLOY_PASSWORD: VALUE,
    AGENT_SERVICE_TOKEN: OF_AGENT,
    OLLAMA_HOST: ollama.url,
  })
  const printed: string[] = []
  const print = async (...args: string[]) => {
    printed.push(await printedBy(home, args))
  }
  // Cut at 120 characters and the like: some of these go through the middle of each secret.
  const tools = [30, 60, 80, 90, 100, 110, 120, 180].map((length) => `tool: ${'x'.repeat(length)} ${all}`)
  telegram.say(
    ANN,
    [
      `Work on ${all}.`,
      ...tools,
      'until: seen',
      `$ orchestrator respond 'So far ${all}'`,
      `$ orchestrator ask 'Which of ${all} ?' --option '${TOKEN}' --option '${VALUE}' --option no --default '${VALUE}' --deadline 1h`,
    ].join('\n'),
  )
  const live = await shown(/turn 8/)
  await Promise.all([print('status'), print('status', '--json'), print('list')])
  await release(home, 'seen')
  const id = idIn(live)
  const asked = await shown(/Which of/)
  await untilAsked(home, id)
  await Promise.all([print('show', id), print('why', id), print('status')])
  await print('answer', id, `no, ${all}`)
  await print('answer', id, VALUE)
  await until(() => expect(asked.text).toContain('✔'))
  await home.waitForResult(id)

  await home.drop('open', taskFile({ type: 'analyze' }, `Work.\n$ orchestrator ask '${'x'.repeat(490)} ${all}'`))
  await shown(/x{400} \[redacted\]/)
  await print('answer', 'open', `Take ${all}.`)
  await home.drop('dies', taskFile({ retries: 0 }, `Work.\ndies: ${'x'.repeat(150)} ${all}`))
  await home.drop('denied', taskFile({ retries: 0 }, `Work.\ndenied: ${'x'.repeat(100)} ${all}`))
  await home.drop('note', `Please mend what ${all} does. ${'And so on. '.repeat(200)}`)
  for (const name of ['open', 'dies', 'denied', 'note']) await home.waitForResult(name)
  for (const command of ['show', 'logs', 'cancel', 'why']) for (const name of [id, 'dies', VALUE]) telegram.say(ANN, `/${command} ${name}`)
  telegram.say(ANN, `/retry ${VALUE}`)
  telegram.say(ANN, `/${TOKEN}`)
  telegram.say(ANN, '/list')
  await until(() => expect(telegram.unconfirmed).toBe(0))
  await Promise.all([print('logs', id), print('show', 'denied', '--json'), print('show', 'dies'), print('list', '--json')])

  await daemon.stop()
  expect((await callsIn(home)).some(({ stdin }) => stdin.includes(`Take ${all}.`))).toBe(true)
  expect(ollama.requests.length).toBeGreaterThan(1)
  const { kept } = await filesOf(home)
  const sent = [
    ...telegram.calls.map(({ method, body }) => `${method} ${JSON.stringify(body)}`),
    ...telegram.messages.map((one) => JSON.stringify(one)),
  ]
  const requests = ollama.requests.flatMap(({ messages }) => messages.map(({ content }) => content))
  for (const secret of [TOKEN.slice(4), VALUE, OF_AGENT]) {
    for (const said of [...printed, ...kept, ...sent, ...requests]) expect(leaked(said, secret), said.slice(0, 2_000)).toBeUndefined()
  }
})

describe('a secret that is an ordinary word', () => {
  let home: Home
  beforeAll(async () => {
    home = await makeAskerHome({ env: { DB_PASSWORD: 'postgres', DEPLOY_PASSWORD: VALUE } })
    await home.start(['start']).until(/watching/)
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('is masked in texts, breaks no id, and doctor says so', async () => {
    await home.drop('upgrade-postgres-to-17', taskFile({}, 'Upgrade postgres to 17.'))
    const result = await home.waitForResult('upgrade-postgres-to-17')
    expect(result).toMatchObject({
      task_id: 'upgrade-postgres-to-17',
      source: { file: 'upgrade-postgres-to-17.task.md' },
      title: 'Upgrade [redacted] to 17.',
    })
    const events = await until(async () => {
      const told = await home.events('upgrade-postgres-to-17')
      expect(told.map(({ event }) => event)).toContain('task_archived')
      return told
    })
    expect(JSON.stringify(events)).not.toContain('upgrade-[redacted]')
    expect(await readFile(home.paths.log, 'utf8')).toContain('[upgrade-postgres-to-17]')
    expect(await printedBy(home, ['list'])).toContain('upgrade-postgres-to-17')
    expect(await printedBy(home, ['new', 'Move postgres elsewhere'])).toMatch(/^move-postgres-elsewhere-/)
    expect(await printedBy(home, ['doctor'])).toContain('DB_PASSWORD is an ordinary word')
    await until(async () => expect(await home.stateOf('upgrade-postgres-to-17')).toBe('processed'))
  })

  test('can be chosen by it where it is an option, and one that is a secret by what it is', needs('posix'), async () => {
    const ask = `$ orchestrator ask 'Which?' --option postgres --option mysql --option '${VALUE}'`
    for (const id of ['word', 'secret']) await home.drop(id, taskFile({ type: 'analyze' }, `Work.\n${ask}`))
    for (const id of ['word', 'secret']) await untilAsked(home, id)
    await untilParked(home, 'word')
    expect(await printedBy(home, ['why', 'word'])).toContain('postgres | mysql | [redacted]')
    expect(await home.run(['answer', 'word', 'Postgres'])).toMatchObject({ code: 0 })
    expect(await home.run(['answer', 'secret', VALUE])).toMatchObject({ code: 0, stdout: expect.stringContaining('[redacted]') })
    for (const id of ['word', 'secret']) expect((await home.waitForResult(id)).status).toBe('completed')
    expect((await callsIn(home)).some(({ stdin }) => stdin.includes('Answer: postgres'))).toBe(true)
  })
})

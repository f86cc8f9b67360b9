import { readFile, stat, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fakeContext } from '../../../test/helpers/cli-context.ts'
import { type Home, makeHome } from '../../../test/helpers/home.ts'
import { ANN, startTelegramServer, type TelegramServer, TOKEN } from '../../../test/helpers/telegram-server.ts'
import { until } from '../../../test/helpers/until.ts'
import { settingsSchema } from '../../config/schema.ts'
import { checkTelegram } from './doctor/telegram.ts'
import { setUp, telegram } from './telegram.ts'

let server: TelegramServer
let home: Home
beforeEach(async () => {
  server = await startTelegramServer()
  home = await makeHome()
})
afterEach(async () => {
  await home[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** The setup with these answers typed one after the other; Ann writes as soon as it waits. */
async function setup(...answers: string[]) {
  const { context, printed } = fakeContext({ home: home.paths.home, env: { TELEGRAM_API_ROOT: server.url }, terminal: 80 })
  const done = setUp(context, async () => answers.shift() ?? '')
  await until(() => expect(printed.out).toContain('Waiting …'))
  await until(() => expect(server.calls.filter(({ body }) => body.timeout === 30)).toHaveLength(1))
  server.say(ANN, '/start')
  return { code: await done, printed }
}

describe('telegram setup', () => {
  test('goes on until the token is right, waits for the first message, and writes .env for its owner alone, other lines kept', async () => {
    await writeFile(home.paths.env, '# mine\nLOG_LEVEL=debug\nTELEGRAM_CHAT_ID=1\n', { mode: 0o644 })
    server.say({ id: 666, name: 'Eve' }, 'I was here before')
    const { code, printed } = await setup('nonsense', `${TOKEN}x`, TOKEN, 'y')

    expect(code).toBe(0)
    expect(printed.out).toContain('That is no token')
    expect(printed.out).toContain('Telegram does not know the token')
    expect(printed.out).toContain('A message from Ann: user 7, chat 7 (private).')
    expect(printed.out).not.toContain(TOKEN)
    expect(await readFile(home.paths.env, 'utf8')).toBe(
      `# mine\nLOG_LEVEL=debug\nTELEGRAM_CHAT_ID=7\nTELEGRAM_BOT_TOKEN=${TOKEN}\nTELEGRAM_ALLOWED_USERS=7\n`,
    )
    if (process.platform !== 'win32') expect((await stat(home.paths.env)).mode & 0o777).toBe(0o600)
    expect(server.messages.map(({ text }) => text)).toEqual([expect.stringContaining('now obeys you')])
    expect(server.unconfirmed).toBe(0)
  })

  test('writes nothing where that is not wanted', async () => {
    const { code } = await setup(TOKEN, 'no')
    expect(code).toBe(1)
    await expect(stat(home.paths.env)).rejects.toThrow('ENOENT')
  })

  test('off a terminal it says what to do instead', async () => {
    const { context } = fakeContext({ home: home.paths.home })
    await expect(async () => telegram(context, ['setup'], {})).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('.env'),
    })
  })
})

describe('doctor', () => {
  const checks = (settings: Readonly<Record<string, string>>) =>
    checkTelegram({ settings: settingsSchema.parse({ TELEGRAM_API_ROOT: server.url, ...settings }) })

  test('names the bot, the users and the chat', async () => {
    expect(await checks({ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_ALLOWED_USERS: '7,8', TELEGRAM_CHAT_ID: '7' })).toMatchObject([
      { name: 'bot', status: 'ok', detail: '@orchestrator_bot' },
      { name: 'users', status: 'ok', detail: '7, 8' },
      { name: 'chat', status: 'ok', detail: '7, Ann' },
    ])
  })

  test.each([
    [{}, [{ name: 'bot', status: 'ok', detail: expect.stringContaining('telegram setup') }]],
    [
      { TELEGRAM_BOT_TOKEN: TOKEN },
      [{ status: 'ok' }, { name: 'users', status: 'warn', fix: expect.stringContaining('orchestrator.log') }],
    ],
    [{ TELEGRAM_BOT_TOKEN: `${TOKEN}x`, TELEGRAM_ALLOWED_USERS: '7' }, [{ name: 'bot', status: 'warn' }, { status: 'ok' }]],
    [{ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_CHAT_ID: '-5' }, [{ status: 'ok' }, { name: 'users', status: 'note' }, { status: 'ok' }]],
    [
      { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_CHAT_ID: '404' },
      [{ status: 'ok' }, { status: 'ok' }, { name: 'chat', status: 'warn', detail: expect.stringContaining('chat not found') }],
    ],
  ])('%j is told with what to do', async (settings, expected) => {
    const found = await checks(settings)
    expect(found).toMatchObject(expected)
    expect(JSON.stringify(found)).not.toContain(TOKEN.slice(12))
  })
})

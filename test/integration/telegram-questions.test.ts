import { afterEach, expect, test, vi } from 'vitest'
import { makeAskerHome, saidIn } from '../helpers/asker.ts'
import type { Home } from '../helpers/home.ts'
import { callsIn } from '../helpers/stand-in.ts'
import { ANN, type ShownMessage, type TelegramServer } from '../helpers/telegram-server.ts'
import { beginTalk, idIn, type Talk } from '../helpers/telegram-talk.ts'
import { until } from '../helpers/until.ts'

/** Conversations wait for real processes. */
vi.setConfig({ testTimeout: 90_000 })

let talk: Talk
let telegram: TelegramServer
let home: Home
let shown: Talk['shown']

async function begin(env: Readonly<Record<string, string>> = {}): Promise<void> {
  talk = await beginTalk(makeAskerHome, env)
  ;({ telegram, home, shown } = talk)
}
afterEach(() => talk[Symbol.asyncDispose]())

const CHOOSE =
  'Store the sessions.\n$ orchestrator respond "I compare the two"\n$ orchestrator ask "Which database?" --option Postgres --option SQLite'

async function question(): Promise<ShownMessage> {
  return shown(/Which database\?[\s\S]*Press a button/)
}

test('a question comes with a button for each option; the one that is pressed has the agent go on, and the question shows the answer', async () => {
  await begin()
  telegram.say(ANN, CHOOSE)
  const asked = await question()
  expect(asked.buttons.map(({ text }) => text)).toEqual(['Postgres', 'SQLite'])
  await until(async () => expect(telegram.messages[0]?.text).toMatch(/^❓ [\s\S]*asks: Which database\?/))

  const query = telegram.press(ANN, asked, 'SQLite')
  await shown(/^✔ completed · Store the sessions/)
  expect(telegram.acknowledged.get(query)).toBe('Answered: SQLite')
  await until(() => expect(asked).toMatchObject({ text: expect.stringContaining('✔ SQLite (Ann (telegram 7))'), buttons: [] }))
  const calls = await callsIn(home)
  expect(calls).toHaveLength(2)
  expect(calls[1]?.stdin).toContain('SQLite')
})

test('the button still works after a restart, and only the first answer counts', async () => {
  await begin()
  telegram.say(ANN, CHOOSE)
  const asked = await question()
  const before = { ...asked }
  await talk.daemon.stop('SIGKILL')
  await talk.start()
  telegram.press(ANN, before, 'Postgres')
  telegram.press({ id: 8, name: 'Bob' }, { ...before, chat: 8 }, 'SQLite')
  await shown(/^✔ completed/)
  await shown(/was answered by Ann/, 8)
  expect((await callsIn(home)).at(-1)?.stdin).toContain('Postgres')
})

test('a reply to the question is the answer, and so is /answer; an answer that is no option is refused', async () => {
  await begin()
  telegram.say(ANN, CHOOSE)
  const asked = await question()
  telegram.say(ANN, 'Oracle', { replyTo: asked.message_id })
  await shown(/"Oracle" is none of the options/)
  telegram.say(ANN, 'sqlite', { replyTo: asked.message_id })
  const done = await shown(/^✔ completed/)
  expect(done.text).not.toContain('Oracle')

  telegram.say(ANN, 'Name it.\n$ orchestrator ask "What name?"')
  const open = await shown(/What name\?[\s\S]*Reply to this message/)
  expect(open.buttons).toEqual([])
  const id = idIn(await shown(/^❓ Name it\./))
  telegram.say(ANN, `/answer ${id} my <b>name</b>`)
  await shown(/✔ my <b>name<\/b> \(Ann/)
  await shown(/^✔ completed · Name it/)
  expect((await callsIn(home)).at(-1)?.stdin).toContain('my <b>name</b>')
})

test('a question that was settled while Telegram was away is not asked any more', async () => {
  await begin()
  await telegram.goDown()
  await home.drop('q', CHOOSE)
  await until(async () => expect((await saidIn(home)).length).toBe(2))
  await until(async () => expect(await home.stateOf('q')).toBe('waiting'))
  expect(await home.run(['answer', 'q', 'SQLite'])).toMatchObject({ code: 0 })
  await home.waitForResult('q')
  await telegram.comeBack()
  await shown(/^✔ completed/)
  expect(telegram.messages.filter(({ text }) => text.includes('Press a button'))).toEqual([])
})

import { expect, test } from 'vitest'
import { makeAskerHome, saidIn } from '../helpers/asker.ts'
import { callsIn } from '../helpers/stand-in.ts'
import { ANN, BOB } from '../helpers/telegram-server.ts'
import { beginTalk, idIn } from '../helpers/telegram-talk.ts'
import { until } from '../helpers/until.ts'

const CHOOSE =
  'Store the sessions.\n$ orchestrator respond "I compare the two"\n$ orchestrator ask "Which database?" --option Postgres --option SQLite'

const QUESTION = /Which database\?[\s\S]*Press a button/

test('a question comes with a button for each option; the one that is pressed has the agent go on, and the question shows the answer', async () => {
  const { telegram, home, shown } = await beginTalk(makeAskerHome)
  telegram.say(ANN, CHOOSE)
  const asked = await shown(QUESTION)
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
  const { telegram, home, daemon, start, shown } = await beginTalk(makeAskerHome)
  telegram.say(ANN, CHOOSE)
  const asked = await shown(QUESTION)
  const before = { ...asked }
  await daemon.stop('SIGKILL')
  await start()
  telegram.press(ANN, before, 'Postgres')
  telegram.press(BOB, { ...before, chat: 8 }, 'SQLite')
  await shown(/^✔ completed/)
  await shown(/was answered by Ann/, 8)
  expect((await callsIn(home)).at(-1)?.stdin).toContain('Postgres')
})

test('a reply to the question is the answer, and so is /answer; an answer that is no option is refused', async () => {
  const { telegram, home, shown } = await beginTalk(makeAskerHome)
  telegram.say(ANN, CHOOSE)
  const asked = await shown(QUESTION)
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
  const { telegram, home, shown } = await beginTalk(makeAskerHome)
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

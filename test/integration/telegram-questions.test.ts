import { expect, test } from 'vitest'
import { makeAskerHome, saidIn } from '../helpers/asker.ts'
import { callsIn } from '../helpers/stand-in.ts'
import { idIn, shareTalk } from '../helpers/telegram-talk.ts'
import { until } from '../helpers/until.ts'

const GROUP = -1000
const CHOOSE =
  'Store the sessions.\n$ orchestrator respond "I compare the two"\n$ orchestrator ask "Which database?" --option Postgres --option SQLite'

const QUESTION = /Which database\?[\s\S]*Press a button/

const talk = shareTalk(makeAskerHome, { TELEGRAM_CHAT_ID: String(GROUP) }, 3)

test('a question comes with a button for each option; the one that is pressed has the agent go on, and the question shows the answer', async () => {
  const { telegram, home, shown, ann } = await talk()
  const before = (await callsIn(home).catch(() => [])).length
  telegram.say(ann, CHOOSE)
  const asked = await shown(QUESTION)
  expect(asked.buttons.map(({ text }) => text)).toEqual(['Postgres', 'SQLite'])
  await until(async () => expect(telegram.messages.find(({ chat }) => chat === ann.id)?.text).toMatch(/^❓ [\s\S]*asks: Which database\?/))

  const query = telegram.press(ann, asked, 'SQLite')
  await shown(/^✔ completed · Store the sessions/)
  expect(telegram.acknowledged.get(query)).toBe('Answered: SQLite')
  await until(() => expect(asked).toMatchObject({ text: expect.stringContaining(`✔ SQLite (Ann (telegram ${ann.id}))`), buttons: [] }))
  const calls = (await callsIn(home)).slice(before)
  expect(calls).toHaveLength(2)
  expect(calls[1]?.stdin).toContain('SQLite')
})

test('a reply to the question is the answer, and so is /answer; an answer that is no option is refused', async () => {
  const { telegram, home, shown, ann } = await talk()
  telegram.say(ann, CHOOSE)
  const asked = await shown(QUESTION)
  telegram.say(ann, 'Oracle', { replyTo: asked.message_id })
  await shown(/"Oracle" is none of the options/)
  telegram.say(ann, 'sqlite', { replyTo: asked.message_id })
  const done = await shown(/^✔ completed/)
  expect(done.text).not.toContain('Oracle')

  telegram.say(ann, 'Name it.\n$ orchestrator ask "What name?"')
  const open = await shown(/What name\?[\s\S]*Reply to this message/)
  expect(open.buttons).toEqual([])
  const id = idIn(await shown(/^❓ Name it\./))
  telegram.say(ann, `/answer ${id} my <b>name</b>`)
  await shown(/✔ my <b>name<\/b> \(Ann/)
  await shown(/^✔ completed · Name it/)
  expect((await callsIn(home)).at(-1)?.stdin).toContain('my <b>name</b>')
})

test('a question that was settled while Telegram was away is not asked any more', async () => {
  const { telegram, home, shown } = await talk()
  const before = (await saidIn(home).catch(() => [])).length
  await telegram.goDown()
  await home.drop('q', CHOOSE)
  await until(async () => expect((await saidIn(home)).length).toBe(before + 2))
  await until(async () => expect(await home.stateOf('q')).toBe('waiting'))
  expect(await home.run(['answer', 'q', 'SQLite'])).toMatchObject({ code: 0 })
  await home.waitForResult('q')
  await telegram.comeBack()
  await shown(/^✔ completed/, GROUP)
  expect(telegram.messages.filter(({ chat, text }) => chat === GROUP && text.includes('Press a button'))).toEqual([])
})

import { readdir } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeAskerHome } from '../helpers/asker.ts'
import { callsIn, makeStandInHome, taskFile } from '../helpers/stand-in.ts'
import { TOKEN } from '../helpers/telegram-server.ts'
import { type SharedTalk, shareTalk } from '../helpers/telegram-talk.ts'
import { until } from '../helpers/until.ts'

const GROUP = -1000
const QUESTION = /Which database\?[\s\S]*Press a button/

const talk = shareTalk(makeStandInHome, { TELEGRAM_CHAT_ID: String(GROUP) }, 6)

test('tasks go on meanwhile, and their notices come afterwards, in order and once; the log tells of it once', async () => {
  const { telegram, home, shown, log } = await talk()
  await telegram.goDown()
  for (const id of ['one', 'two', 'three']) {
    await home.drop(id, taskFile({ id }))
    await home.waitForResult(id)
  }
  await until(async () => expect(await readdir(home.paths.outbox)).toHaveLength(3))
  await telegram.comeBack()
  await shown(/three/, GROUP)
  const told = telegram.messages.filter(({ chat }) => chat === GROUP).map(({ text }) => text.split('\n').at(-1))
  expect(told).toEqual(['one', 'two', 'three'])
  await until(async () => expect(await readdir(home.paths.outbox)).toEqual([]))
  await until(async () => expect(await log()).toMatch(/telegram can be reached again/))
  expect((await log()).match(/telegram cannot be used/g)).toHaveLength(1)
  expect(await log()).not.toContain(TOKEN.slice(12))
})

test('429 is honoured: nothing is sent to that chat before its time, and nothing is lost', async () => {
  const { telegram, shown, ann } = await talk()
  let limitedAt: number | undefined
  telegram.fault = (call) => {
    if (call.method !== 'sendMessage' || call.body.chat_id !== ann.id || limitedAt !== undefined) return undefined
    limitedAt = call.at
    return { code: 429, description: 'Too Many Requests: retry after 1', retryAfter: 1 }
  }
  telegram.say(ann, '/status')
  telegram.say(ann, '/start')
  await shown(/Hello Ann/)
  const [, next] = telegram.calls.filter(({ method, body }) => method === 'sendMessage' && body.chat_id === ann.id)
  expect((next?.at ?? 0) - (limitedAt ?? 0)).toBeGreaterThanOrEqual(1_000)
  const shownToAnn = telegram.messages.filter(({ chat }) => chat === ann.id)
  expect(shownToAnn.map(({ text }) => text.split('\n')[0])).toEqual(['0 of 3 running, 0 queued', expect.stringContaining('Hello Ann')])
})

test.each([
  [{ code: 409, description: 'Conflict: terminated by other getUpdates request' }, /another program reads the messages of this bot/],
  [{ code: 401, description: 'Unauthorized' }, /Mend TELEGRAM_BOT_TOKEN/],
  [{ code: 200, description: 'captive portal', html: true }, /no Bot API answered/],
  ['cut' as const, /telegram cannot be used/],
])('%j is told once with what to do, and waited out', async (fault, words) => {
  const { telegram, shown, log, ann } = await talk()
  telegram.fault = ({ method }) => (method === 'getUpdates' ? fault : undefined)
  telegram.say(ann, '/status')
  await until(async () => expect(await log()).toMatch(words))
  const polls = telegram.calls.length
  await until(() => expect(telegram.calls.length).toBeGreaterThan(polls + 1))
  telegram.fault = undefined
  telegram.say(ann, '/start')
  await shown(/Hello Ann/)
  await until(async () => expect(await log()).toMatch(/telegram can be reached again/))
  expect((await log()).match(/telegram cannot be used/g)).toHaveLength(1)
  expect(await log()).not.toContain(TOKEN.slice(12))
})

describe('after kill -9 of the daemon and a restart', () => {
  const restarted = shareTalk(makeAskerHome, {}, 1)
  let talk: SharedTalk

  beforeAll(async () => {
    talk = await restarted()
    const { telegram, home, ann, bob, shown } = talk
    telegram.say(ann, 'Store the sessions.\n$ orchestrator ask "Which database?" --option Postgres --option SQLite')
    await shown(QUESTION)
    telegram.say(bob, 'Only once.')
    await shown(/^✔ completed · Only once/, bob.id)
    await until(async () => expect(await readdir(home.paths.outbox)).toEqual([]))

    telegram.fault = ({ method }) => (method === 'sendMessage' ? { code: 502, description: 'Bad Gateway' } : undefined)
    await home.drop('late', taskFile({ id: 'late' }))
    await until(async () => expect(await readdir(home.paths.outbox)).toHaveLength(1))
    await home.waitForResult('late')
    await talk.daemon.stop('SIGKILL')
    expect(await readdir(home.paths.outbox)).toHaveLength(1)
    telegram.fault = undefined
    await talk.start()
  })

  test('a full outbox is delivered', async () => {
    const { telegram, home, ann, bob, shown } = talk
    for (const { id } of [ann, bob]) await shown(/late$/, id)
    await until(async () => expect(await readdir(home.paths.outbox)).toEqual([]))
    expect(telegram.messages.filter(({ text }) => text.endsWith('late'))).toHaveLength(2)
  })

  test('an update is handled once, although Telegram sends it again', async () => {
    const { telegram, home, bob, shown } = talk
    telegram.say(bob, '/status')
    await shown(/of 3 running/, bob.id)
    expect((await readdir(home.paths.processed)).filter((name) => name.startsWith('only-once'))).toHaveLength(1)
    expect((await callsIn(home)).filter(({ stdin }) => stdin.includes('Only once.'))).toHaveLength(1)
  })

  test('the button of a question still works, and only the first answer counts', async () => {
    const { telegram, home, ann, bob, shown } = talk
    const asked = { ...(await shown(QUESTION)) }
    telegram.press(ann, asked, 'Postgres')
    telegram.press(bob, { ...asked, chat: bob.id }, 'SQLite')
    await shown(/^✔ completed · Store the sessions/)
    await shown(/was answered by Ann/, bob.id)
    const told = (await callsIn(home)).filter(({ args }) => args.includes('--resume')).map(({ stdin }) => stdin)
    expect(told).toEqual([expect.stringContaining('Postgres')])
  })
})

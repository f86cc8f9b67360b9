import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { makeStandInHome, taskFile } from '../helpers/stand-in.ts'
import { ANN, BOB, TOKEN } from '../helpers/telegram-server.ts'
import { beginTalk } from '../helpers/telegram-talk.ts'
import { until } from '../helpers/until.ts'

test('tasks go on meanwhile, and their notices come afterwards, in order and once; the log tells of it once', async () => {
  const { telegram, home, shown, log } = await beginTalk(makeStandInHome)
  await telegram.goDown()
  for (const id of ['one', 'two', 'three']) {
    await home.drop(id, taskFile({ id }))
    await home.waitForResult(id)
  }
  await until(async () => expect(await readdir(home.paths.outbox)).toHaveLength(3))
  await telegram.comeBack()
  await shown(/three/)
  const told = telegram.messages.filter(({ chat }) => chat === ANN.id).map(({ text }) => text.split('\n').at(-1))
  expect(told).toEqual(['one', 'two', 'three'])
  await until(async () => expect(await readdir(home.paths.outbox)).toEqual([]))
  expect(telegram.messages.filter(({ chat }) => chat === BOB.id)).toHaveLength(3)
  expect((await log()).match(/telegram cannot be used/g)).toHaveLength(1)
  expect(await log()).not.toContain(TOKEN.slice(12))
})

test('a full outbox is delivered after a restart, also when the daemon was killed', async () => {
  const { telegram, home, daemon, start, shown } = await beginTalk(makeStandInHome)
  telegram.fault = ({ method }) => (method === 'sendMessage' ? { code: 502, description: 'Bad Gateway' } : undefined)
  await home.drop('late', taskFile({ id: 'late' }))
  await until(async () => expect(await readdir(home.paths.outbox)).toHaveLength(1))
  await home.waitForResult('late')
  await daemon.stop('SIGKILL')
  expect(await readdir(home.paths.outbox)).toHaveLength(1)
  telegram.fault = undefined
  await start()
  await shown(/late/)
  await until(async () => expect(await readdir(home.paths.outbox)).toEqual([]))
  expect(telegram.messages.filter(({ text }) => text.endsWith('late'))).toHaveLength(2) // Ann and Bob
})

test('an update is handled once, over a restart too, although Telegram sends it again', async () => {
  const { telegram, home, daemon, start, shown } = await beginTalk(makeStandInHome)
  telegram.say(ANN, 'Only once.')
  await shown(/^✔ completed · Only once/)
  await daemon.stop('SIGKILL')
  await start()
  telegram.say(ANN, '/status')
  await shown(/0 of 3 running/)
  expect(await readdir(home.paths.processed)).toHaveLength(1)
})

test('429 is honoured: nothing is sent to that chat before its time, and nothing is lost', async () => {
  const { telegram, shown } = await beginTalk(makeStandInHome)
  let limitedAt: number | undefined
  telegram.fault = (call) => {
    if (call.method !== 'sendMessage' || limitedAt !== undefined) return undefined
    limitedAt = call.at
    return { code: 429, description: 'Too Many Requests: retry after 1', retryAfter: 1 }
  }
  telegram.say(ANN, '/status')
  telegram.say(ANN, '/list')
  await shown(/No tasks yet/)
  const [, next] = telegram.calls.filter(({ method }) => method === 'sendMessage')
  expect((next?.at ?? 0) - (limitedAt ?? 0)).toBeGreaterThanOrEqual(1_000)
  expect(telegram.messages.map(({ text }) => text.split('\n')[0])).toEqual([
    '0 of 3 running, 0 queued',
    expect.stringContaining('No tasks yet'),
  ])
})

test.each([
  [{ code: 409, description: 'Conflict: terminated by other getUpdates request' }, /another program reads the messages of this bot/],
  [{ code: 401, description: 'Unauthorized' }, /Mend TELEGRAM_BOT_TOKEN/],
  [{ code: 200, description: 'captive portal', html: true }, /no Bot API answered/],
  ['cut' as const, /telegram cannot be used/],
])('%j is told once with what to do, and waited out', async (fault, words) => {
  const { telegram, shown, log } = await beginTalk(makeStandInHome)
  telegram.fault = ({ method }) => (method === 'getUpdates' ? fault : undefined)
  telegram.say(ANN, '/status')
  await until(async () => expect(await log()).toMatch(words))
  const polls = telegram.calls.length
  await until(() => expect(telegram.calls.length).toBeGreaterThan(polls + 1))
  telegram.fault = undefined
  telegram.say(ANN, '/list')
  await shown(/No tasks yet/)
  expect((await log()).match(/telegram cannot be used/g)).toHaveLength(1)
  expect(await log()).not.toContain(TOKEN.slice(12))
})

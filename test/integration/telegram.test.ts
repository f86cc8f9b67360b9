import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { callsIn, makeStandInHome, optionOf, release, taskFile } from '../helpers/stand-in.ts'
import { idIn, shareTalk } from '../helpers/telegram-talk.ts'
import { until } from '../helpers/until.ts'

const EVE = { id: 666, name: 'Eve' }
const GROUP = -1000

const talk = shareTalk(makeStandInHome, { TELEGRAM_CHAT_ID: String(GROUP), MY_API_KEY: 'a-very-secret-value' })

test('a conversation from the task to its result, with its one live message, the notice, a look at the answer and a retry', async () => {
  const { telegram, home, shown, ann } = await talk()
  await mkdir(join(home.work, 'backend'))
  const asked = telegram.say(ann, 'Fix the timeout in /backend.\nplay: until=go')
  const live = await shown(/turn|works/)
  const id = idIn(live)
  expect(live).toMatchObject({ reply_to: asked, buttons: [{ text: 'Cancel' }] })
  expect(await home.stateOf(id)).toBe('running')

  telegram.say(ann, `/progress ${id.slice(0, 8)}`)
  expect((await shown(/received .*\.task\.md/)).text).toContain('claude started in')
  telegram.say(ann, '/status')
  await shown(/1 of 3 running, 0 queued/)

  await release(home, 'go')
  const notice = await shown(/^✔ completed · Fix the timeout/)
  expect(notice.text).toMatch(/\$0\.25[\s\S]*It is done\.[\s\S]*fix-the-timeout/)
  expect(notice).toMatchObject({ reply_to: asked, buttons: [{ text: 'Show' }, { text: 'Retry' }] })
  await until(() => expect(live.text).toMatch(/^✅ /))
  const call = (await callsIn(home)).find(({ stdin }) => stdin.includes('Fix the timeout'))
  expect(call?.cwd).toBe(join(home.work, 'backend'))
  expect(await home.waitForResult(id)).toMatchObject({ origin: `telegram:${ann.id}:${asked}`, status: 'completed' })

  telegram.press(ann, notice, 'Show')
  await shown(/^It is done\.$/)
  telegram.press(ann, notice, 'Retry')
  const ends = () => telegram.messages.filter(({ chat, text }) => chat === ann.id && text.startsWith('✔ completed'))
  await until(() => expect(ends()).toHaveLength(2))
  await until(() => expect(live).toMatchObject({ text: expect.stringMatching(/^↻ .*\n.*\ngoes on below$/), buttons: [] }))
})

test('a reply to a message about a task goes on with its conversation, in its directory', async () => {
  const { telegram, home, shown, ann } = await talk()
  await mkdir(join(home.work, 'sub'))
  telegram.say(ann, '/task look around in /sub')
  const notice = await shown(/^✔ completed/)
  telegram.say(ann, 'And now mend it.', { replyTo: notice.message_id })
  const live = await shown(/And now mend it/)
  const result = await home.waitForResult(idIn(live))

  const calls = await callsIn(home)
  const [first, second] = ['look around', 'And now mend it.'].map((words) => calls.find(({ stdin }) => stdin.includes(words)))
  expect(first?.cwd).toBe(join(home.work, 'sub'))
  expect(result.status).toBe('completed')
  expect(second?.cwd).toBe(first?.cwd)
  expect(second && optionOf(second, '--resume')).toBe((await home.waitForResult(notice.text.split('\n').at(-1) ?? '')).session_id)
  expect(second?.stdin).toContain('And now mend it.')
})

test('documents and pictures: a task file is a task, anything else goes with the task of its caption', async () => {
  const { telegram, home, shown, ann } = await talk()
  const markdown = taskFile({ id: 'given', priority: 'high', origin: 'cli:me' }, 'From a document.')
  telegram.say(ann, '', { document: { name: 'mine.task.md', bytes: Buffer.from(markdown), mime: 'text/markdown' } })
  expect(await home.waitForResult('given')).toMatchObject({ origin: expect.stringContaining(`telegram:${ann.id}:`), priority: 'high' })

  telegram.say(ann, '', { document: { name: '../../../evil.log', bytes: Buffer.from('line 1\n') }, caption: 'What went wrong?' })
  const live = await shown(/What went wrong/)
  await home.waitForResult(idIn(live))
  const kept = join(home.paths.attachments, idIn(live), 'evil.log')
  expect(await readFile(kept, 'utf8')).toBe('line 1\n')
  const call = (await callsIn(home)).find(({ stdin }) => stdin.includes('What went wrong'))
  expect(call?.stdin).toContain(`Attached files:\n- ${kept}`)
  expect(call?.args).toContainEqual(expect.stringContaining(`Read(/${join(home.paths.attachments, idIn(live))}/**)`))

  telegram.say(ann, '', { photo: Buffer.from([0xff, 0xd8, 0xff]), caption: 'What is this?' })
  const picture = idIn(await shown(/What is this/))
  await home.waitForResult(picture)
  expect(await readFile(join(home.paths.attachments, picture, 'photo.jpg'))).toEqual(Buffer.from([0xff, 0xd8, 0xff]))

  telegram.say(ann, '', { document: { name: 'a.zip', bytes: Buffer.from('PK'), mime: 'application/zip' }, caption: 'Unpack.' })
  await shown(/a\.zip is neither text nor a picture/)
  telegram.say(ann, '', { document: { name: 'a.txt', bytes: Buffer.from('hello') } })
  await shown(/Send the file again with a caption/)
  telegram.say(ann, '', { document: { name: 'bad.task.md', bytes: Buffer.from('---\nbudget: 1\n---\nDo it.') } })
  await shown(/✖ line 2: budget: unknown key/)
})

test('a directory that is not there, an unknown command, an unknown task and a missing text are answered with what to do', async () => {
  const { telegram, home, shown, ann } = await talk()
  const before = await readdir(home.paths.processed)
  telegram.say(ann, 'fix it in /nowhere')
  await shown(/✖ There is no directory nowhere/)
  telegram.say(ann, '/frobnicate')
  await shown(/There is no command \/frobnicate/)
  telegram.say(ann, '/cancel nobody')
  await shown(/No task has the id "nobody"/)
  telegram.say(ann, '/task')
  await shown(/There is nothing to do/)
  telegram.say(ann, '/start')
  await shown(new RegExp(`Hello Ann\\. This chat is ${ann.id}, you are user ${ann.id}`))
  expect(await readdir(home.paths.processed)).toEqual(before)
})

test('cancel by button, list, and a failure with its reason', async () => {
  const { telegram, shown, ann } = await talk()
  telegram.say(ann, 'Wait.\nplay: until=doomsday')
  const live = await shown(/works|turn/)
  telegram.press(ann, live, 'Cancel')
  await until(() => expect(live.text).toMatch(/^⏹ /))
  await shown(new RegExp(`cancelled by Ann \\(telegram ${ann.id}\\)`))
  telegram.say(ann, 'Fail.\nplay: status=400')
  expect((await shown(/^✖ failed/)).text).toContain('API Error: 400')
  telegram.say(ann, '/list')
  expect((await shown(/^❌ fail-/)).text).toMatch(/\n⏹ wait-/)
})

test('strangers get no answer and are logged once; a group is obeyed only where it is named, and by those who are allowed', async () => {
  const { telegram, shown, log, ann, bob } = await talk()
  const before = telegram.messages.length
  for (let n = 0; n < 5; n++) telegram.say(EVE, '/task steal')
  telegram.say(EVE, '/task steal', { chat: GROUP })
  telegram.say(ann, '/task elsewhere', { chat: -5 })
  telegram.say(bob, 'just talking', { chat: GROUP })
  telegram.say(bob, '/task@another_bot no', { chat: GROUP })
  telegram.say(bob, '/status@orchestrator_bot', { chat: GROUP })
  await shown(/0 of 3 running, 0 queued/, GROUP)

  const chats = [EVE.id, GROUP, -5, ann.id, bob.id]
  expect(telegram.messages.slice(before).filter(({ chat }) => chats.includes(chat))).toHaveLength(1)
  expect((await log()).match(/ignored somebody who is not allowed/g)).toHaveLength(3)
  telegram.say(bob, '@orchestrator_bot do it', { chat: GROUP })
  await shown(/^✔ completed · do it/, GROUP)
})

test('a flood is slowed and told once', async () => {
  const { telegram, shown, ann, bob } = await talk()
  for (let n = 0; n < 60; n++) telegram.say(ann, '/list')
  telegram.say(bob, '/list')
  await shown(/./, bob.id)
  await until(() => expect(telegram.unconfirmed).toBe(0))

  await shown(/Slow down/)
  expect(telegram.messages.filter(({ chat, text }) => chat === ann.id && text.startsWith('Slow down'))).toHaveLength(1)
  expect(telegram.messages.filter(({ chat }) => chat === ann.id).length).toBeLessThan(20)
})

describe('long and malicious texts', () => {
  test('an answer of 10,000 characters comes in whole, at line ends; a longer one as a file', async () => {
    const { telegram, shown, ann } = await talk()
    telegram.say(ann, 'Talk.\nplay: lines=10000')
    telegram.press(ann, await shown(/^✔ completed · Talk/), 'Show')
    await until(() => {
      const parts = telegram.messages.filter(({ text }) => /^line \d+$/m.test(text) && !text.startsWith('✔'))
      expect(parts).toHaveLength(3)
      expect(parts.map(({ text }) => text).join('\n')).toHaveLength(10_000)
    })
    telegram.say(ann, 'Talk more.\nplay: lines=30000')
    telegram.press(ann, await shown(/^✔ completed · Talk more/), 'Show')
    const file = await shown(/^30000 characters$/)
    expect(file.document?.text).toHaveLength(30_000)
  })

  test('titles with markup are shown as they are', async () => {
    const { telegram, shown, ann } = await talk()
    telegram.say(ann, '<b>bold</b> & _*[x](http://y) </code>')
    const live = await shown(/^✅ /)
    expect(live.text.split('\n')[0]).toBe('✅ <b>bold</b> & _*[x](http://y) </code>')
    expect((await shown(/^✔ completed/)).text).toContain('<b>bold</b> & _*[x](http://y) </code>')
  })

  test('a secret that somebody sends is not echoed', async () => {
    const { telegram, shown, ann } = await talk()
    telegram.say(ann, 'Use a-very-secret-value here.')
    expect((await shown(/^✅ /)).text).toContain('Use [redacted] here.')
    await shown(/^✔ completed/)
    expect(JSON.stringify(telegram.messages)).not.toContain('a-very-secret-value')
  })
})

test('a task file cannot have the bot write to a stranger', async () => {
  const { telegram, home, shown } = await talk()
  await home.drop('sly', taskFile({ id: 'sly', origin: 'telegram:666:1' }))
  await shown(/sly/, GROUP)
  expect(telegram.messages.filter(({ text }) => text.includes('sly')).map(({ chat }) => chat)).toEqual([GROUP])
})

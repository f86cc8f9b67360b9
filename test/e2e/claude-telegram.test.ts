import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bash } from '../helpers/anthropic-scenario.ts'
import { type AnthropicServer, startAnthropicServer } from '../helpers/anthropic-server.ts'
import { questionsOf } from '../helpers/asker.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { ANN } from '../helpers/telegram-server.ts'
import { beginTalk, idIn, type Talk } from '../helpers/telegram-talk.ts'
import { until } from '../helpers/until.ts'

const REAL = needs('claude', 'posix')
const ASK = bash('orchestrator ask "Which database?" --option Postgres --option SQLite')

function talkWithClaude(server: AnthropicServer): Promise<Talk> {
  return beginTalk((options) => makeClaudeHome(server, options), { ASK_WAIT_SEC: '0' })
}

test(
  'the real Claude Code asks a person on Telegram, waits without a process, and goes on in its session when a button is pressed',
  REAL,
  async () => {
    await using server = await startAnthropicServer(({ prompt }) =>
      prompt.includes('You asked')
        ? { name: 'ok', text: 'The sessions are in SQLite now.' }
        : { name: 'calls', calls: [ASK], text: 'I wait for the answer.' },
    )
    const { home, telegram, shown } = await talkWithClaude(server)

    const message = telegram.say(ANN, '/task Store the sessions.')
    const live = await shown(/^❓ Store the sessions\.\n[\s\S]*asks: Which database\?/)
    const id = idIn(live)
    const question = await shown(/Which database\?[\s\S]*Press a button/)
    expect(question).toMatchObject({ reply_to: message, buttons: [{ text: 'Postgres' }, { text: 'SQLite' }] })
    await until(async () => expect(await home.stateOf(id)).toBe('waiting'))
    await until(async () => expect(await home.processes()).toEqual([expect.stringContaining('orchestrator.js start')]))
    expect(await questionsOf(home, id)).toMatchObject([{ text: 'Which database?', state: 'open' }])
    const before = server.requests.length

    const query = telegram.press(ANN, question, 'SQLite')
    const notice = await shown(/^✔ completed · Store the sessions\./)

    expect(telegram.acknowledged.get(query)).toBe('Answered: SQLite')
    const result = await home.waitForResult(id)
    const [first, second] = result.attempts
    expect(result).toMatchObject({
      status: 'completed',
      output: 'The sessions are in SQLite now.',
      origin: `telegram:7:${message}`,
      denials: [],
    })
    expect([first, second]).toMatchObject([
      { outcome: 'parked', session_id: expect.any(String) },
      { outcome: 'completed', session_id: first?.session_id },
    ])
    const [resumed, ...more] = server.requests.slice(before)
    expect(resumed?.prompt).toContain('You asked: Which database?\nAnswer: SQLite')
    expect(resumed?.earlier).toContainEqual(expect.stringContaining('Store the sessions.'))
    expect(more).toEqual([])
    const summary = await readFile(join(home.paths.summaries, `${id}_summary.txt`), 'utf8')
    expect(summary).toContain('The sessions are in SQLite now.')
    expect(notice).toMatchObject({ text: `${summary.trim()}\n\n${id}`, reply_to: message, buttons: [{ text: 'Show' }, { text: 'Retry' }] })
    await until(() => expect(live).toMatchObject({ text: expect.stringMatching(/^✅ /), buttons: [{ text: 'Show' }] }))
    await until(() => expect(question).toMatchObject({ text: expect.stringContaining('✔ SQLite (Ann (telegram 7))'), buttons: [] }))
  },
)

test('the real Claude Code may read a file that was sent with its task, and none that was sent with another', REAL, async () => {
  await using server = await startAnthropicServer(({ prompt }) => {
    const [path] = /\/.*\/notes\.txt/.exec(prompt) ?? []
    return { name: 'calls', calls: [{ name: 'Read', input: { file_path: path } }], text: 'I have looked.' }
  })
  const { home, telegram, shown } = await talkWithClaude(server)

  telegram.say(ANN, '', { document: { name: 'notes.txt', bytes: Buffer.from('the colour is teal\n') }, caption: 'Which colour?' })
  const live = await shown(/Which colour\?/)
  const id = idIn(live)
  expect(await home.waitForResult(id)).toMatchObject({ status: 'completed', output: 'I have looked.', denials: [] })
  expect((await home.run(['logs', id])).stdout).toContain('the colour is teal')

  const path = join(home.paths.attachments, id, 'notes.txt')
  telegram.say(ANN, `Read once more ${path}`, { replyTo: live.message_id })
  const reply = idIn(await shown(/Read once more/))
  expect(await home.waitForResult(reply), 'a reply may read what its conversation began with').toMatchObject({ status: 'completed' })

  telegram.say(ANN, `/task Look again at ${path}`)
  const other = idIn(await shown(/Look again/))
  expect(await home.waitForResult(other)).toMatchObject({
    status: 'failed',
    failure: { code: 'permission_denied' },
    denials: [{ tool: 'Read' }],
  })
  expect((await home.run(['logs', other])).stdout).not.toContain('teal')
})

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LoggedEvent } from '../../src/domain/events.ts'
import type { Home } from '../helpers/home.ts'
import { type ChatRequest, type OllamaServer, type Play, startOllamaServer } from '../helpers/ollama-server.ts'
import { callsIn, makeStandInHome, namesOf, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const NOTE = 'The login fails after 5 minutes in backend, see src/login.ts.\nIt is urgent. 登录 😀'
const GAPS = {
  title: 'Mend the login',
  type: 'fix',
  priority: 'high',
  cwd: 'backend',
  target_files: ['src/login.ts', 'src/invented.ts'],
  criteria: ['the login lasts'],
}
const BY = 'ollama:llama3.1:8b'
const FILES = { '../work/backend/src/login.ts': '' }

function asksForGaps({ format }: ChatRequest): boolean {
  return JSON.stringify(format).includes('target_files')
}

/** A model that fills gaps and words summaries as it is told here. */
function helpful(gaps: object = GAPS, summary: unknown = { summary: 'The login works again.\nNothing is left to do.' }) {
  return (request: ChatRequest): Play => ({ kind: 'right', says: asksForGaps(request) ? gaps : summary })
}

function homeWith(host: Pick<OllamaServer, 'url'>, note: string, env: Readonly<Record<string, string>> = {}): Promise<Home> {
  return makeStandInHome({ files: { ...FILES, 'tasks/note.task.md': note }, env: { OLLAMA_HOST: host.url, ...env } })
}

function msBetween(events: readonly LoggedEvent[], from: string, to: string): number {
  const at = (name: string) => Date.parse(events.find(({ event }) => event === name)?.ts ?? '')
  return at(to) - at(from)
}

test('what a free-form note leaves open is filled, marked as inferred, and worked by', async () => {
  await using server = await startOllamaServer(helpful())
  await using home = await homeWith(server, NOTE)

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0, stderr: '' })

  expect(await home.waitForResult('note')).toMatchObject({
    status: 'completed',
    title: 'Mend the login',
    type: 'fix',
    priority: 'high',
    criteria: [{ text: 'the login lasts', status: 'unknown' }],
    workspace: { path: join(home.work, 'backend') },
    inferred: [
      { field: 'title', value: 'Mend the login', by: BY },
      { field: 'type', value: 'fix', by: BY },
      { field: 'priority', value: 'high', by: BY },
      { field: 'cwd', value: 'backend', by: BY },
      { field: 'target_files', value: ['src/login.ts'], by: BY },
      { field: 'criteria', value: ['the login lasts'], by: BY },
    ],
  })
  const [call] = await callsIn(home)
  expect(call).toMatchObject({
    cwd: join(home.work, 'backend'),
    stdin: `${NOTE}\n\nTarget Files:\n- src/login.ts\n\nSuccess Criteria:\n- the login lasts`,
  })
  expect(await home.events('note')).toContainEqual(
    expect.objectContaining({
      event: 'parsed',
      title: 'Mend the login',
      inferred: ['title', 'type', 'priority', 'cwd', 'target_files', 'criteria'],
    }),
  )
})

/** Lets the stand-in say so much that it is worth other words. */
const WORDY = {
  AGENT_ENV_PASS: 'STORY',
  STORY: 'a long story of a login that failed, of where it was looked for, and of what was found in the end',
}

test('the summary is worded by the model around the facts of the result', async () => {
  await using server = await startOllamaServer(
    helpful(GAPS, { summary: 'Status: failed\nAll has failed, and it cost a fortune.\nCost: $99' }),
  )
  await using home = await homeWith(server, `${NOTE}\nplay: tell=STORY`, WORDY)
  await home.run(['start', '--once'])

  const summary = (await readFile(join(home.paths.summaries, 'note_summary.txt'), 'utf8')).split('\n')
  expect(summary).toEqual([
    '✔ completed · Mend the login',
    expect.stringContaining('$0.25'),
    expect.stringMatching(/^⚠ /),
    '',
    'All has failed, and it cost a fortune.',
    '',
  ])
  expect(await home.events('note')).toContainEqual(expect.objectContaining({ event: 'summarized', by: BY }))
})

test('criteria are judged from the diff, marked with the model, and shown', async () => {
  const verdicts = { criterion_1: { evidence: 'login.txt has no limit.', verdict: 'unmet' } }
  await using server = await startOllamaServer((request) => {
    const judges = JSON.stringify(request.format).includes('criterion_1')
    return judges ? { kind: 'right', says: verdicts } : helpful()(request)
  })
  await using home = await homeWith(server, `${NOTE}\nplay: write=login.txt`)

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

  expect(await home.waitForResult('note')).toMatchObject({
    status: 'completed',
    criteria: [{ text: 'the login lasts', status: 'unmet', evidence: 'login.txt has no limit.', judged_by: BY }],
  })
  expect(await readFile(join(home.paths.summaries, 'note_summary.txt'), 'utf8')).toContain('\nUnmet: the login lasts\n')
  const asked = server.requests.find(({ format }) => JSON.stringify(format).includes('criterion_1'))
  expect(asked?.messages.at(-1)?.content).toContain('| +written by the stand-in')
})

test('a project that the note points at is where it is worked', async () => {
  await using server = await startOllamaServer(helpful({ cwd: 'web-shop' }))
  await using home = await makeStandInHome({
    files: {
      '../work/web-shop/package.json': '{}',
      '../work/blog/package.json': '{}',
      'tasks/note.task.md': 'The shop is down.\nPlease help.',
    },
    env: { OLLAMA_HOST: server.url },
  })

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  expect(await home.waitForResult('note')).toMatchObject({
    workspace: { path: join(home.work, 'web-shop') },
    inferred: [{ field: 'cwd', value: 'web-shop', by: BY }],
  })
  expect(JSON.stringify(server.requests[0]?.format)).toContain('"enum":["web-shop"]')
})

test('what was written is never overridden, and a structured task is not guessed at', async () => {
  await using server = await startOllamaServer(helpful())
  const structured = `${taskFile({ id: 'exact' })}\n**Success Criteria:**\n- my own\n`
  await using home = await homeWith(server, `---\ntype: docs\npriority: low\ncwd: .\n---\n# My title\n\n${NOTE}\nplay: write=page.md\n`)
  await home.drop('exact', structured)

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

  const note = await home.waitForResult('note')
  expect(note).toMatchObject({ title: 'My title', type: 'docs', priority: 'low', workspace: { path: home.work } })
  expect(note.inferred.map(({ field }) => field)).toEqual(['target_files', 'criteria'])
  expect(await home.waitForResult('exact')).toMatchObject({ inferred: [], title: 'Do it.', type: 'task', criteria: [{ text: 'my own' }] })
  const asked = server.requests.filter(asksForGaps).map(({ messages }) => messages.at(-1)?.content)
  expect(asked).toEqual([expect.stringContaining('The login fails')])
})

test('a directory outside the allowed root is not guessed into', async () => {
  await using server = await startOllamaServer(helpful({ ...GAPS, cwd: '/etc' }))
  await using home = await homeWith(server, 'Look at /etc and mend it.')

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  const { inferred, workspace } = await home.waitForResult('note')
  expect(workspace.path).toBe(home.work)
  expect(inferred.map(({ field }) => field)).not.toContain('cwd')
})

test('a guessed directory in which somebody works is waited for', async () => {
  await using server = await startOllamaServer(helpful())
  await using home = await homeWith(server, taskFile({ cwd: 'backend', priority: 'high' }, 'play: until=go'))
  const daemon = home.start(['start'])
  await until(async () => expect(await callsIn(home)).toHaveLength(1))
  await home.drop('guess', NOTE)
  await until(async () => expect(namesOf(await home.events('guess'))).toContain('parsed'))
  await home.drop('elsewhere', taskFile({}))
  await home.waitForResult('elsewhere')

  expect(namesOf(await home.events('guess'))).toEqual(['task_received', 'parsed'])
  await release(home, 'go')
  expect(await home.waitForResult('guess')).toMatchObject({ status: 'completed', title: 'Mend the login', attempts: [{ attempt: 1 }] })
  expect(server.requests.filter(asksForGaps)).toHaveLength(1)
  expect(await daemon.stop()).toMatchObject({ code: 0 })
})

test('a further attempt works by what was inferred for the first', async () => {
  await using server = await startOllamaServer(helpful())
  await using home = await homeWith(server, `${NOTE}\nplay: exit=9 first=1`)

  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

  expect(await home.waitForResult('note')).toMatchObject({
    title: 'Mend the login',
    attempts: [{ outcome: 'agent_crashed' }, { outcome: 'completed' }],
  })
  const [first, second] = await callsIn(home)
  expect(second).toMatchObject({ stdin: first?.stdin, cwd: first?.cwd })
  expect(second?.stdin).toContain('Target Files:\n- src/login.ts')
  expect(server.requests.filter(asksForGaps)).toHaveLength(1)
})

describe('an answer that is of no use never costs a task', () => {
  const expectWithoutHelp = async (home: Home) => {
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0, stderr: '' })
    expect(await home.waitForResult('note')).toMatchObject({
      status: 'completed',
      title: 'The login fails after 5 minutes in backend, see src/login.ts.',
      type: 'task',
      priority: 'medium',
      inferred: [],
      workspace: { path: home.work },
    })
    expect((await callsIn(home)).map(({ stdin }) => stdin)).toEqual([NOTE])
    expect(await home.events('note')).toContainEqual(expect.objectContaining({ event: 'summarized', by: 'template' }))
    expect(await readFile(join(home.paths.summaries, 'note_summary.txt'), 'utf8')).toContain('It is done.')
  }

  test.concurrent.each<[string, Play]>([
    ['malformed', { kind: 'malformed' }],
    ['no JSON', { kind: 'right', says: 'Surely! Here is what I think.' }],
    [
      'against the schema',
      { kind: 'right', says: { title: 7, type: 'analyze', priority: 'now', cwd: ['a'], target_files: 'x', criteria: {}, summary: [] } },
    ],
    ['an error', { kind: 'status', status: 500, body: '{"error":"out of memory"}' }],
    ['cut off', { kind: 'cut' }],
  ])('%s', async (_what, play) => {
    await using server = await startOllamaServer(play)
    await using home = await homeWith(server, NOTE)
    await expectWithoutHelp(home)
    expect(server.requests.length).toBeGreaterThan(0)
  })

  test.concurrent('refused', async () => {
    const probe = createServer()
    await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening))
    const { port } = probe.address() as AddressInfo
    await new Promise((closed) => probe.close(closed))
    await using home = await homeWith({ url: `http://127.0.0.1:${port}` }, NOTE)
    await expectWithoutHelp(home)
  })

  test.concurrent('from a server that has not got the model', async () => {
    await using server = await startOllamaServer(helpful(), ['another:1b'])
    await using home = await homeWith(server, NOTE)
    await expectWithoutHelp(home)
  })

  test.concurrent.each([
    ['late', false],
    ['begun, and then late', true],
  ])('%s: OLLAMA_TIMEOUT_SEC is spent once, over all that a task asks', async (_what, begun) => {
    await using server = await startOllamaServer({ kind: 'late', ms: 60_000, says: GAPS, begun })
    await using home = await homeWith(server, NOTE, { OLLAMA_TIMEOUT_SEC: '1' })
    await expectWithoutHelp(home)
    expect(msBetween(await home.events('note'), 'task_received', 'parsed')).toBeGreaterThan(900)
    expect(server.requests.length).toBeLessThan(2)
  })
})

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { LoggedEvent } from '../../src/domain/events.ts'
import type { Home } from '../helpers/home.ts'
import { type ChatRequest, type OllamaServer, type Play, startOllamaServer } from '../helpers/ollama-server.ts'
import type { RunningOrchestrator } from '../helpers/process.ts'
import { type Call, callsIn, makeStandInHome, namesOf, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const BY = 'ollama:llama3.1:8b'

function asksForGaps({ format }: ChatRequest): boolean {
  return JSON.stringify(format).includes('target_files')
}

function asksForVerdicts({ format }: ChatRequest): boolean {
  return JSON.stringify(format).includes('criterion_1')
}

function msBetween(events: readonly LoggedEvent[], from: string, to: string): number {
  const at = (name: string) => Date.parse(events.find(({ event }) => event === name)?.ts ?? '')
  return at(to) - at(from)
}

async function callsFor(home: Home, id: string): Promise<readonly Call[]> {
  const { run_id } = await home.waitForResult(id)
  return (await callsIn(home)).filter(({ run }) => run === run_id)
}

describe('a model that answers', () => {
  /** Each test has a directory of its own, whose name stands in its note and in what the model makes of it. */
  const PLACES = ['filled', 'worded', 'judged', 'written', 'outside', 'held', 'crashed'] as const
  const noteOf = (place: string) => `The login fails after 5 minutes in ${place}-backend, see src/login.ts.\nIt is urgent. 登录 😀`
  const gapsOf = (place: string) => ({
    title: `Mend the login of ${place}-backend`,
    type: 'fix',
    priority: 'high',
    cwd: `${place}-backend`,
    target_files: ['src/login.ts', 'src/invented.ts'],
    criteria: ['the login lasts'],
  })

  interface Answers {
    readonly gaps: object
    readonly summary?: unknown
    readonly verdicts?: object
  }
  /** By what stands in all that is asked about a task. */
  const answers = new Map<string, Answers>()
  let server: OllamaServer
  let home: Home
  let daemon: RunningOrchestrator

  const askedAbout = (mark: string) => server.requests.filter(({ messages }) => JSON.stringify(messages).includes(mark))

  /** Says how the model answers about a task, and queues it. */
  async function give(id: string, note: string, mark: string, told: Answers): Promise<void> {
    answers.set(mark, told)
    await home.drop(id, note)
  }

  beforeAll(async () => {
    server = await startOllamaServer((request) => {
      const [, told] = [...answers].find(([mark]) => JSON.stringify(request.messages).includes(mark)) ?? []
      const summary = told?.summary ?? { summary: 'The login works again.\nNothing is left to do.' }
      return { kind: 'right', says: asksForGaps(request) ? told?.gaps : asksForVerdicts(request) ? (told?.verdicts ?? {}) : summary }
    })
    home = await makeStandInHome({
      files: {
        ...Object.fromEntries(PLACES.map((place) => [`../work/${place}-backend/src/login.ts`, ''])),
        '../work/web-shop/package.json': '{}',
        '../work/blog/package.json': '{}',
      },
      env: {
        OLLAMA_HOST: server.url,
        OLLAMA_TIMEOUT_SEC: '120',
        MAX_CONCURRENT_TASKS: '10',
        TASK_SETTLE_MS: '0',
        // Lets the stand-in say so much that it is worth other words.
        AGENT_ENV_PASS: 'STORY',
        STORY: 'a long story of a login that failed, of where it was looked for, and of what was found in the end',
      },
    })
    daemon = home.start(['start'])
    await daemon.until(/watching/)
  })
  afterAll(async () => {
    expect(await daemon.stop()).toMatchObject({ code: 0, stderr: '' })
    await home[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test.concurrent('what a free-form note leaves open is filled, marked as inferred, and worked by', async () => {
    const note = noteOf('filled')
    await give('filled', note, 'filled-backend', { gaps: gapsOf('filled') })

    expect(await home.waitForResult('filled')).toMatchObject({
      status: 'completed',
      title: 'Mend the login of filled-backend',
      type: 'fix',
      priority: 'high',
      criteria: [{ text: 'the login lasts', status: 'unknown' }],
      workspace: { path: join(home.work, 'filled-backend') },
      inferred: [
        { field: 'title', value: 'Mend the login of filled-backend', by: BY },
        { field: 'type', value: 'fix', by: BY },
        { field: 'priority', value: 'high', by: BY },
        { field: 'cwd', value: 'filled-backend', by: BY },
        { field: 'target_files', value: ['src/login.ts'], by: BY },
        { field: 'criteria', value: ['the login lasts'], by: BY },
      ],
    })
    expect(await callsFor(home, 'filled')).toMatchObject([
      {
        cwd: join(home.work, 'filled-backend'),
        stdin: `${note}\n\nTarget Files:\n- src/login.ts\n\nSuccess Criteria:\n- the login lasts`,
      },
    ])
    expect(await home.events('filled')).toContainEqual(
      expect.objectContaining({
        event: 'parsed',
        title: 'Mend the login of filled-backend',
        inferred: ['title', 'type', 'priority', 'cwd', 'target_files', 'criteria'],
      }),
    )
  })

  test.concurrent('the summary is worded by the model around the facts of the result', async () => {
    await give('worded', `${noteOf('worded')}\nplay: tell=STORY`, 'worded-backend', {
      gaps: gapsOf('worded'),
      summary: { summary: 'Status: failed\nAll has failed, and it cost a fortune.\nCost: $99' },
    })

    await home.waitForResult('worded')
    const summary = (await readFile(join(home.paths.summaries, 'worded_summary.txt'), 'utf8')).split('\n')
    expect(summary).toEqual([
      '✔ completed · Mend the login of worded-backend',
      expect.stringContaining('$0.25'),
      expect.stringMatching(/^⚠ /),
      '',
      'All has failed, and it cost a fortune.',
      '',
    ])
    expect(await home.events('worded')).toContainEqual(expect.objectContaining({ event: 'summarized', by: BY }))
  })

  test.concurrent('criteria are judged from the diff, marked with the model, and shown', async () => {
    await give('judged', `${noteOf('judged')}\nplay: write=login.txt`, 'judged-backend', {
      gaps: gapsOf('judged'),
      verdicts: { criterion_1: { evidence: 'login.txt has no limit.', verdict: 'unmet' } },
    })

    expect(await home.waitForResult('judged')).toMatchObject({
      status: 'completed',
      criteria: [{ text: 'the login lasts', status: 'unmet', evidence: 'login.txt has no limit.', judged_by: BY }],
    })
    expect(await readFile(join(home.paths.summaries, 'judged_summary.txt'), 'utf8')).toContain('\nUnmet: the login lasts\n')
    const asked = askedAbout('judged-backend').find(asksForVerdicts)
    expect(asked?.messages.at(-1)?.content).toContain('| +written by the stand-in')
  })

  test.concurrent('a project that the note points at is where it is worked', async () => {
    await give('project', 'The shop is down.\nPlease help.', 'The shop is down.', { gaps: { cwd: 'web-shop' } })

    expect(await home.waitForResult('project')).toMatchObject({
      status: 'completed',
      workspace: { path: join(home.work, 'web-shop') },
      inferred: [{ field: 'cwd', value: 'web-shop', by: BY }],
    })
    expect(JSON.stringify(askedAbout('The shop is down.')[0]?.format)).toContain('"enum":["web-shop"]')
  })

  test.concurrent('what was written is never overridden', async () => {
    const note = `---\ntype: docs\npriority: low\ncwd: .\n---\n# My title\n\n${noteOf('written')}\nplay: write=page.md\n`
    await give('written', note, 'written-backend', { gaps: gapsOf('written') })

    const written = await home.waitForResult('written')
    expect(written).toMatchObject({
      status: 'completed',
      title: 'My title',
      type: 'docs',
      priority: 'low',
      workspace: { path: home.work },
    })
    expect(written.inferred.map(({ field }) => field)).toEqual(['target_files', 'criteria'])
  })

  test.concurrent('a structured task is not guessed at', async () => {
    const structured = `${taskFile({ id: 'exact' }, 'Do exactly this.')}\n**Success Criteria:**\n- my own\n`
    await give('exact', structured, 'Do exactly this.', { gaps: gapsOf('written') })

    expect(await home.waitForResult('exact')).toMatchObject({
      status: 'completed',
      inferred: [],
      title: 'Do exactly this.',
      type: 'task',
      criteria: [{ text: 'my own' }],
    })
    expect(askedAbout('Do exactly this.').filter(asksForGaps)).toEqual([])
  })

  test.concurrent('a directory outside the allowed root is not guessed into', async () => {
    await give('outside', 'Look at /etc and mend it.', '/etc and mend it', { gaps: { ...gapsOf('outside'), cwd: '/etc' } })

    const { status, inferred, workspace } = await home.waitForResult('outside')
    expect([status, workspace.path]).toEqual(['completed', home.work])
    expect(askedAbout('/etc and mend it').filter(asksForGaps)).toHaveLength(1)
    expect(inferred.map(({ field }) => field)).not.toContain('cwd')
  })

  test.concurrent('a guessed directory in which somebody works is waited for', async () => {
    await home.drop('holds', taskFile({ cwd: 'held-backend', priority: 'high' }, 'play: until=go'))
    await until(async () => expect((await callsIn(home)).some(({ cwd }) => cwd === join(home.work, 'held-backend'))).toBe(true))
    await give('guess', noteOf('held'), 'held-backend', { gaps: gapsOf('held') })
    await until(async () => expect(namesOf(await home.events('guess'))).toContain('parsed'))
    await home.drop('elsewhere', taskFile({}))
    await home.waitForResult('elsewhere')

    expect(namesOf(await home.events('guess'))).toEqual(['task_received', 'parsed'])
    await release(home, 'go')
    expect(await home.waitForResult('guess')).toMatchObject({
      status: 'completed',
      title: 'Mend the login of held-backend',
      attempts: [{ attempt: 1 }],
    })
    expect(askedAbout('held-backend').filter(asksForGaps)).toHaveLength(1)
  })

  test.concurrent('a further attempt works by what was inferred for the first', async () => {
    await give('crashed', `${noteOf('crashed')}\nplay: exit=9 first=1`, 'crashed-backend', { gaps: gapsOf('crashed') })

    expect(await home.waitForResult('crashed')).toMatchObject({
      title: 'Mend the login of crashed-backend',
      attempts: [{ outcome: 'agent_crashed' }, { outcome: 'completed' }],
    })
    const [first, second] = await callsFor(home, 'crashed')
    expect(second).toMatchObject({ stdin: first?.stdin, cwd: first?.cwd })
    expect(second?.stdin).toContain('Target Files:\n- src/login.ts')
    expect(askedAbout('crashed-backend').filter(asksForGaps)).toHaveLength(1)
  })
})

describe('an answer that is of no use never costs a task', () => {
  const GAPS = { title: 'Mend the login', type: 'fix', priority: 'high', cwd: 'backend', target_files: ['src/login.ts'], criteria: [] }
  const noteOf = (id: string) => `The login fails after 5 minutes in backend, see src/login.ts.\nIt is urgent. (${id}) 登录 😀`

  async function homeWith(
    host: Pick<OllamaServer, 'url'>,
    ids: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Home> {
    const notes = Object.fromEntries(ids.map((id) => [`tasks/${id}.task.md`, noteOf(id)]))
    const home = await makeStandInHome({ files: { '../work/backend/src/login.ts': '', ...notes }, env: { OLLAMA_HOST: host.url, ...env } })
    onTestFinished(() => home[Symbol.asyncDispose]())
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0, stderr: '' })
    return home
  }

  async function expectWithoutHelp(home: Home, id: string): Promise<void> {
    expect(await home.waitForResult(id), id).toMatchObject({
      status: 'completed',
      title: 'The login fails after 5 minutes in backend, see src/login.ts.',
      type: 'task',
      priority: 'medium',
      inferred: [],
      workspace: { path: home.work },
    })
    expect((await callsFor(home, id)).map(({ stdin }) => stdin)).toEqual([noteOf(id)])
    expect(await home.events(id)).toContainEqual(expect.objectContaining({ event: 'summarized', by: 'template' }))
    expect(await readFile(join(home.paths.summaries, `${id}_summary.txt`), 'utf8')).toContain('It is done.')
  }

  test('JSON against the schema, no JSON, and one that is cut off', async () => {
    const plays: Readonly<Record<string, Play>> = {
      'against-schema': {
        kind: 'right',
        says: { title: 7, type: 'analyze', priority: 'now', cwd: ['a'], target_files: 'x', criteria: {}, summary: [] },
      },
      'no-json': { kind: 'right', says: 'Surely! Here is what I think.' },
      'then-cut': { kind: 'cut' },
    }
    await using server = await startOllamaServer(({ messages }) => {
      const [, play] = Object.entries(plays).find(([id]) => JSON.stringify(messages).includes(`(${id})`)) ?? []
      return play ?? { kind: 'right', says: {} }
    })
    // In this order: a server that gave no answer is not asked again for a while.
    const home = await homeWith(server, Object.keys(plays), { MAX_CONCURRENT_TASKS: '1' })
    for (const id of Object.keys(plays)) {
      await expectWithoutHelp(home, id)
      expect(JSON.stringify(server.requests), id).toContain(`(${id})`)
    }
  })

  test('none, where nothing listens', async () => {
    const probe = createServer()
    await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening))
    const { port } = probe.address() as AddressInfo
    await new Promise((closed) => probe.close(closed))
    const home = await homeWith({ url: `http://127.0.0.1:${port}` }, ['refused'])
    await expectWithoutHelp(home, 'refused')
  })

  test('one that is begun, and then late: OLLAMA_TIMEOUT_SEC is spent once, over all that a task asks', async () => {
    await using server = await startOllamaServer({ kind: 'late', ms: 60_000, says: GAPS, begun: true })
    const home = await homeWith(server, ['late'], { OLLAMA_TIMEOUT_SEC: '1' })
    await expectWithoutHelp(home, 'late')
    expect(msBetween(await home.events('late'), 'task_received', 'parsed')).toBeGreaterThan(900)
    expect(server.requests.length).toBeLessThan(2)
  })
})

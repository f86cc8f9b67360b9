import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runPaths } from '../../src/config/home.ts'
import { tellDaemon } from '../../src/control/client.ts'
import type { OrchestratorEvent } from '../../src/domain/events.ts'
import { makeAskerHome, questionsOf, saidIn, untilAsked, untilParked } from '../helpers/asker.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import type { Finished, RunningOrchestrator } from '../helpers/process.ts'
import { type Printed, runHere } from '../helpers/run-here.ts'
import { callsIn, namesOf, optionOf, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const READ = { type: 'analyze' }

/** A read-only task whose agent does these lines. */
function asking(...lines: readonly string[]): string {
  return taskFile(READ, ['Work.', ...lines].join('\n'))
}

async function startDaemon(home: Home, env: Readonly<Record<string, string>> = {}): Promise<RunningOrchestrator> {
  const daemon = home.start(['start'], { env })
  await daemon.until(/watching/)
  return daemon
}

async function eventOf<N extends OrchestratorEvent['event']>(home: Home, id: string, name: N) {
  return (await home.events(id)).filter((event) => event.event === name)
}

/** The commands of the agent with these words that have ended. */
async function saidFor(home: Home, words: string) {
  return (await saidIn(home)).filter(({ line }) => line.includes(words))
}

/** The calls of the agent for one run of a task. */
async function callsFor(home: Home, runId: string) {
  return (await callsIn(home)).filter(({ run }) => run === runId)
}

describe('a question', needs('posix'), () => {
  let home: Home
  beforeAll(async () => {
    home = await makeAskerHome()
    await startDaemon(home)
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('parks its task without process and slot; the answer resumes the same conversation, which costs no retry', async () => {
    await home.drop('db', taskFile({ ...READ, retries: 0 }, 'Work.\n$ orchestrator ask "Which database?" --option postgres --option mysql'))
    await untilParked(home, 'db')

    expect(await readdir(home.paths.waiting)).toEqual(['db.questions.json', 'db.run.json', 'db.task.md'])
    expect(await readdir(home.paths.running)).toEqual([])
    expect(await saidIn(home)).toMatchObject([{ code: 75, stdout: '', stderr: expect.stringMatching(/End your turn now/) }])
    const [question] = await questionsOf(home, 'db')
    const status = await tellDaemon(home.paths, 'status', {})
    expect(status).toMatchObject({ running: [], waiting: [{ id: 'db', questions: [{ id: question?.id, text: 'Which database?' }] }] })
    expect((await runHere(home, ['status'])).stdout).toMatch(/Waiting for an answer 1\n.*db.*"Which database\?" \(postgres \| mysql\)/)
    expect((await runHere(home, ['why', 'db'])).stdout).toMatch(/waits for an answer to "Which database\?".*orchestrator answer db/)
    expect(JSON.parse((await runHere(home, ['list', '--state', 'waiting', '--json'])).stdout)).toMatchObject([
      { id: 'db', state: 'waiting', waits_for: expect.stringMatching(/Which database/) },
    ])
    expect((await runHere(home, ['show', 'db'])).stdout).toMatch(/Questions\n.*"Which database\?"/)
    expect(await runHere(home, ['wait', 'db', '--timeout', '0s'])).toMatchObject({
      code: 75,
      stderr: expect.stringMatching(/orchestrator answer db/),
    })

    expect(await home.run(['answer', 'd', 'MySQL'])).toMatchObject({ code: 0, stdout: 'answered db: mysql\n' })
    const result = await home.waitForResult('db')
    expect(result).toMatchObject({ status: 'completed', attempts: [{ outcome: 'parked' }, { outcome: 'completed' }] })
    const [first, second] = await callsFor(home, result.run_id)
    expect(second && optionOf(second, '--resume')).toBe(result.session_id)
    expect(second?.stdin).toBe('You asked: Which database?\nAnswer: mysql\n\nGo on with the task.')
    expect(namesOf(await home.events('db'))).toEqual([
      ...[
        'task_received',
        'parsed',
        'claude_started',
        'asked',
        'claude_finished',
        'parked',
        'answered',
        'claude_started',
        'claude_finished',
      ],
      ...['summarized', 'validated', 'artifacts_written', 'task_archived'],
    ])
    expect(await eventOf(home, 'db', 'asked')).toMatchObject([
      { question_id: question?.id, text: 'Which database?', options: ['postgres', 'mysql'], default: null, deadline: null },
    ])
    expect(await eventOf(home, 'db', 'answered')).toMatchObject([{ question_id: question?.id, answer: 'mysql', by: 'cli' }])
    await until(async () => expect(await readdir(home.paths.waiting)).toEqual([]))

    const token = first?.env.ORCHESTRATOR_RUN_TOKEN ?? ''
    expect(token).toMatch(/^orc-run-.{30,}/)
    expect(first?.args.join('\n')).toMatch(/--allowedTools=.*Bash\(orchestrator ask:\*\)/)
    const logs = await readdir(home.paths.logs, { recursive: true, withFileTypes: true })
    for (const entry of logs.filter((one) => one.isFile()))
      expect(await readFile(join(entry.parentPath, entry.name), 'utf8')).not.toContain(token)
  })

  test('takes one answer only, a valid one, and tells everybody else why theirs does not count', async () => {
    await home.drop('pick', asking('$ orchestrator ask "Left or right?" --option left --option right'))
    const [id = ''] = await untilAsked(home, 'pick')
    await untilParked(home, 'pick')
    const answer = (...args: readonly string[]) => runHere(home, ['answer', 'pick', ...args], { USER: 'anna' })

    expect(await answer('straight on')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/none of the options[\s\S]*left \| right/),
    })
    expect(await answer(' ')).toMatchObject({ code: 2, stderr: expect.stringMatching(/cannot be empty/) })
    expect(await answer('left', '--question', 'qnever')).toMatchObject({ code: 1, stderr: expect.stringMatching(/does not ask "qnever"/) })
    const both = await Promise.allSettled(
      ['anna', 'ben'].map((by) => tellDaemon(home.paths, 'answer', { taskId: 'pick', questionId: id, text: 'left', by })),
    )

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const [{ by = '' } = {}] = (await eventOf(home, 'pick', 'answered')) as { by?: string }[]
    const late = both.find((one) => one.status === 'rejected')
    expect(late?.reason).toMatchObject({
      code: 'already_answered',
      message: expect.stringMatching(new RegExp(`answered by ${by} at .*: left`)),
    })
    expect(await home.waitForResult('pick')).toMatchObject({ status: 'completed' })
    const over = await answer('right')
    expect(over).toMatchObject({ code: 1, stderr: expect.stringMatching(/pick completed at \d{4}-.*, so that it asks nothing any more/) })
    expect(over.stderr).toMatch(
      /→ orchestrator retry pick begins a further run; a new task with "resume: pick" goes on with its conversation/,
    )
    await runHere(home, ['retry', 'pick'])
    await untilParked(home, 'pick')
    expect(await answer('left', '--question', id), 'of the earlier run').toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/does not ask/),
    })
    expect(await answer('right')).toMatchObject({ code: 0 })
    await until(async () => expect(await home.stateOf('pick')).toBe('processed'))
  })

  test('may be one of several: each has to be meant, and the task goes on with the last answer', async () => {
    await home.drop('two', asking('& orchestrator ask "One?"', '& orchestrator ask "Two?"'))
    await untilAsked(home, 'two', 2)
    await untilParked(home, 'two')
    const asked = await questionsOf(home, 'two')
    const idOf = (text: string) => asked.find((one) => one.text === text)?.id ?? ''

    expect(await runHere(home, ['answer', 'two', 'yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/asks 2 questions: .*"One\?"|"Two\?"/),
    })
    expect(await runHere(home, ['answer', 'two', 'first', '--question', idOf('One?')])).toMatchObject({ code: 0 })
    expect(await home.stateOf('two')).toBe('waiting')
    expect(await runHere(home, ['answer', 'two', 'again', '--question', idOf('One?')])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/answered by/),
    })
    expect(await runHere(home, ['answer', 'two', 'second'])).toMatchObject({ code: 0 })

    const { output } = await home.waitForResult('two')
    expect(output).toContain('You asked: One?\nAnswer: first')
    expect(output).toContain('You asked: Two?\nAnswer: second')
  })

  test('is answered by its default at the deadline; later answers come too late', async () => {
    await home.drop('late', asking('$ orchestrator ask "Which?" --default B --deadline 1s', '$ orchestrator ask "Never reached"'))

    const { output } = await home.waitForResult('late')

    expect(output).toContain('You asked (nobody answered in time, so your default was taken): Which?\nAnswer: B')
    expect(await eventOf(home, 'late', 'question_expired')).toMatchObject([{ applied: 'B' }])
    expect(await eventOf(home, 'late', 'answered')).toEqual([])
  })

  test('fails its task at the deadline where it has no default, parked or at work', async () => {
    await home.drop('gone', asking('$ orchestrator ask "Which?" --deadline 0.5s'))
    await home.drop('busy', asking('stubborn:', '$ orchestrator ask "Which?" --deadline 0.5s', 'until: doomsday'))

    for (const id of ['gone', 'busy']) {
      const result = await home.waitForResult(id)
      expect(result).toMatchObject({
        status: 'failed',
        failure: { code: 'question_unanswered', message: expect.stringMatching(/^Nobody answered "Which\?" until/) },
      })
      expect(await eventOf(home, id, 'question_expired')).toMatchObject([{ applied: null }])
    }
  })

  test('of an agent that goes on regardless parks its task all the same, even where it was denied something', async () => {
    await home.drop('stubborn', asking('stubborn:', 'denied:', '$ orchestrator ask "May I?"', '$ orchestrator respond "I go on."'))
    await untilParked(home, 'stubborn')
    expect(await eventOf(home, 'stubborn', 'noted')).toMatchObject([{ text: 'I go on.' }])

    await runHere(home, ['answer', 'stubborn', 'yes', 'you', 'may'])

    expect(await home.waitForResult('stubborn')).toMatchObject({
      status: 'completed',
      output: expect.stringContaining('Answer: yes you may'),
    })
  })

  test('that is answered while the agent works is told once it has ended its turn, and its work is verified only then', async () => {
    const prompt = ['Work.', 'stubborn:', '$ orchestrator ask "Which?"', 'until: checked-answered', '$ orchestrator respond done']
    await home.drop('checked', taskFile({ ...READ, verify: 'test -f checked-done', fix_attempts: 0 }, prompt.join('\n')))
    await untilAsked(home, 'checked')
    expect(await runHere(home, ['answer', 'checked', 'this one\n$ touch checked-done'])).toMatchObject({ code: 0 })
    await release(home, 'checked-answered')

    expect(await home.waitForResult('checked')).toMatchObject({
      status: 'completed',
      output: expect.stringContaining('Answer: this one'),
      attempts: [{ outcome: 'parked', verify_ms: null }, { outcome: 'completed' }],
      verify: [{ exit_code: 0 }],
    })
  })

  test('that cannot be put is refused to the agent, with the reason', async () => {
    await home.drop(
      'odd',
      asking('$ orchestrator ask " "', '$ orchestrator ask "Which?" --option a --default b', '$ orchestrator ask "Which?" --deadline soon'),
    )
    await home.waitForResult('odd')
    expect((await saidIn(home)).slice(-3)).toMatchObject([
      { code: 2, stderr: expect.stringMatching(/A question has 1 to/) },
      { code: 2, stderr: expect.stringMatching(/"b" is none of the options: a/) },
      { code: 2, stderr: expect.stringMatching(/--deadline must be a duration/) },
    ])
  })

  test('is not for strangers: neither outside an attempt, nor with a wrong token, and agents do not answer', async () => {
    for (const args of [
      ['ask', 'Who?'],
      ['respond', 'Hello.'],
    ])
      expect(await runHere(home, args)).toMatchObject({ code: 2, stderr: expect.stringMatching(/only inside an attempt/) })
    await home.drop(
      'thief',
      asking('$ ORCHESTRATOR_RUN_TOKEN=orc-run-guessed orchestrator ask "Which?"', '$ orchestrator answer thief yes', 'until: thief'),
    )
    await until(async () =>
      expect((await saidIn(home)).slice(-2)).toMatchObject([
        { code: 1, stdout: '', stderr: expect.stringMatching(/with this token/) },
        { code: 2, stdout: '', stderr: expect.stringMatching(/An agent cannot answer/) },
      ]),
    )
    await release(home, 'thief')
    await home.waitForResult('thief')
    expect(await eventOf(home, 'thief', 'asked')).toEqual([])
  })

  test('is withdrawn when its task is cancelled', async () => {
    await home.drop('cancel', asking('$ orchestrator ask "Which?"'))
    await untilParked(home, 'cancel')

    expect(await runHere(home, ['cancel', 'cancel'])).toMatchObject({ code: 0 })

    expect(await home.waitForResult('cancel')).toMatchObject({ status: 'cancelled', attempts: [{ outcome: 'parked' }] })
    expect(await home.stateOf('cancel')).toBe('failed')
    await until(async () => expect(await readdir(home.paths.waiting)).toEqual([]))
    expect(await runHere(home, ['answer', 'cancel', 'x'])).toMatchObject({ code: 1 })
  })

  test('that is asked twice is one question, until its answer was given', async () => {
    const again = '$ orchestrator ask "Go on?"'
    await home.drop('twice', asking('stubborn:', again, 'until: twice-answered', again, again))
    await untilAsked(home, 'twice')
    await runHere(home, ['answer', 'twice', 'yes'])
    await release(home, 'twice-answered')
    await untilParked(home, 'twice')

    const said = await saidFor(home, 'Go on?')
    expect(said.map(({ code, stdout }) => [code, stdout])).toEqual([
      [75, ''],
      [0, 'yes\n'],
      [75, ''],
    ])
    expect((await questionsOf(home, 'twice')).map(({ state }) => state)).toEqual(['answered', 'open'])
  })

  test('behind which the agent crashes is tried again with the answer', async () => {
    await home.drop('crash', asking('stubborn:', '$ orchestrator ask "Which?"', 'crash: 1'))
    await untilAsked(home, 'crash')
    await untilParked(home, 'crash')
    await runHere(home, ['answer', 'crash', 'this'])

    const result = await home.waitForResult('crash')
    expect(result).toMatchObject({ status: 'completed', attempts: [{ outcome: 'agent_crashed' }, { outcome: 'completed' }] })
    expect((await callsFor(home, result.run_id)).at(-1)?.stdin).toContain('Answer: this')
  })
})

describe('daemons that end while agents ask', needs('posix'), () => {
  let home: Home
  /** How the daemon was stopped that did not wait for people. */
  let stopped: Finished
  /** The question of `killed` before the kill, and what it had to ask with after the kill and after the next start. */
  let killed: { readonly id: string | undefined; readonly directories: readonly (readonly string[])[] }
  beforeAll(async () => {
    // A sweep lets the agent live on when its daemon is killed.
    home = await makeAskerHome({ env: { PROCESS_FENCE: 'sweep', ASK_WAIT_SEC: '60' } })
    const first = await startDaemon(home)
    await home.drop('quick', asking('$ orchestrator ask "Quick?"'))
    await untilAsked(home, 'quick')
    expect(await runHere(home, ['answer', 'quick', 'this', 'one'])).toMatchObject({ code: 0 })
    await home.waitForResult('quick')

    await home.drop('killed', asking('stubborn:', '$ orchestrator ask "Killed?" --option a', 'until: doomsday'))
    const [id] = await untilAsked(home, 'killed')
    const directories = () => readdir(home.paths.run).catch(() => [])
    await until(async () => expect(await directories()).toHaveLength(1))
    // The question is kept before it is told, and a kill in between loses what was to be told.
    await until(async () => expect(await eventOf(home, 'killed', 'asked')).toHaveLength(1))
    await first.stop('SIGKILL')
    await until(async () => expect(await saidFor(home, 'Killed?')).toHaveLength(1))
    const left = await directories()

    const second = await startDaemon(home)
    await untilParked(home, 'killed')
    await until(async () => expect(await directories()).toEqual([]))
    killed = { id, directories: [left, await directories()] }
    await home.drop('stopped', asking('$ orchestrator ask "Stopped?"'))
    await untilAsked(home, 'stopped')
    expect((await questionsOf(home, 'killed')).map((one) => one.id)).toEqual([id])
    expect(await runHere(home, ['answer', 'killed', 'a'])).toMatchObject({ code: 0 })
    await home.waitForResult('killed')
    stopped = await second.stop('SIGTERM')
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('an answer within ASK_WAIT_SEC is printed to the agent, which never stops', async () => {
    expect(await home.waitForResult('quick')).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }] })
    expect(await saidFor(home, 'Quick?')).toMatchObject([{ code: 0, stdout: 'this one\n', stderr: '' }])
  })

  test('a daemon that is killed while an agent asks keeps the question; the agent that asks again asks the same', async () => {
    expect(await saidFor(home, 'Killed?')).toMatchObject([
      { code: 1, stdout: '', stderr: expect.stringMatching(/daemon ended before.*\n.*ask the same/) },
    ])
    expect(await eventOf(home, 'killed', 'asked')).toMatchObject([{ question_id: killed.id }])
    expect(await eventOf(home, 'killed', 'answered')).toMatchObject([{ question_id: killed.id, answer: 'a' }])
    expect(await home.waitForResult('killed')).toMatchObject({
      status: 'completed',
      attempts: [{ outcome: 'interrupted' }, { outcome: 'completed' }],
      output: expect.stringMatching(/You were interrupted[\s\S]*Answer: a/),
    })
  })

  test('what let an agent ask is gone after the kill and a further start, and the run goes on with its own', async () => {
    const { run_id } = await home.waitForResult('killed')
    expect(killed.directories).toEqual([[run_id], []])
    const [, second] = await callsFor(home, run_id)
    expect(second?.env.ORCHESTRATOR_SOCKET).toBe(runPaths(home.paths, run_id).socket)
  })

  test('a stop does not wait for people: who asks is told to end the turn, and the task is parked', async () => {
    expect(stopped).toMatchObject({ code: 0 })
    expect(await home.stateOf('stopped')).toBe('waiting')
    expect(await saidFor(home, 'Stopped?')).toMatchObject([{ code: 75 }])
  })
})

describe('parked tasks outlive their daemon', needs('posix'), () => {
  let home: Home
  /** How the unattended runs ended: the one that asks, one that finds nothing else to do, and one that has the answers. */
  let runs: readonly Finished[]
  /** What was said while none ran: to whoever looks on, and to whoever answers. */
  let said: Readonly<Record<'why' | 'status' | 'cancelled' | 'answered' | 'again' | 'whyAnswered' | 'tooLate' | 'demo', Printed>>
  beforeAll(async () => {
    home = await makeAskerHome({
      files: {
        'tasks/q.task.md': asking('$ orchestrator ask "Which?"'),
        'tasks/p.task.md': asking('$ orchestrator ask "When?"'),
        'tasks/late.task.md': asking('$ orchestrator ask "Late?" --default A --deadline 1h'),
        'tasks/demo.task.md': taskFile({ agent: 'demo' }, 'Choose.\ndemo: ask 0ms "Left or right?" option=left option=right'),
      },
    })
    const runOnce = () => home.run(['start', '--once'])
    const [first, why, status, second] = [await runOnce(), await say('why', 'q'), await say('status'), await runOnce()]
    const cancelled = await say('cancel', 'p')
    await home.waitForResult('p')
    const path = join(home.paths.waiting, 'late.questions.json')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace(/"deadline": "[^"]+"/, `"deadline": "${new Date(Date.now() - 1_000).toISOString()}"`))
    said = {
      ...{ why, status, cancelled },
      answered: await say('answer', 'q', 'that'),
      again: await say('answer', 'q', 'no, this'),
      whyAnswered: await say('why', 'q'),
      tooLate: await say('answer', 'late', 'B'),
      demo: await say('answer', 'demo', 'left'),
    }
    runs = [first, second, await runOnce()]
  })
  afterAll(() => home[Symbol.asyncDispose]())
  const say = (...args: readonly string[]) => runHere(home, args)

  test('an unattended run that leaves some behind, or finds nothing else, ends with 75, and with 0 once all are answered', () => {
    expect(runs.map(({ code }) => code)).toEqual([75, 75, 0])
    expect(runs[0]?.stdout).toMatch(/4 wait for an answer/)
    expect(said.status.stdout).toMatch(/Waiting for an answer 4/)
  })

  test('they are answered without a daemon, once, and the next one goes on with the answer', async () => {
    expect(said.why.stdout).toMatch(/waits for an answer to "Which\?"/)
    expect(said.answered).toMatchObject({ code: 0, stderr: expect.stringMatching(/No daemon runs here/) })
    expect(said.again).toMatchObject({ code: 1, stderr: expect.stringMatching(/was answered by/) })
    expect(said.whyAnswered.stdout).toMatch(/q has its answer/)
    expect(await home.waitForResult('q')).toMatchObject({ status: 'completed', output: expect.stringContaining('Answer: that') })
    expect(namesOf(await home.events('q')).filter((name) => name === 'recovered')).toEqual([])
  })

  test('they are cancelled without a daemon', async () => {
    expect(said.cancelled).toMatchObject({ code: 0 })
    expect(await home.waitForResult('p')).toMatchObject({ status: 'cancelled' })
  })

  test('a deadline passes while no daemon runs', async () => {
    expect(said.tooLate).toMatchObject({ code: 1, stderr: expect.stringMatching(/could be answered until .*"A" was taken/) })
    expect(await home.waitForResult('late')).toMatchObject({ output: expect.stringContaining('Answer: A') })
  })

  test('the demo agent asks, waits and works on with the answer, offline', async () => {
    expect(said.demo).toMatchObject({ code: 0 })
    expect(await home.waitForResult('demo')).toMatchObject({ status: 'completed', output: 'Wrote DEMO.md.' })
    expect(await readFile(join(home.work, 'DEMO.md'), 'utf8')).toContain('- Choose.: left')
  })
})

test('AGENT_ASK=false keeps agents from asking', needs('posix'), async () => {
  await using home = await makeAskerHome({ env: { AGENT_ASK: 'false' } })
  await home.drop('q', asking('$ command -v orchestrator'))
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  const [call] = await callsIn(home)
  expect(call?.args.join('\n')).not.toMatch(/orchestrator/)
  expect(call?.env).not.toHaveProperty('ORCHESTRATOR_RUN_TOKEN')
  expect(await saidIn(home)).toMatchObject([{ code: 127 }])
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exampleSpec } from '../../../test/helpers/examples.ts'
import type { AgentEvent, AttemptOutcome, AttemptSpec } from '../../domain/attempt.ts'
import { demo } from './agent.ts'

let workspace: string
let running: ChildProcess | undefined

beforeEach(async () => {
  workspace = await realpath(await mkdtemp(join(tmpdir(), 'demo-agent-')))
})

afterEach(async () => {
  running?.kill('SIGKILL')
  await rm(workspace, { recursive: true, force: true })
})

interface Attempt {
  readonly outcome: AttemptOutcome
  readonly events: readonly AgentEvent[]
}

async function attempt(
  prompt: string,
  over: Partial<AttemptSpec> = {},
  onEvent?: (event: AgentEvent, child: ChildProcess) => void,
): Promise<Attempt> {
  const spec = exampleSpec({ prompt, cwd: workspace, ...over })
  const command = demo.command(spec)
  const reader = demo.reader(spec)
  const child = spawn(command.file, command.args, { cwd: spec.cwd, env: { ...command.env } })
  running = child
  const closed = once(child, 'close')
  const stderr = text(child.stderr)
  child.stdin.end(command.stdin)
  const events: AgentEvent[] = []
  for await (const line of createInterface(child.stdout)) {
    for (const event of reader.line(line)) {
      events.push(event)
      onEvent?.(event, child)
    }
  }
  const [code, signal] = await closed
  return { outcome: reader.end({ code: code ?? undefined, signal: signal ?? undefined, stderr: await stderr }), events }
}

const at0 = 'demo: succeed 0ms'

describe('the demo agent', () => {
  it('does the whole work of an agent: it looks around, writes a file and reports', async () => {
    const { outcome, events } = await attempt('Write down what we do.')
    expect(events).toEqual([
      { kind: 'session', sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/), model: 'demo-script' },
      { kind: 'turn', turns: 1 },
      { kind: 'text', text: 'I am the demo agent: I follow a script and ask no model.' },
      { kind: 'tool', name: 'List', detail: '.' },
      { kind: 'tool_done' },
      { kind: 'turn', turns: 2 },
      { kind: 'tool', name: 'Write', detail: 'DEMO.md' },
      { kind: 'tool_done' },
      { kind: 'turn', turns: 3 },
      { kind: 'text', text: 'Wrote DEMO.md.' },
      { kind: 'cost', costUsd: 0 },
      { kind: 'result' },
    ])
    expect(outcome).toEqual({
      ok: true,
      report: {
        output: 'Wrote DEMO.md.',
        sessionId: expect.any(String),
        model: 'demo-script',
        turns: 3,
        modelTurns: 3,
        costUsd: 0,
        tokens: { input: 0, output: 0, cache_read: 0, cache_creation: 0 },
        deeds: 2,
        denials: [],
        warnings: [],
      },
    })
    expect(await readFile(join(workspace, 'DEMO.md'), 'utf8')).toBe('# Written by the demo agent\n\n- Write down what we do.\n')
  })

  it('adds to a text that is there, and leaves source files among the targets alone', async () => {
    await writeFile(join(workspace, 'notes.md'), 'Notes\n')
    await writeFile(join(workspace, 'a.ts'), 'export {}\n')
    await attempt(`Note it.\n${at0}\n\nTarget Files:\n- a.ts\n- notes.md`)
    expect(await readFile(join(workspace, 'notes.md'), 'utf8')).toBe('Notes\n\n- Note it.\n')
    expect(await readFile(join(workspace, 'a.ts'), 'utf8')).toBe('export {}\n')
  })

  it('writes the file that the script names, in a fenced script too', async () => {
    const { outcome } = await attempt('Do it.\n```\ndemo: succeed 0ms file=docs/new.txt "All done."\n```')
    expect(outcome).toMatchObject({ ok: true, report: { output: 'All done.' } })
    expect(await readdir(join(workspace, 'docs'))).toEqual(['new.txt'])
  })

  it('changes nothing for a read-only task', async () => {
    const { outcome } = await attempt(at0, { readOnly: true })
    expect(outcome).toMatchObject({ ok: true, report: { output: 'Looked at 0 entries and changed nothing.' } })
    expect(await readdir(workspace)).toEqual([])
  })

  it('does not write outside its directory, through links neither', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'demo-outside-'))
    try {
      await mkdir(join(workspace, 'in'))
      await symlink(outside, join(workspace, 'link'), 'junction')
      for (const file of ['../out.md', 'link/out.md', join(outside, 'out.md')]) {
        const { outcome } = await attempt(`demo: succeed 0ms file=${file}`)
        expect(outcome).toMatchObject({
          ok: false,
          failure: { code: 'agent_failed', message: `${file} lies outside the working directory.` },
        })
      }
      expect(await readdir(outside)).toEqual([])
    } finally {
      await rm(outside, { recursive: true })
    }
  })

  it('fails when asked to, with what it is told to say', async () => {
    const { outcome } = await attempt('demo: fail 0ms "The tests do not pass."')
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: 'agent_failed', message: 'The tests do not pass.', retryable: false },
    })
  })

  it('ends with its question, having nobody to ask', async () => {
    const { outcome } = await attempt('demo: ask 0ms "Which database?"')
    expect(outcome).toMatchObject({ ok: true, report: { output: 'Which database?' } })
    expect(await readdir(workspace)).toEqual([])
  })

  it('works slowly, turn by turn', async () => {
    const begun = Date.now()
    const { outcome, events } = await attempt('demo: slow 1s')
    expect(Date.now() - begun).toBeGreaterThanOrEqual(900)
    expect(outcome).toMatchObject({ ok: true, report: { turns: 5 } })
    expect(events.filter((event) => event.kind === 'tool').map((event) => event.detail)).toEqual(['.', '1 of 2', '2 of 2', 'DEMO.md'])
  })

  it('stops at its turn cap', async () => {
    const { outcome } = await attempt('demo: slow 1s', { maxTurns: 2 })
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: 'max_turns', message: 'Reached maximum number of turns (2)' },
      report: { turns: 2 },
    })
  })

  it('hangs until it is told to end, and then ends at once', async () => {
    const { outcome, events } = await attempt('demo: hang', {}, (event, child) => {
      if (event.kind === 'text') child.kill('SIGTERM')
    })
    expect(events.at(-1)).toMatchObject({ kind: 'text' })
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'agent_interrupted' } })
  })

  it('says what it does not understand', async () => {
    expect((await attempt('demo: dance')).outcome).toMatchObject({ failure: { message: 'The demo agent knows no act "dance".' } })
    expect((await attempt('demo: slow soon')).outcome).toMatchObject({ failure: { message: 'The demo agent does not understand "soon".' } })
  })

  it('reports what keeps it from writing', async () => {
    const { outcome } = await attempt('demo: succeed 0ms file=taken/x.md', {}, undefined)
    expect(outcome.ok).toBe(true)
    expect((await attempt('demo: succeed 0ms file=taken')).outcome).toMatchObject({ ok: false, failure: { code: 'agent_failed' } })
  })
})

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgentEvent } from '../../domain/attempt.ts'
import type { ErrorCode } from '../../domain/errors.ts'
import type { ProcessExit } from '../../lib/running.ts'
import { ClaudeReader } from './reader.ts'

const folder = new URL('../../../test/fixtures/transcripts/', import.meta.url)

interface Recording {
  readonly name: string
  readonly lines: readonly string[]
  readonly exit: ProcessExit
}

const recordings: readonly Recording[] = readFileSync(new URL('INDEX.tsv', folder), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((row) => {
    const [name = '', file = '', status = '', stderr = ''] = row.split('\t')
    return {
      name,
      lines: file === '' ? [] : readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n'),
      exit: { code: Number(status) < 0 ? undefined : Number(status), signal: status === '-9' ? 'SIGKILL' : undefined, stderr },
    }
  })

function recording(name: string): Recording {
  const found = recordings.find((one) => one.name === `claude-${name}`)
  if (!found) throw new Error(`There is no recording claude-${name}.`)
  return found
}

function play({ lines, exit }: Recording, over: Partial<ProcessExit> = {}) {
  const reader = new ClaudeReader()
  const events = lines.flatMap((line) => reader.line(line))
  return { events, outcome: reader.end({ ...exit, ...over }) }
}

const failureOf = (name: string) => {
  const { outcome } = play(recording(name))
  return outcome.ok ? undefined : outcome.failure
}

const turnsOf = (name: string) => {
  const { turns, modelTurns } = play(recording(name)).outcome.report
  return { turns, modelTurns }
}

const exited = (over: Partial<ProcessExit> = {}): ProcessExit => ({ code: 0, signal: undefined, stderr: '', ...over })
const line = (json: unknown) => JSON.stringify(json)
const init = line({ type: 'system', subtype: 'init', session_id: 's1', model: 'm' })
const done = (over: object = {}) => line({ type: 'result', subtype: 'success', is_error: false, num_turns: 1, result: 'Done.', ...over })

/** What every recording of the real CLI means. */
const MEANING: Readonly<Record<string, 'ok' | ErrorCode>> = {
  '2.1.197-perm-acceptEdits': 'permission_denied',
  'answer-empty': 'nothing_done',
  'answer-max-tokens': 'output_cut',
  'answer-refusal': 'refused',
  'at-mention': 'ok',
  'bash-exit7': 'ok',
  'bash-timeout-moved-to-background': 'agent_interrupted',
  'bash-timeout-nobg': 'ok',
  'bg-task': 'ok',
  'bg-task-disabled': 'ok',
  'bg-task-never-ending': 'ok',
  budget: 'max_budget',
  'budget-crossed-by-final-answer': 'max_budget',
  'dash-prompt': 'agent_usage',
  'dash-prompt-after-sep': 'ok',
  'err-400': 'invalid_request',
  'err-401': 'auth_failed',
  'err-401-retries2': 'auth_failed',
  'err-403': 'auth_failed',
  'err-404': 'model_unknown',
  'err-429': 'rate_limited',
  'err-429-once': 'ok',
  'err-429-retries2': 'rate_limited',
  'err-429-retry-after-3600': 'rate_limited',
  'err-500': 'api_error',
  'err-529': 'overloaded',
  'err-529-fallback': 'ok',
  'err-529-twice': 'ok',
  'err-529-watchdog': 'ok',
  'err-credit': 'billing',
  'err-prompt-too-long': 'prompt_too_long',
  'err-refused': 'api_unreachable',
  'hang-api-timeout-10s': 'api_unreachable',
  'hang-before-headers': 'api_unreachable',
  'hang-mid-byte-idle-10s': 'ok',
  'hang-mid-stream': 'ok',
  'json-schema': 'ok',
  'json-schema-2-bad-tries': 'ok',
  'json-schema-exhausted': 'agent_failed',
  'json-schema-never-called': 'ok',
  'max-turns': 'max_turns',
  'mcp-permission-prompt-tool': 'ok',
  'mcp-permission-prompt-tool-deny': 'permission_denied',
  'mcp-server-broken': 'ok',
  'mcp-tool': 'ok',
  'multi-tool': 'ok',
  'normal-end-leftover': 'ok',
  'not-logged-in': 'auth_failed',
  ok: 'ok',
  'ok-partial': 'ok',
  'perm-acceptEdits': 'permission_denied',
  'perm-allowedTools': 'ok',
  'perm-auto': 'permission_denied',
  'perm-default': 'permission_denied',
  'perm-disallowed-in-bypass': 'permission_denied',
  'perm-dontAsk': 'permission_denied',
  'perm-plan': 'permission_denied',
  'perm-prompts-none': 'permission_denied',
  'persistent-permission-stdio': 'permission_denied',
  'persistent-stream-input': 'agent_crashed',
  'project-hooks-and-mcp-autoload': 'permission_denied',
  'root-refused': 'agent_root_refused',
  'root-refused-startup-result': 'agent_root_refused',
  'session-1': 'ok',
  'session-continue': 'ok',
  'session-fork': 'ok',
  'session-id-in-use': 'agent_usage',
  'session-resume': 'ok',
  'session-resume-other-cwd': 'ok',
  'session-resume-unknown': 'session_lost',
  'sighup-mid-tool': 'agent_interrupted',
  'sigint-api-wait': 'agent_crashed',
  'sigint-mid-tool': 'agent_interrupted',
  'sigint-streaming': 'agent_interrupted',
  'sigkill-group-mid-tool': 'agent_interrupted',
  'sigkill-mid-tool': 'agent_interrupted',
  'sigterm-api-wait': 'agent_interrupted',
  'sigterm-daemonised-grandchild': 'agent_interrupted',
  'sigterm-group-mid-tool': 'agent_interrupted',
  'sigterm-mid-tool': 'agent_interrupted',
  'sigterm-retry-wait': 'agent_interrupted',
  'slash-known-stdin': 'nothing_done',
  'slash-unknown-stdin': 'ok',
  'stdin-12mb': 'agent_usage',
  'stdin-1mb': 'ok',
  'stdin-empty': 'agent_usage',
  stdin: 'ok',
  'stream-disconnect': 'ok',
  'stream-error-event': 'ok',
  'stream-html': 'api_error',
  'stream-json-without-verbose': 'agent_usage',
  'stream-malformed': 'ok',
  'stream-only-pings': 'ok',
  subagent: 'ok',
  'subagent-nobg': 'ok',
  tool: 'ok',
  'tools-flag': 'ok',
  'usage-limit-api-key': 'rate_limited',
  'usage-limit-subscription': 'usage_limit',
  'usage-limit-weekly': 'usage_limit',
  'usage-warning-subscription': 'ok',
}

describe('recordings of the real CLI', () => {
  it('all have their meaning', () => {
    const meanings = recordings.map((one) => {
      const { outcome } = play(one)
      return [one.name.replace('claude-', ''), outcome.ok ? 'ok' : outcome.failure.code]
    })
    expect(Object.fromEntries(meanings)).toEqual(MEANING)
  })

  it('tell a whole task: session, turns, tools, text, cost, result', () => {
    expect(play(recording('perm-acceptEdits'))).toEqual({
      events: [
        { kind: 'session', sessionId: '6eafa9d9-6d0d-4bc3-a0fd-dbbcbe4ccedb', model: 'claude-opus-5-5' },
        { kind: 'turn', turns: 1 },
        { kind: 'tool', name: 'Write', detail: 'a.txt' },
        { kind: 'tool_done' },
        { kind: 'turn', turns: 2 },
        { kind: 'tool', name: 'Bash', detail: 'ls' },
        { kind: 'tool_done' },
        { kind: 'turn', turns: 3 },
        { kind: 'tool', name: 'Bash', detail: 'npm --version' },
        { kind: 'denied', tool: 'Bash', reason: 'This command requires approval' },
        { kind: 'tool_done' },
        { kind: 'turn', turns: 4 },
        { kind: 'text', text: 'Done.' },
        { kind: 'cost', costUsd: 0.0016 },
        { kind: 'result' },
      ] satisfies AgentEvent[],
      outcome: {
        ok: false,
        failure: {
          code: 'permission_denied',
          message: 'Denied: Bash (npm --version)',
          hint: expect.stringContaining('allowed_tools'),
          retryable: false,
        },
        report: {
          output: 'Done.',
          sessionId: '6eafa9d9-6d0d-4bc3-a0fd-dbbcbe4ccedb',
          model: 'claude-opus-5-5',
          turns: 4,
          modelTurns: 4,
          costUsd: 0.0016,
          tokens: { input: 100, output: 60, cache_read: 0, cache_creation: 0 },
          deeds: 2,
          denials: [{ tool: 'Bash', detail: 'npm --version' }],
          warnings: [],
        },
      },
    })
  })

  it('count one turn of the model for all blocks of a message, and none for messages of subagents', () => {
    expect(play(recording('multi-tool')).outcome.report.modelTurns).toBe(2)
    expect(play(recording('subagent-nobg')).outcome.report.modelTurns).toBe(2)
  })

  it('tell turns as the CLI counts them, by its results where there are several', () => {
    expect(turnsOf('multi-tool')).toEqual({ turns: 3, modelTurns: 2 })
    expect(turnsOf('answer-empty')).toEqual({ turns: 2, modelTurns: 2 })
    expect(turnsOf('max-turns')).toEqual({ turns: 4, modelTurns: 3 })
    expect(turnsOf('bg-task')).toEqual({ turns: 3, modelTurns: 3 })
    expect(turnsOf('session-resume')).toEqual({ turns: 1, modelTurns: 1 })
    expect(turnsOf('slash-known-stdin')).toEqual({ turns: 0, modelTurns: 0 })
  })

  it('know that a model which never answered was not got through to, whatever the CLI counts', () => {
    expect(turnsOf('err-401')).toEqual({ turns: 1, modelTurns: 0 })
    expect(turnsOf('usage-limit-subscription')).toEqual({ turns: 1, modelTurns: 0 })
  })

  it('count messages where no result tells the turns', () => {
    expect(turnsOf('sigterm-mid-tool')).toEqual({ turns: 1, modelTurns: 1 })
    expect(turnsOf('sigterm-api-wait')).toEqual({ turns: 0, modelTurns: 0 })
  })

  it('count the tokens and the cost of subagents', () => {
    expect(play(recording('subagent-nobg')).outcome.report).toMatchObject({
      costUsd: 0.0016,
      tokens: { input: 100, output: 60, cache_read: 0, cache_creation: 0 },
    })
  })

  it('count only what the resuming process spent', () => {
    expect(play(recording('session-resume')).outcome.report).toMatchObject({ costUsd: 0.0004, tokens: { input: 25, output: 15 } })
  })

  it('sum the results of a process and take the last one as its word', () => {
    const { events, outcome } = play(recording('bg-task'))
    expect(events.filter((event) => event.kind === 'result')).toHaveLength(2)
    expect(outcome.report).toMatchObject({ turns: 3, costUsd: 0.0012, tokens: { input: 75, output: 45 } })
  })

  it('give usage from older versions that do not tell it per result', () => {
    expect(play(recording('2.1.197-perm-acceptEdits')).outcome.report).toMatchObject({
      costUsd: 0.002,
      tokens: { input: 100, output: 60, cache_read: 0, cache_creation: 0 },
      denials: [{ tool: 'Bash', detail: 'npm --version' }],
    })
  })

  it('tell waits for the API', () => {
    const { events } = play(recording('err-401-retries2'))
    expect(events.filter((event) => event.kind === 'api_retry')).toEqual([
      { kind: 'api_retry', attempt: 1, delayMs: 570, reason: 'authentication_failed (401)' },
      { kind: 'api_retry', attempt: 2, delayMs: 1165, reason: 'authentication_failed (401)' },
    ])
  })

  it('name the end of a usage limit', () => {
    expect(failureOf('usage-limit-weekly')).toMatchObject({
      message: "You've hit your limit · resets Nov 22, 3:47am (UTC) (seven day limit, resets at 2026-11-22 03:47 UTC)",
      retryable: true,
    })
  })

  it('keep the message of the CLI', () => {
    expect(failureOf('max-turns')?.message).toBe('Reached maximum number of turns (3)')
    expect(failureOf('err-401')?.message).toBe('Invalid API key · Fix external API key')
    expect(failureOf('dash-prompt')?.message).toBe("error: unknown option '- fix FAKE:ok'")
    expect(failureOf('slash-known-stdin')?.message).toBe('The model was never asked. Error: No messages to compact')
    expect(failureOf('sigterm-mid-tool')?.message).toBe('The agent ended with status 143 without a result.')
    expect(failureOf('sigkill-mid-tool')?.message).toBe('The agent ended by SIGKILL without a result.')
  })

  it('say which failures may pass by themselves', () => {
    const passing = Object.entries(MEANING).filter(([name]) => failureOf(name)?.retryable)
    expect(new Set(passing.map(([, meaning]) => meaning))).toEqual(
      new Set([
        ...['agent_crashed', 'agent_interrupted', 'api_error', 'api_unreachable', 'overloaded', 'rate_limited', 'usage_limit'],
        'session_lost',
      ]),
    )
    expect(failureOf('json-schema-exhausted')?.retryable).toBe(false)
    expect(failureOf('session-resume-unknown')).toMatchObject({ code: 'session_lost', retryable: true })
  })

  it('know no session where none was begun', () => {
    expect(play(recording('session-resume-unknown')).outcome.report).toEqual({
      output: '',
      turns: 0,
      modelTurns: 0,
      costUsd: 0,
      tokens: { input: 0, output: 0, cache_read: 0, cache_creation: 0 },
      deeds: 0,
      denials: [],
      warnings: [],
    })
  })

  it('warn of what did not decide the outcome', () => {
    expect(play(recording('mcp-server-broken')).outcome.report.warnings).toEqual(['The MCP server "x" could not be started.'])
    expect(play(recording('err-529-fallback')).outcome.report.warnings).toEqual([
      'Switched to Haiku 4.5 due to high demand for Opus 5.5 · context window 1M → 200K tokens',
    ])
    expect(play(recording('usage-warning-subscription')).outcome.report.warnings).toEqual([
      '92 % of the usage limit is used up (five hour limit, resets at 2026-11-21 01:00 UTC).',
    ])
  })

  it('are a failure where the process did not end well after its success', () => {
    expect(play(recording('ok'), { code: 3, stderr: 'segmentation fault' }).outcome).toMatchObject({
      ok: false,
      failure: { code: 'agent_crashed', message: 'The agent ended with status 3 after it had reported success: segmentation fault' },
    })
    expect(play(recording('ok'), { code: undefined, signal: 'SIGTERM' }).outcome).toMatchObject({
      ok: false,
      failure: { code: 'agent_interrupted' },
    })
  })
})

describe('ends without a stream', () => {
  const outcome = (over: Partial<ProcessExit>) => play({ name: '', lines: [], exit: exited(over) }).outcome

  it('are missing programs', () => {
    const startError = { code: 'ENOENT', message: 'spawn claude ENOENT' }
    expect(outcome({ code: undefined, startError })).toEqual({
      ok: false,
      failure: expect.objectContaining({ code: 'agent_missing', message: 'The agent could not be started: spawn claude ENOENT' }),
      report: { output: '', denials: [], warnings: [] },
    })
    expect(outcome({ code: 127, stderr: 'sh: claude: not found' })).toMatchObject({ failure: { code: 'agent_missing' } })
  })

  it('pass where the machine was short of something', () => {
    const startError = { code: 'EAGAIN', message: 'spawn claude EAGAIN' }
    expect(outcome({ code: undefined, startError })).toMatchObject({ failure: { code: 'agent_crashed', retryable: true } })
  })

  it('are bad calls where the arguments do not fit into a call', () => {
    const startError = { code: 'E2BIG', message: 'spawn E2BIG' }
    expect(outcome({ code: undefined, startError })).toMatchObject({ failure: { code: 'agent_usage', retryable: false } })
  })

  it('are crashes where nothing was said at all', () => {
    expect(outcome({ code: 0 })).toMatchObject({
      failure: { code: 'agent_crashed', message: 'The agent ended with status 0 without a result.' },
    })
    expect(outcome({ code: undefined, signal: 'SIGSEGV' })).toMatchObject({ failure: { code: 'agent_crashed' } })
  })
})

describe('denied calls', () => {
  const call = (id: string, command: string, description = 'x') =>
    line({
      type: 'assistant',
      message: { id: `m${id}`, content: [{ type: 'tool_use', id, name: 'Bash', input: { command, description } }] },
    })
  const answer = (id: string, isError: boolean) =>
    line({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id, is_error: isError }] } })
  const denied = (id: string) => line({ type: 'system', subtype: 'permission_denied', tool_name: 'Bash', tool_use_id: id, message: 'no' })
  const listed = (id: string, command: string) => ({ tool_name: 'Bash', tool_use_id: id, tool_input: { command } })
  const outcome = (...lines: string[]) => play({ name: '', lines: [init, ...lines], exit: exited() }).outcome

  it('do not fail a task when the same call is carried out later', () => {
    expect(
      outcome(
        ...[call('1', 'npm test'), denied('1'), answer('1', true), call('2', 'npm test', 'once more'), answer('2', false)],
        done({ permission_denials: [listed('1', 'npm test')] }),
      ),
    ).toMatchObject({ ok: true, report: { denials: [{ tool: 'Bash', detail: 'npm test' }] } })
  })

  it('fail a task when only an earlier or another call was carried out', () => {
    const lines = [call('1', 'npm test'), answer('1', false), call('2', 'npm test'), denied('2'), answer('2', true)]
    expect(outcome(...lines, call('3', 'ls'), answer('3', false), done())).toMatchObject({
      ok: false,
      failure: { code: 'permission_denied' },
    })
  })

  it('count also where only the result tells of them', () => {
    expect(outcome(done({ permission_denials: [listed('9', 'make')] }))).toMatchObject({
      ok: false,
      failure: { message: 'Denied: Bash (make)' },
    })
  })
})

describe('turns', () => {
  const message = (id?: string) =>
    line({ type: 'assistant', message: { ...(id && { id }), content: [{ type: 'text', text: 'At work.' }] } })
  const turnsIn = (...lines: string[]) => {
    const { turns, modelTurns } = play({ name: '', lines: [init, ...lines], exit: exited() }).outcome.report
    return { turns, modelTurns }
  }

  it('are those of the result, however many messages were seen', () => {
    expect(turnsIn(done({ num_turns: 4 }))).toEqual({ turns: 4, modelTurns: 4 })
    expect(turnsIn(message('m1'), done({ num_turns: 4 }))).toEqual({ turns: 4, modelTurns: 1 })
    expect(turnsIn(message(), message(), done({ num_turns: 4 }))).toEqual({ turns: 4, modelTurns: 2 })
  })

  it('go on from one result to the next, and on to an end without any', () => {
    expect(turnsIn(done({ num_turns: 4 }), done({ num_turns: 2 }))).toEqual({ turns: 6, modelTurns: 6 })
    expect(turnsIn(message('m1'), done({ num_turns: 3 }), message('m2'), message('m2'), message('m3'))).toEqual({ turns: 5, modelTurns: 3 })
  })

  it('are counted by messages where a result does not tell them', () => {
    expect(turnsIn(message('m1'), message('m1'), message('m2'), done({ num_turns: undefined }))).toEqual({ turns: 2, modelTurns: 2 })
    expect(turnsIn(done({ num_turns: -1 }))).toEqual({ turns: 0, modelTurns: 0 })
    expect(turnsIn(done({ num_turns: 1.5 }))).toEqual({ turns: 0, modelTurns: 0 })
  })

  it('are told live for messages without an id too', () => {
    const { events } = play({ name: '', lines: [init, message(), message()], exit: exited() })
    expect(events.filter((event) => event.kind === 'turn')).toEqual([
      { kind: 'turn', turns: 1 },
      { kind: 'turn', turns: 2 },
    ])
  })
})

describe('odd streams', () => {
  it('do not succeed by a result of another kind', () => {
    const outcome = play({ name: '', lines: [init, done({ subtype: 'something_new' })], exit: exited() }).outcome
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'agent_failed' } })
  })

  it('take no name of every object for a known kind of failure', () => {
    const odd = { is_error: true, subtype: 'constructor', terminal_reason: 'toString' }
    const lines = [init, line({ type: 'assistant', error: '__proto__', message: {} }), done(odd)]
    expect(play({ name: '', lines, exit: exited({ code: 1 }) }).outcome).toMatchObject({ failure: { code: 'api_error' } })
  })

  it('tell of background work that was left', () => {
    const left = line({ type: 'system', subtype: 'background_tasks_changed', tasks: [{ description: 'dev server' }] })
    expect(play({ name: '', lines: [init, left, done()], exit: exited() }).outcome).toMatchObject({
      ok: true,
      report: { warnings: ['Left running in the background: dev server.'] },
    })
  })

  it('name a usage limit whose end is not known or no time at all', () => {
    const warn = (resetsAt?: number) =>
      play({
        ...{ name: '', exit: exited() },
        lines: [init, line({ type: 'rate_limit_event', rate_limit_info: { status: 'allowed_warning', resetsAt } }), done()],
      }).outcome.report.warnings
    expect(warn()).toEqual(['Most of the usage limit is used up (usage limit).'])
    expect(warn(1e300)).toEqual(['Most of the usage limit is used up (usage limit).'])
  })

  it('know the wording of usage limits before there were records of them', () => {
    const lines = [init, done({ is_error: true, result: 'Claude AI usage limit reached|1795222854' })]
    expect(play({ name: '', lines, exit: exited({ code: 1 }) }).outcome).toMatchObject({ failure: { code: 'usage_limit' } })
  })

  it('tell overload from a server out of reach, in versions that give no status too', () => {
    const failed = (text: string) => [
      ...[init, line({ type: 'assistant', error: 'server_error', message: { model: '<synthetic>', content: [{ type: 'text', text }] } })],
      done({ is_error: true, terminal_reason: 'api_error', result: text }),
    ]
    const code = (text: string) => play({ name: '', lines: failed(text), exit: exited({ code: 1 }) }).outcome
    expect(code('API Error: Repeated 529 Overloaded errors.')).toMatchObject({ failure: { code: 'overloaded' } })
    expect(code('API Error: Unable to connect to API (ConnectionRefused)')).toMatchObject({ failure: { code: 'api_unreachable' } })
  })

  it('show a call in one line of at most 120 characters', () => {
    const input = { command: `for f in *; do\n\techo "\u001b[31m$f";\ndone ${'🙂'.repeat(200)}` }
    const text = line({ type: 'assistant', message: { id: 'm1', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input }] } })
    const [, tool] = new ClaudeReader().line(text)
    expect(tool).toEqual({ kind: 'tool', name: 'Bash', detail: expect.stringMatching(/^for f in \*; do echo " \[31m\$f"; done 🙂+…$/u) })
    expect(tool?.kind === 'tool' && [...tool.detail]).toHaveLength(120)
  })

  it('never throw, whatever is cut off, mixed up or put in', () => {
    const all = recordings.flatMap((one) => one.lines)
    const cut = fc.tuple(fc.constantFrom(...all), fc.nat()).map(([text, at]) => text.slice(0, at % text.length))
    const bent = fc.tuple(fc.constantFrom(...all), fc.nat(), fc.jsonValue()).map(([text, at, value]) => {
      const json: Record<string, unknown> = JSON.parse(text)
      const keys = Object.keys(json).filter((key) => key !== 'type' && key !== 'subtype')
      return line({ ...json, [keys[at % keys.length] ?? '']: value })
    })
    const kinds = fc.constantFrom('system', 'assistant', 'user', 'rate_limit_event', 'result')
    const keys = ['subtype', 'message', 'content', 'error', 'errors', 'result', 'tasks', 'mcp_servers', 'permission_denials', 'is_error']
    const deep = ['model_usage_since_last_result', 'modelUsage', 'rate_limit_info', 'api_error_params', 'retry_delay_ms', 'num_turns']
    const fields = fc.dictionary(fc.constantFrom(...keys, ...deep), fc.jsonValue())
    const made = fc.tuple(kinds, fields).map(([type, rest]) => line({ ...rest, type }))
    const lines = fc.array(fc.oneof(fc.constantFrom(...all), cut, bent, made, fc.json(), fc.string()), { maxLength: 30 })
    const exits = fc.record({
      code: fc.constantFrom(0, 1, 143, undefined),
      signal: fc.constantFrom(undefined, 'SIGKILL'),
      stderr: fc.string(),
    })
    fc.assert(
      fc.property(lines, exits, (stream, exit) => {
        const { outcome } = play({ name: '', lines: stream, exit })
        expect(outcome.ok || outcome.failure.message.length > 0).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

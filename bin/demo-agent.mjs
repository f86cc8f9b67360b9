#!/usr/bin/env node
/**
 * The demo agent: follows a script that stands in the task and asks no model. It speaks the stream format of `claude -p
 * --output-format stream-json --verbose`, takes the prompt from standard input and works in the current directory.
 *
 * The script is one line of the prompt, `demo: ACT [PARAMETERS]`; without one it succeeds.
 *   succeed   looks around and writes a file, the default
 *   slow      the same, over 3 s in many turns
 *   fail      looks around and ends with an error
 *   ask       asks a person with `orchestrator ask` and works on with the answer; ends its turn where none came,
 *             or with the question as its answer where there is nobody to put it to
 *   hang      says that it works and never ends
 * Parameters in any order: a duration for the whole (`500ms`, `3s`, `2m`), `file=NAME` to write, and "in quotes" what
 * it fails with, asks or answers; for ask also option=WORD (once for each), default=WORD and deadline=2h. Without file= it writes the first target file that is .md or .txt, else DEMO.md.
 *
 * Options: --max-turns=N ends after N turns as Claude Code does; --read-only looks and writes nothing.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, readdir, realpath, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const DURATIONS = { succeed: 400, slow: 3000, fail: 300, ask: 300, hang: 0 }
const UNITS = { ms: 1, s: 1000, m: 60_000 }

// Handled by name since the first process of a PID namespace never dies of a signal that it does not handle.
process.on('SIGTERM', () => process.exit(143))
process.on('SIGINT', () => process.exit(130))
process.stdout.on('error', () => process.exit(1))

const started = Date.now()
const sessionId = randomUUID()
let turns = 0

try {
  const options = readOptions()
  const prompt = await text(process.stdin)
  if (prompt.trim() === '') throw new Error('The prompt on standard input is empty.')
  await play(readScript(prompt), options)
} catch (error) {
  process.stderr.write(`Error: ${error.message}\n`)
  process.exitCode = 1
}

function readOptions() {
  const { values } = parseArgs({
    options: { 'max-turns': { type: 'string', default: '0' }, 'read-only': { type: 'boolean', default: false } },
  })
  return { maxTurns: Number(values['max-turns']) || Number.POSITIVE_INFINITY, readOnly: values['read-only'] }
}

/** What the prompt wants played; `problem` where its script cannot be understood. */
function readScript(prompt) {
  const found = /^[ \t>*`-]*demo:[ \t]*(\S+)(.*)$/m.exec(prompt)
  const request = prompt.split('\n').find((line) => /\p{L}/u.test(line) && line.trim() !== found?.[0].trim()) ?? 'nothing in particular'
  const answer = /^Answer: (.*)$/m.exec(prompt)?.[1]
  const script = { act: 'succeed', file: fileToWrite(prompt), message: undefined, asking: [], answer, request: request.trim().slice(0, 80) }
  if (!found) return { ...script, durationMs: DURATIONS.succeed }

  const act = found[1].replace(/`+$/, '').toLowerCase()
  if (!Object.hasOwn(DURATIONS, act)) return { ...script, problem: `The demo agent knows no act "${act}".` }
  Object.assign(script, { act, durationMs: DURATIONS[act] })
  for (const [, quoted, word = ''] of found[2].replace(/`+\s*$/, '').matchAll(/"([^"]*)"|(\S+)/g)) {
    const duration = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(word)
    if (quoted !== undefined) script.message = quoted
    else if (duration) script.durationMs = Number(duration[1]) * UNITS[duration[2]]
    else if (act === 'ask' && /^(option|default|deadline)=./.test(word)) script.asking.push(`--${word}`)
    else if (word.startsWith('file=')) script.file = word.slice('file='.length)
    else return { ...script, problem: `The demo agent does not understand "${word}".` }
  }
  return script
}

/** A line appended to a text harms nothing; to a source file it would. */
function fileToWrite(prompt) {
  const targets = /^\W*target files:?\W*\n((?:\s*[-*] .*\n?)+)/im.exec(prompt)?.[1] ?? ''
  const names = targets.split('\n').map((line) => line.replace(/^\s*[-*] /, '').trim())
  return names.find((name) => /\.(md|txt)$/i.test(name)) ?? 'DEMO.md'
}

async function play(script, { maxTurns, readOnly }) {
  emit({
    type: 'system',
    subtype: 'init',
    cwd: process.cwd(),
    session_id: sessionId,
    model: 'demo-script',
    tools: ['List', 'Step', 'Write'],
    mcp_servers: [],
  })
  try {
    for await (const end of acts(script, readOnly)) {
      if (end) return finish(end)
      if (turns >= maxTurns) return finish(exhausted(maxTurns))
    }
  } catch (error) {
    finish(failed(error.message))
  }
}

/** The turns of an act, one a step; the last step yields the result. */
async function* acts(script, readOnly) {
  const { act, durationMs, file, message, asking, answer, request, problem } = script
  if (problem) return yield failed(problem)
  if (act === 'hang') {
    turn([{ type: 'text', text: 'I am the demo agent, and I shall never come to an end.' }])
    setInterval(() => {}, 60_000)
    return
  }

  const steps = act === 'slow' ? Math.min(40, Math.max(2, Math.round(durationMs / 250))) : 2
  const pause = () => sleep(durationMs / (steps + 1))
  await pause()
  const entries = await call('List', { path: '.' }, () => readdir('.'), 'I am the demo agent: I follow a script and ask no model.')
  yield
  for (let step = 2; step < steps; step += 1) {
    await pause()
    await call('Step', { description: `${step - 1} of ${steps - 2}` }, async () => undefined)
    yield
  }
  await pause()
  if (act === 'fail') return yield failed(message ?? 'The demo agent was asked to fail.')
  if (act === 'ask') {
    const question = message ?? 'Which way shall I go, left or right?'
    if (!process.env.ORCHESTRATOR_RUN_TOKEN) return yield succeeded(question)
    const known = answer ?? (await ask([question, ...asking]))
    yield
    if (known === undefined) return yield succeeded('I wait for the answer.')
    script.request = `${request}: ${known}`
  }
  const said = act === 'ask' ? undefined : message
  if (readOnly) return yield succeeded(said ?? `Looked at ${entries.length} entries and changed nothing.`)

  const path = await insideWorkspace(file)
  if (!path) return yield failed(`${file} lies outside the working directory.`)
  await call('Write', { file_path: file }, () => write(path, script.request))
  yield
  await pause()
  yield succeeded(said ?? `Wrote ${file}.`)
}

/** Puts a question to a person as any agent does; the answer, or undefined where the turn is to be ended. */
async function ask(args) {
  const [question] = args
  const { code, out, err } = await call('Bash', { command: `orchestrator ask "${question}"` }, () => runOrchestrator(['ask', ...args]))
  if (code === 75) return undefined
  if (code !== 0) throw new Error(err.trim() || `orchestrator ask ended with ${code}.`)
  return out.trim()
}

function runOrchestrator(args) {
  const isWindows = process.platform === 'win32'
  const words = isWindows ? args.map((word) => `"${word.replaceAll('"', "'")}"`) : args
  return new Promise((resolve, reject) => {
    const child = spawn('orchestrator', words, { stdio: ['ignore', 'pipe', 'pipe'], shell: isWindows })
    const said = { out: '', err: '' }
    child.stdout.on('data', (data) => {
      said.out += data
    })
    child.stderr.on('data', (data) => {
      said.err += data
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...said }))
  })
}

/** The real path of a file that may not exist yet; undefined if it lies outside the working directory, links resolved. */
async function insideWorkspace(file) {
  const root = await realpath('.')
  let existing = resolve(file)
  let rest = ''
  for (;;) {
    const real = await realpath(existing).catch(() => undefined)
    if (real) {
      const path = join(real, rest)
      const below = relative(root, path)
      return below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? undefined : path
    }
    rest = join(basename(existing), rest)
    existing = dirname(existing)
  }
}

async function write(path, request) {
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, `# Written by the demo agent\n\n- ${request}\n`, { flag: 'wx' })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    // Never creates, so that a link that leads nowhere is not followed out of the workspace.
    await writeFile(path, `\n- ${request}\n`, { flag: constants.O_WRONLY | constants.O_APPEND })
  }
}

/** One turn that calls a tool; gives what the tool gives. */
async function call(name, input, work, comment) {
  const id = `toolu_${randomUUID()}`
  turn([...(comment ? [{ type: 'text', text: comment }] : []), { type: 'tool_use', id, name, input }])
  const value = await work()
  const content = [{ type: 'tool_result', tool_use_id: id, is_error: false, content: 'done' }]
  emit({ type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, session_id: sessionId })
  return value
}

function turn(blocks) {
  turns += 1
  const id = `msg_${turns}_${sessionId}`
  for (const block of blocks) {
    emit({
      type: 'assistant',
      message: { id, role: 'assistant', model: 'demo-script', content: [block] },
      parent_tool_use_id: null,
      session_id: sessionId,
    })
  }
}

function succeeded(result) {
  turn([{ type: 'text', text: result }])
  return { subtype: 'success', is_error: false, terminal_reason: 'completed', result }
}

function failed(result) {
  return { subtype: 'success', is_error: true, terminal_reason: 'completed', result }
}

function exhausted(maxTurns) {
  const errors = [`Reached maximum number of turns (${maxTurns})`]
  return { subtype: 'error_max_turns', is_error: true, terminal_reason: 'max_turns', errors }
}

function finish(end) {
  const usage = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }
  const nothing = { total_cost_usd: 0, usage, modelUsage: {}, model_usage_since_last_result: {}, permission_denials: [] }
  emit({ type: 'result', ...end, num_turns: turns, duration_ms: Date.now() - started, session_id: sessionId, ...nothing })
  process.exitCode = end.is_error ? 1 : 0
}

function emit(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

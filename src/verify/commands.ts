import { constants } from 'node:os'
import type { AgentCommand, AgentEvent, AttemptEnd, AttemptOutcome } from '../domain/attempt.ts'
import { type Failure, failure } from '../domain/errors.ts'
import type { VerifyRun } from '../domain/run.ts'
import { formatDuration } from '../lib/duration.ts'
import { cutTo, oneLine } from '../lib/printable.ts'
import type { ProcessExit } from '../lib/running.ts'
import { codeBlock, codeSpan } from './code-span.ts'
import { CUT_NOTE, OutputEnd } from './output-end.ts'

/** The variable that carries a command to `cmd.exe`, whose quoting no list of arguments can express. */
const WINDOWS_COMMAND = 'ORCHESTRATOR_VERIFY_COMMAND'

/** How much of a failed command's output an agent is told, in bytes. */
const TOLD_BYTES = 2560
const TOLD_COMMAND = 500

/**
 * What to start for a shell command, as it was written: with quotes, comments, heredocs and several lines. Errors go to standard
 * output, so that both come in order. What it says in `env` has to reach the process.
 * On Windows, where a command is one line, several lines are run as long as each succeeds.
 */
export function verifyCommand(command: string, platform: NodeJS.Platform = process.platform): AgentCommand {
  if (platform !== 'win32') return { file: '/bin/sh', args: ['-c', `exec 2>&1\n${command}`], env: {}, stdin: '' }
  // cmd.exe reads no further than the first line.
  const line = command
    .trim()
    .split(/\s*\n\s*/)
    .join(' && ')
  // The outer shell puts the variable in only after it has parsed its own line, so that the inner one alone reads the command.
  const args = ['/d', '/v:on', '/s', '/c', `cmd.exe /d /v:off /s /c !${WINDOWS_COMMAND}! 2>&1`]
  return { file: 'cmd.exe', args, env: { [WINDOWS_COMMAND]: `"${line}"` }, stdin: '' }
}

/** Reads what a verify command prints. Its report carries the end of the output, and exit code 0 alone is a success. */
export function outputReader(): { line(text: string): readonly AgentEvent[]; end(exit: ProcessExit): AttemptOutcome } {
  const output = new OutputEnd()
  return {
    line(text) {
      output.add(text)
      return []
    },
    end(exit) {
      const report = { output: output.text(), denials: [], warnings: [] }
      if (exit.code === 0) return { ok: true, report }
      return { ok: false, failure: failure('verify_failed', `The command failed: ${exitInWords(exit)}.`), report }
    },
  }
}

/**
 * The account of one command that was watched to its end. Where we ended it there is no exit code, and whatever ended it a last line in
 * brackets says so.
 */
export function verifyRunOf(
  command: string,
  end: AttemptEnd,
  exit: ProcessExit,
  { durationMs, timeoutMs }: { readonly durationMs: number; readonly timeoutMs: number },
): VerifyRun {
  const { output } = end.report
  const cut = cutShort(end, exit, timeoutMs)
  const ended = end.ok || (end.ok === false && end.failure.code === 'verify_failed')
  const code = ended ? exitCodeOf(exit) : null
  if (cut === undefined) return { command, exit_code: code, duration_ms: durationMs, output }
  return { command, exit_code: code, duration_ms: durationMs, output: `${output}${output && '\n'}[${cut}]` }
}

/** As a shell tells it: 128 and its number for a signal, since a namespace cannot tell the one from the other. */
function exitCodeOf({ code, signal }: ProcessExit): number | null {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1]
  return code ?? (number === undefined ? null : 128 + number)
}

/** Those that did not succeed. */
export function failedOf(runs: readonly VerifyRun[]): VerifyRun[] {
  return runs.filter(({ exit_code }) => exit_code !== 0)
}

/** What an agent is told whose work did not pass: each failed command with the end of its output, and what to do about it. */
export function fixPrompt(runs: readonly VerifyRun[]): string {
  const failed = failedOf(runs)
  return [
    failed.length === 1 ? 'A check that was run after your work failed.' : `${failed.length} checks that were run after your work failed.`,
    ...failed.map(failedCheck),
    'Find the cause and fix it in the work itself. Do not weaken, skip or remove the check. Then finish as before.',
  ].join('\n\n')
}

/** Why work that was verified is no success, in one line; undefined where every command succeeded. */
export function verifyFailure(runs: readonly VerifyRun[]): Failure | undefined {
  const [first, ...more] = failedOf(runs)
  if (first === undefined) return undefined
  return failure('verify_failed', `${outcomeOf(first)}${more.length === 0 ? '' : ` (and ${more.length} more)`}`)
}

/** What a command came to, in one line, such as: `npm test` ended with 1: 2 tests failed. */
export function outcomeOf({ command, exit_code, output }: VerifyRun): string {
  const name = codeSpan(oneLine(command, 100))
  if (exit_code === 0) return `${name} exited with 0`
  if (exit_code === null) return `${name} failed: ${lastLine(output)}`
  const told = tellingLine(output)
  return `${name} ended with ${exit_code}${told && `: ${told}`}`
}

function failedCheck({ command, exit_code, output }: VerifyRun): string {
  const name = command.includes('\n') ? codeBlock(cutTo(command, TOLD_COMMAND)) : codeSpan(oneLine(command, TOLD_COMMAND))
  const how = exit_code === null ? `failed: ${lastLine(output)}.` : `ended with exit code ${exit_code}.`
  const head = `${name}${command.includes('\n') ? '\n' : ' '}${how}`
  if (output === '') return `${head} It printed nothing.`
  return `${head} The end of its output:\n\n${codeBlock(endOf(output))}`
}

/** The end of an output that may have been cut before. */
function endOf(output: string): string {
  const end = new OutputEnd(TOLD_BYTES)
  for (const line of output.replace(CUT_NOTE, '[…]').split('\n')) end.add(line)
  return end.text().replace(CUT_NOTE, '[…]')
}

/** What ended a command that did not end by itself. */
function cutShort(end: AttemptEnd, exit: ProcessExit, timeoutMs: number): string | undefined {
  if (end.ok === undefined) return 'ended before it was done'
  if (end.ok === false && end.failure.code === 'timeout') return `ended after ${formatDuration(timeoutMs)}, its time limit`
  if (end.ok === false && end.failure.code !== 'verify_failed') return `ended before it was done: ${oneLine(end.failure.message, 100)}`
  return exit.code === undefined ? exitInWords(exit) : undefined
}

function exitInWords({ code, signal, startError }: ProcessExit): string {
  if (startError) return `could not be started: ${oneLine(startError.message, 100)}`
  return code === undefined ? `ended by ${signal ?? 'a signal'}` : `ended with ${code}`
}

/** The line that tells most of what went wrong: the last that speaks of a failure, else the last. */
function tellingLine(output: string): string {
  const lines = output.split('\n').filter((line) => /[\p{L}\p{N}]/u.test(line) && !CUT_NOTE.test(line))
  const own = lines.filter((line) => !/^npm (error|ERR!)/.test(line))
  const telling = own.findLast((line) => SPEAKS_OF_FAILURE.test(line) && !SPEAKS_OF_NONE.test(line)) ?? own.at(-1) ?? lines.at(-1) ?? ''
  return oneLine(telling.replace(/^[\s=*#─-]+|[\s=*#─-]+$/g, ''), 160)
}

const SPEAKS_OF_FAILURE = /fail|error|expected|exception|panic|not ok|not found|cannot|denied|✗|✖|✘|×/i
const SPEAKS_OF_NONE = /\b(0|no) (tests? )?(failed|failing|failures?|errors?)\b/i

function lastLine(output: string): string {
  return (output.split('\n').at(-1) ?? '').replace(/^\[(.*)\]$/, '$1')
}

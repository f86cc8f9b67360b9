import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { directories } from '../../config/directories.ts'
import { dotenvLine, parseDotenv } from '../../config/dotenv.ts'
import { type HomePaths, homePaths, isHome } from '../../config/home.ts'
import { isWithin, refusedBase } from '../../config/rules.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import { readStateText } from '../../lib/read-state.ts'
import type { Command, Context } from '../context.ts'
import { createStyle } from '../render/style.ts'
import { oneLine } from '../render/text.ts'
import { storing } from '../storing.ts'
import { template } from '../template.ts'

/** What a repository must never take in, if the home is one: secrets and what only this machine needs. */
const GITIGNORE = '.env\n.orchestrator/\nlogs/\n'
const DEFAULT_BASE = 'work'
const INTERRUPTED = 130

/** Asks a person something on the terminal; undefined where they leave instead. */
export type Ask = (question: string) => Promise<string | undefined>

/** `init`: makes a home. What is there already stays as it is; nothing is queued, so that a later `start` spends nothing unasked. */
export const init: Command = (context, _args, { base }) => {
  const canAsk = context.out.isTerminal && process.stdin.isTTY
  return storing(() => makeHome(context, typeof base === 'string' ? base : undefined, canAsk ? askOnTerminal : undefined))
}

/** Makes a home whose tasks work in `wanted`, else in what a person says, else in a directory of its own. */
export async function makeHome(context: Context, wanted: string | undefined, ask: Ask | undefined): Promise<number> {
  const paths = homePaths(context.home)
  const written = writtenBase(paths, context)
  const isNew = !isHome(paths.home) && !existsSync(paths.env) && (wanted !== undefined || written === undefined)
  const chosen = isNew ? (wanted ?? (await (ask ? askForBase(context, ask) : DEFAULT_BASE))) : undefined
  if (isNew && chosen === undefined) return INTERRUPTED
  if (chosen !== undefined) {
    const problem = problemWith(chosen, context)
    if (problem !== undefined) throw new OrchestratorError('usage', `--base ${problem}`, { hint: 'Name another directory, or none.' })
  }
  const made = [...makeFolders(paths, chosen ?? written, context), ...makeFiles(paths, chosen)]
  tell(context, made, chosen ?? written)
  if (!isNew) adviseBase(context, wanted, written)
  return 0
}

/** The base that is configured already, by the environment or by a `.env` that is there. */
function writtenBase({ env }: HomePaths, context: Context): string | undefined {
  const inFile = parseDotenv(readStateText(env, { links: true }) ?? '').entries.findLast(({ name }) => name === 'CLAUDE_BASE_CWD')?.value
  return context.env.CLAUDE_BASE_CWD || inFile || undefined
}

function pathOf(base: string | undefined, { home, env }: Context): string {
  return directories({ home, settings: { CLAUDE_BASE_CWD: base, CLAUDE_ALLOWED_ROOT: undefined }, environment: env }).base
}

/** Why tasks cannot work there, as the end of a sentence; a directory that is missing is made below the home, and nowhere else. */
function problemWith(base: string, context: Context): string | undefined {
  if (base.trim() === '') return 'must not be empty'
  const path = pathOf(base, context)
  const found = lookAt(path)
  // Of a home that is none itself whoever makes its folders tells.
  const isOfNoHome = isWithin(context.home, path) && lookAt(context.home) === 'other'
  if (found === 'other' && !isOfNoHome) return `must be a directory: ${path}`
  if (found === 'missing' && !isWithin(context.home, path))
    return `must be a directory that exists, since it is not below the home: ${path}`
  return refusedBase(context.home, path)
}

function lookAt(path: string): 'directory' | 'missing' | 'other' {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'other'
  } catch (error) {
    // Anything else is below a file, or where nobody may look; asked to tell no missing entry, some versions of Node tell none of these either.
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'missing' : 'other'
  }
}

async function askForBase(context: Context, ask: Ask): Promise<string | undefined> {
  context.out.line('Tasks work in a directory of their own, so that no agent can write the files that')
  context.out.line('govern it. Name one, relative to the home, or . for the home itself.')
  for (;;) {
    const answer = await ask(`Directory for tasks [${DEFAULT_BASE}]: `)
    if (answer === undefined) return undefined
    const base = answer.trim() || DEFAULT_BASE
    const problem = problemWith(base, context)
    if (problem === undefined) return base
    context.out.line(`It ${problem}`)
  }
}

async function askOnTerminal(question: string): Promise<string | undefined> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const left = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined))) // Ctrl-C or Ctrl-D
    return await Promise.race([lines.question(question).catch(() => undefined), left])
  } finally {
    lines.close()
  }
}

function makeFolders(paths: HomePaths, base: string | undefined, context: Context): string[] {
  const { home, tasks, running, waiting, processed, failed, rejected, results, summaries, logs, config } = paths
  const states = [running, waiting, processed, failed, rejected]
  const folders = [home, tasks, ...states, results, summaries, logs, config, ...workFolders(base, context)]
  const missing = folders.filter((folder) => mkdirSync(folder, { recursive: true }) !== undefined)
  return missing.filter((folder) => folder !== home && !states.includes(folder)).map((folder) => `${relative(home, folder)}/`)
}

/** Where tasks work, and the sample task in it; nothing is made outside the home. */
function workFolders(base: string | undefined, context: Context): string[] {
  const path = pathOf(base, context)
  const isOurs = isWithin(context.home, path) && (base === undefined || problemWith(base, context) === undefined)
  return isOurs ? [path, join(path, 'sample')] : []
}

function makeFiles({ home, tasks, yaml, env, envExample }: HomePaths, base: string | undefined): string[] {
  const files = [
    ...(base === undefined ? [] : [{ path: env, text: () => envWith(base), mode: 0o600 }]),
    { path: envExample, text: () => template('env.example') },
    { path: yaml, text: () => template('orchestrator.yaml') },
    { path: join(tasks, 'sample.task.md.example'), text: () => template('sample.task.md') },
    { path: join(home, '.gitignore'), text: () => GITIGNORE },
  ]
  const missing = files.filter(({ path }) => !existsSync(path))
  for (const { path, text, mode = 0o666 } of missing) writeFileSync(path, text(), { flag: 'wx', mode })
  return missing.map(({ path }) => relative(home, path))
}

function envWith(base: string): string {
  return `# What differs from the defaults; .env.example shows every setting.\n${dotenvLine('CLAUDE_BASE_CWD', base)}\n`
}

const MEANINGS: Readonly<Record<string, string>> = {
  'tasks/': 'drop *.task.md files here',
  'results/': 'one JSON file for each task that ended',
  'summaries/': 'the same in a few lines, for people',
  'logs/': 'events, the log, and what the agents said',
  'config/': '',
  '.env': 'your settings: CLAUDE_BASE_CWD is set',
  '.env.example': 'all settings; copy to .env what you change',
  'config/orchestrator.yaml': 'agents, and defaults by type of task',
  'tasks/sample.task.md.example': 'what a task looks like; not queued',
  '.gitignore': '',
}

function tell(context: Context, made: readonly string[], base: string | undefined): void {
  const { out, home } = context
  const style = createStyle(out.color)
  if (made.length === 0) {
    out.line(`Everything is there already in ${home}; nothing was changed.`)
    return
  }
  const work = relative(home, pathOf(base, context))
  const meanings = { ...MEANINGS, [`${work}/`]: 'where tasks work', [`${join(work, 'sample')}/`]: 'where the sample task works' }
  out.line(`Made an orchestrator home in ${home}`)
  out.line()
  for (const name of made) out.line(`  ${style.green('+')} ${`${oneLine(name).padEnd(29)} ${style.dim(meanings[name] ?? '')}`.trimEnd()}`)
  out.line()
  out.line('Next:')
  for (const [command, meaning] of NEXT) out.line(`  ${command.padEnd(31)} ${style.dim(meaning)}`)
}

/** A home that is there already is not changed: its owner is told how to. */
function adviseBase(context: Context, wanted: string | undefined, written: string | undefined): void {
  const { out } = context
  const isWanted =
    wanted === undefined ? written !== undefined : written !== undefined && pathOf(wanted, context) === pathOf(written, context)
  if (isWanted) return
  const base = wanted ?? DEFAULT_BASE
  const where = written === undefined ? 'the home itself, beside the files that govern them' : oneLine(written)
  out.line()
  out.line(`Tasks work in ${where}; what is set already is not changed.`)
  out.line(`For another directory: make it, and put this line into .env: ${oneLine(dotenvLine('CLAUDE_BASE_CWD', base))}`)
}

const NEXT = [
  ['orchestrator doctor', 'is everything there that is needed?'],
  ['orchestrator create-sample', 'queue a first task'],
  ['orchestrator start', 'do what is queued, and wait for more'],
] as const

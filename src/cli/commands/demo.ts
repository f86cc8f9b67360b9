import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type HomePaths, homePaths } from '../../config/home.ts'
import { settingsSchema } from '../../config/schema.ts'
import type { Overrides } from '../../config/settings.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import type { TaskResult } from '../../domain/result.ts'
import { TASK_SUFFIX } from '../../domain/task-name.ts'
import { formatDuration } from '../../lib/duration.ts'
import { readResult } from '../../results/read.ts'
import { composeTask } from '../../task-file/compose.ts'
import type { Command, Context } from '../context.ts'
import { createStyle } from '../render/style.ts'
import { table } from '../render/table.ts'
import { storing } from '../storing.ts'
import { foreground } from './start.ts'

const INTERRUPTED = 130

/** The three tasks: what each asks for, the script that the demo agent follows, and how it must end. */
const TASKS = [
  {
    id: 'write-the-readme',
    priority: 'high',
    cwd: 'website',
    prompt: 'Write a README for the website.\n\ndemo: slow 2s file=README.md',
    ends: 'completed',
  },
  {
    id: 'start-a-changelog',
    priority: 'medium',
    cwd: 'backend',
    prompt: 'Start a changelog for the backend.\n\ndemo: succeed 1200ms file=CHANGELOG.md',
    ends: 'completed',
  },
  {
    id: 'fail-on-purpose',
    priority: 'low',
    cwd: 'reports',
    prompt: 'Compute the report from numbers that are not there.\n\ndemo: fail 900ms "missing numbers, on purpose"',
    ends: 'failed',
  },
] as const

/** `demo`: the whole job with the bundled agent in a home of its own; 0 if everything went as scripted, the failure included. */
export const demo: Command = async (context, _args, { keep }) => {
  const paths = homePaths(await storing(() => makeHome(typeof keep === 'string' ? keep : undefined)))
  introduce(context, paths)
  const { GITHUB_STEP_SUMMARY: _, ...env } = context.env
  const code = await foreground({ ...context, env, home: paths.home }, { flags: settingsOfDemo(paths), once: true })
  if (code === INTERRUPTED) {
    if (keep === undefined) rmSync(paths.home, { recursive: true, force: true })
    return INTERRUPTED
  }
  const results = TASKS.flatMap(({ id }) => readResult(paths, id) ?? [])
  const asScripted = TASKS.every(({ id, ends }) => results.some((result) => result.task_id === id && result.status === ends && result.demo))
  conclude(context, paths, results, asScripted)
  return asScripted ? 0 : 1
}

/** A home with the tasks queued and a directory for each to work in. */
function makeHome(wanted: string | undefined): string {
  const home = wanted === undefined ? mkdtempSync(join(realpathSync(tmpdir()), 'orchestrator-demo-')) : resolve(wanted)
  mkdirSync(home, { recursive: true })
  if (readdirSync(home).length > 0) {
    throw new OrchestratorError('usage', `${home} is not empty.`, { hint: 'Name a directory that does not exist yet.' })
  }
  const { tasks } = homePaths(home)
  mkdirSync(tasks)
  for (const { id, priority, cwd, prompt } of TASKS) {
    mkdirSync(join(home, 'work', cwd), { recursive: true })
    writeFileSync(join(tasks, id + TASK_SUFFIX), composeTask({ priority, cwd, prompt }))
  }
  return home
}

/** The demo is the same on every machine, whatever is set there. */
function settingsOfDemo({ home }: HomePaths): Overrides {
  const written = Object.entries(settingsSchema.parse({})).map(([name, value]) => [name, String(value)])
  return {
    ...Object.fromEntries(written),
    DEFAULT_AGENT: 'demo',
    MAX_CONCURRENT_TASKS: '2',
    CLAUDE_BASE_CWD: join(home, 'work'),
    CLAUDE_ALLOWED_ROOT: join(home, 'work'),
    OLLAMA_HOST: 'off',
    SHUTDOWN_GRACE_SEC: '0',
  }
}

function introduce({ out }: Context, { home }: HomePaths): void {
  const style = createStyle(out.color)
  out.line(style.bold('A demo: a scripted agent does the work. No model is asked, nothing is spent.'))
  out.line(style.dim(`Three tasks, two at a time; the last one fails on purpose. Home: ${home}`))
  out.line()
}

function conclude({ out }: Context, paths: HomePaths, results: readonly TaskResult[], asScripted: boolean): void {
  const style = createStyle(out.color)
  const rows = results.map(({ task_id, priority, status, timings, files_changed, failure }) => {
    const [mark, paint] = status === 'completed' ? ['✔', style.green] : ['✖', style.red]
    const what = failure?.message ?? (files_changed ?? []).map(({ path, change }) => `${change} ${path}`).join(', ')
    return [{ text: `${mark} ${status}`, paint }, task_id, priority, formatDuration(timings.worked_ms), what]
  })
  out.line()
  for (const line of table(rows, { columns: out.columns, right: [3] })) out.line(line)
  out.line()
  out.line(`Everything is in ${style.bold(paths.home)}`)
  for (const [name, meaning] of PLACES) out.line(`  ${name.padEnd(25)} ${style.dim(meaning)}`)
  out.line()
  if (!asScripted) out.line(style.red('Something did not go as scripted; logs/orchestrator.log says more.'))
  else out.line('With a real agent: orchestrator init, then create-sample, then start.')
}

const PLACES = [
  ['work/', 'what the agent wrote'],
  ['results/*_result.json', 'what came out, for programs'],
  ['summaries/*_summary.txt', 'the same for people'],
  ['logs/events.ndjson', 'everything that happened'],
  ['tasks/', 'the tasks, in processed/ and failed/'],
] as const

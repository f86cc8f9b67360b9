import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type HomePaths, homePaths } from '../../config/home.ts'
import type { Command, Context } from '../context.ts'
import { createStyle } from '../render/style.ts'
import { storing } from '../storing.ts'
import { template } from '../template.ts'

/** What a repository must never take in, if the home is one: secrets and what only this machine needs. */
const GITIGNORE = '.env\n.orchestrator/\nlogs/\n'

/** `init`: makes a home. What is there already stays as it is; nothing is queued, so that a later `start` spends nothing unasked. */
export const init: Command = async (context) => {
  const paths = homePaths(context.home)
  const made = await storing(() => [...makeFolders(paths), ...makeFiles(paths)])
  tell(context, made)
  return 0
}

function makeFolders(paths: HomePaths): string[] {
  const { home, tasks, running, waiting, processed, failed, rejected, results, summaries, logs, config } = paths
  const states = [running, waiting, processed, failed, rejected]
  const folders = [home, tasks, ...states, results, summaries, logs, config, join(home, 'sample')]
  const missing = folders.filter((folder) => mkdirSync(folder, { recursive: true }) !== undefined)
  return missing.filter((folder) => folder !== home && !states.includes(folder)).map((folder) => `${relative(home, folder)}/`)
}

function makeFiles({ home, tasks, yaml, envExample }: HomePaths): string[] {
  const files = [
    { path: envExample, text: () => template('env.example') },
    { path: yaml, text: () => template('orchestrator.yaml') },
    { path: join(tasks, 'sample.task.md.example'), text: () => template('sample.task.md') },
    { path: join(home, '.gitignore'), text: () => GITIGNORE },
  ]
  const missing = files.filter(({ path }) => !existsSync(path))
  for (const { path, text } of missing) writeFileSync(path, text(), { flag: 'wx' })
  return missing.map(({ path }) => relative(home, path))
}

const MEANINGS: Readonly<Record<string, string>> = {
  'tasks/': 'drop *.task.md files here',
  'results/': 'one JSON file for each task that ended',
  'summaries/': 'the same in a few lines, for people',
  'logs/': 'events, the log, and what the agents said',
  'config/': '',
  'sample/': 'where the sample task works',
  '.env.example': 'all settings; copy it to .env to change some',
  'config/orchestrator.yaml': 'agents, and defaults by type of task',
  'tasks/sample.task.md.example': 'what a task looks like; not queued',
  '.gitignore': '',
}

function tell({ out, home }: Context, made: readonly string[]): void {
  const style = createStyle(out.color)
  if (made.length === 0) {
    out.line(`Everything is there already in ${home}; nothing was changed.`)
    return
  }
  out.line(`Made an orchestrator home in ${home}`)
  out.line()
  for (const name of made) out.line(`  ${style.green('+')} ${`${name.padEnd(29)} ${style.dim(MEANINGS[name] ?? '')}`.trimEnd()}`)
  out.line()
  out.line('Next:')
  for (const [command, meaning] of NEXT) out.line(`  ${command.padEnd(31)} ${style.dim(meaning)}`)
}

const NEXT = [
  ['orchestrator doctor', 'is everything there that is needed?'],
  ['orchestrator create-sample', 'queue a first task'],
  ['orchestrator start', 'do what is queued, and wait for more'],
] as const

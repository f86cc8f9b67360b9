import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const ORCHESTRATOR = resolve(import.meta.dirname, '../../bin/orchestrator.js')
export const CONTENDERS = resolve(import.meta.dirname, 'contenders')
export const AGENT = join(CONTENDERS, 'agent.sh')

/** A new home in a temporary directory, whose agent does nothing; `env` is all that programs in it see of this machine. */
export function newPlace() {
  const root = mkdtempSync(join(tmpdir(), 'orchestrator-bench-'))
  const at = (...names) => join(root, ...names)
  for (const folder of ['tasks/processed', 'results', 'summaries', 'logs', 'config', 'processed', 'work', 'user', 'staging']) {
    mkdirSync(at(folder), { recursive: true })
  }
  writeFileSync(at('config/orchestrator.yaml'), `agents:\n  claude:\n    command: ${AGENT}\n`)
  return {
    root,
    at,
    env: {
      PATH: process.env.PATH,
      HOME: at('user'),
      LANG: 'C.UTF-8',
      ORCHESTRATOR_HOME: root,
      CLAUDE_BASE_CWD: at('work'),
      OLLAMA_HOST: 'off',
      MAX_CONCURRENT_TASKS: '2',
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** The text of a task that only reads, so that two of them may work in one directory. */
export function taskText(head = '') {
  return `---\ntype: analyze\n${head}---\n\n# Do nothing\n\n**Prompt:**\nSay that you are done, and do nothing else.\n`
}

/** Puts a task into the inbox as a program should: written elsewhere, then moved there in one step. */
export function drop(place, id, text = taskText()) {
  const staged = place.at('staging', `${id}.task.md`)
  writeFileSync(staged, text)
  renameSync(staged, place.at('tasks', `${id}.task.md`))
}

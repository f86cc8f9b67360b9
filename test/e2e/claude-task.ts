import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { TaskResult } from '../../src/domain/result.ts'
import { ask, type Scenario } from '../helpers/anthropic-scenario.ts'
import type { AnthropicServer, ModelRequest } from '../helpers/anthropic-server.ts'
import type { Home } from '../helpers/home.ts'

/** A task file whose prompt asks the scripted model for a scenario. */
export function scripted(scenario: Scenario, head: Readonly<Record<string, string | number>> = {}): string {
  const keys = Object.entries(head).map(([key, value]) => `${key}: ${value}\n`)
  return `---\n${keys.join('')}---\n\n# Scripted\n\n**Prompt:**\nPlease do it. ${ask(scenario)}\n`
}

/** Drops a task and drains the inbox as an unattended run would; its result. */
export async function runTask(home: Home, id: string, text: string): Promise<TaskResult> {
  await home.drop(id, text)
  const { code, stdout, stderr } = await home.run(['start', '--once'])
  const result = await home.waitForResult(id)
  expect(code, stdout + stderr).toBe(result.status === 'completed' ? 0 : 1)
  return result
}

/** Drops a task that works in a directory of its own, which is named like it and has the given files; the path of the directory. */
export async function dropApart(home: Home, id: string, text: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = join(home.work, id)
  await mkdir(directory, { recursive: true })
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content)
  await home.drop(id, text.startsWith('---\n') ? text.replace('---\n', `---\ncwd: ${id}\n`) : `---\ncwd: ${id}\n---\n\n${text}`)
  return directory
}

/** What the model was told in a task that works in a directory of its own, in order. */
export function toldIn(server: AnthropicServer, home: Home, id: string): readonly ModelRequest[] {
  const directory = JSON.stringify(join(home.work, id)).slice(1, -1)
  return server.requests.filter(({ body }) => body.includes(directory))
}

/** Outcomes of all attempts, in order. */
export function outcomes(result: TaskResult): (string | null)[] {
  return result.attempts.map(({ outcome }) => outcome)
}

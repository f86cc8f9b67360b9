import { expect } from 'vitest'
import type { TaskResult } from '../../src/domain/result.ts'
import { ask, type Scenario } from '../helpers/anthropic-scenario.ts'
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

/** Outcomes of all attempts, in order. */
export function outcomes(result: TaskResult): (string | null)[] {
  return result.attempts.map(({ outcome }) => outcome)
}

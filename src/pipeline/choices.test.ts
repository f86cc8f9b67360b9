import { describe, expect, test } from 'vitest'
import { exampleConfig, exampleTask } from '../../test/helpers/examples.ts'
import type { Config, TypeDefaults } from '../config/schema.ts'
import type { FrontMatter, Task } from '../domain/task.ts'
import { choicesOf } from './choices.ts'

function configOf(fix: TypeDefaults | undefined, over: Readonly<Record<string, string>> = {}): Config {
  const settings = {
    DEFAULT_AGENT: 'claude',
    CLAUDE_TIMEOUT_SEC: '100',
    CLAUDE_MAX_TURNS: '10',
    MAX_BUDGET_USD: '1',
    MAX_RETRIES: '1',
    VERIFY_DEFAULT: 'fix: by variable, docs: other',
  }
  return { ...exampleConfig('/home', { ...settings, ...over }), types: fix ? { fix } : {} }
}

const BY_TYPE: TypeDefaults = {
  agent: 'demo',
  model: 'type-model',
  timeout: '200s',
  max_turns: 20,
  max_budget_usd: 2,
  retries: 2,
  verify: ['by type'],
  fix_attempts: 2,
  permission_mode: 'plan',
  allowed_tools: ['TypeTool'],
  disallowed_tools: ['NoTypeTool'],
}

const BY_TASK: FrontMatter = {
  agent: 'by-task',
  model: 'task-model',
  timeout: '5m',
  max_turns: 30,
  max_budget_usd: 3,
  retries: 3,
  verify: ['by task'],
  fix_attempts: 3,
  permission_mode: 'auto',
  allowed_tools: ['TaskTool'],
  disallowed_tools: ['NoTaskTool'],
}

const fromVariables = {
  agent: 'claude',
  model: undefined,
  timeoutMs: 100_000,
  maxTurns: 10,
  budgetUsd: 1,
  retries: 1,
  verify: ['by variable'],
  fixAttempts: 1,
  permissionMode: undefined,
  allowedTools: [],
  disallowedTools: [],
}

const fromType = {
  agent: 'demo',
  model: 'type-model',
  timeoutMs: 200_000,
  maxTurns: 20,
  budgetUsd: 2,
  retries: 2,
  verify: ['by type'],
  fixAttempts: 2,
  permissionMode: 'plan',
  allowedTools: ['TypeTool'],
  disallowedTools: ['NoTypeTool'],
}

const fromTask = {
  agent: 'by-task',
  model: 'task-model',
  timeoutMs: 300_000,
  maxTurns: 30,
  budgetUsd: 3,
  retries: 3,
  verify: ['by task'],
  fixAttempts: 3,
  permissionMode: 'auto',
  allowedTools: ['TaskTool'],
  disallowedTools: ['NoTaskTool'],
}

test('the task file comes first, then its type, then the variables', () => {
  expect(choicesOf(exampleTask({ head: {} }), configOf(undefined))).toEqual(fromVariables)
  expect(choicesOf(exampleTask({ head: {} }), configOf(BY_TYPE))).toEqual(fromType)
  expect(choicesOf(exampleTask({ head: BY_TASK }), configOf(BY_TYPE))).toEqual(fromTask)
})

test('each is chosen by itself', () => {
  const config = configOf({ retries: 0, max_turns: 20 })
  expect(choicesOf(exampleTask({ head: { max_turns: 0, timeout: 90 } }), config)).toEqual({
    ...fromVariables,
    retries: 0,
    maxTurns: 0,
    timeoutMs: 90_000,
  })
})

test('a type that was inferred counts like a written one, and another type changes nothing', () => {
  expect(choicesOf(exampleTask({ type: 'fix', head: {} }), configOf(BY_TYPE)).agent).toBe('demo')
  expect(choicesOf(exampleTask({ type: 'chore', head: {} }), configOf(BY_TYPE))).toEqual({ ...fromVariables, verify: [] })
})

test('an empty list of tools in the task stands above the one of its type', () => {
  expect(choicesOf(exampleTask({ head: { allowed_tools: [] } }), configOf(BY_TYPE)).allowedTools).toEqual([])
})

describe('the commands that verify', () => {
  const verify = (head: FrontMatter, fix?: TypeDefaults, over: Partial<Task> = {}) =>
    choicesOf(exampleTask({ head, ...over }), configOf(fix)).verify

  test('are none where a task or its type says so, whatever comes after', () => {
    expect(verify({ verify: [] }, BY_TYPE)).toEqual([])
    expect(verify({}, { verify: [] })).toEqual([])
  })

  test('are none for a type that nobody named', () => {
    expect(verify({}, undefined, { type: 'chore' })).toEqual([])
    expect(choicesOf(exampleTask({ head: {} }), configOf(undefined, { VERIFY_DEFAULT: '' })).verify).toEqual([])
  })

  test.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('are none for a type of the name %s', (type) => {
    expect(choicesOf(exampleTask({ type, head: {} }), configOf(undefined))).toEqual({ ...fromVariables, verify: [] })
  })

  test('are joined by those that criteria name, each once, even where the task wants none else', () => {
    const criteria = ['it builds (verify: npm run build)', 'it is fast', 'it passes (verify: by task)']
    expect(verify({ verify: ['by task', 'other'] }, undefined, { criteria })).toEqual(['by task', 'other', 'npm run build'])
    expect(verify({ verify: [] }, undefined, { criteria })).toEqual(['npm run build', 'by task'])
  })
})

test('a task may want no fix attempt although its type has some', () => {
  expect(choicesOf(exampleTask({ head: { fix_attempts: 0 } }), configOf(BY_TYPE)).fixAttempts).toBe(0)
})

describe('a task that came over a platform', () => {
  const origin = 'telegram:7:1'
  const verify = { verify: ['a'], permission_mode: 'bypassPermissions' }

  test.each(['telegram:7:1', 'slack:T:C', 'github:o/r#1', 'email:c-1', 'mail:c-1'])(
    'runs no commands and gives no permissions of its own (%s)',
    (from) => {
      const task = exampleTask({ head: { ...verify, origin: from }, criteria: ['it works (verify: b)'] })
      expect(choicesOf(task, exampleConfig('/home'))).toMatchObject({ verify: [], permissionMode: undefined })
      expect(choicesOf(task, exampleConfig('/home', { BRIDGE_DOCUMENTS: 'full' }))).toMatchObject({
        verify: ['a', 'b'],
        permissionMode: 'bypassPermissions',
      })
    },
  )

  test('is checked and kept in bounds as the owner has it', () => {
    const types = { fix: { verify: ['npm test'], disallowed_tools: ['WebFetch'], permission_mode: 'plan' } }
    const config = { ...exampleConfig('/home'), types }
    const task = exampleTask({ type: 'fix', head: { origin, type: 'fix', disallowed_tools: ['Bash'] }, criteria: [] })
    expect(choicesOf(task, config)).toMatchObject({ verify: ['npm test'], disallowedTools: ['WebFetch', 'Bash'], permissionMode: 'plan' })
    const inferred = [{ field: 'type' as const, value: 'fix', by: 'ollama' }]
    expect(choicesOf({ ...task, inferred }, config)).toMatchObject({ verify: ['npm test'], permissionMode: undefined })
  })
})

test('a check that the local model supplied is never run', () => {
  const inferred = [{ field: 'criteria' as const, value: ['x'], by: 'ollama' }]
  expect(choicesOf(exampleTask({ head: {}, criteria: ['it works (verify: b)'], inferred }), exampleConfig('/home')).verify).toEqual([])
})

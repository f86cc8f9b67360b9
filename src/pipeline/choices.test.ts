import { expect, test } from 'vitest'
import { exampleTask } from '../../test/helpers/examples.ts'
import { type Config, settingsSchema, type TypeDefaults } from '../config/schema.ts'
import type { FrontMatter } from '../domain/task.ts'
import { choicesOf } from './choices.ts'

function configOf(fix: TypeDefaults | undefined): Config {
  const settings = settingsSchema.parse({
    DEFAULT_AGENT: 'by-variable',
    CLAUDE_TIMEOUT_SEC: '100',
    CLAUDE_MAX_TURNS: '10',
    MAX_BUDGET_USD: '1',
    MAX_RETRIES: '1',
  })
  return { home: '/home', settings, agents: {}, types: fix ? { fix } : {}, origins: {} as Config['origins'], environment: {} }
}

const BY_TYPE: TypeDefaults = {
  agent: 'by-type',
  model: 'type-model',
  timeout: '200s',
  max_turns: 20,
  max_budget_usd: 2,
  retries: 2,
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
  permission_mode: 'auto',
  allowed_tools: ['TaskTool'],
  disallowed_tools: ['NoTaskTool'],
}

const fromVariables = {
  agent: 'by-variable',
  model: undefined,
  timeoutMs: 100_000,
  maxTurns: 10,
  budgetUsd: 1,
  retries: 1,
  permissionMode: undefined,
  allowedTools: [],
  disallowedTools: [],
}

const fromType = {
  agent: 'by-type',
  model: 'type-model',
  timeoutMs: 200_000,
  maxTurns: 20,
  budgetUsd: 2,
  retries: 2,
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
  expect(choicesOf(exampleTask({ type: 'fix', head: {} }), configOf(BY_TYPE)).agent).toBe('by-type')
  expect(choicesOf(exampleTask({ type: 'chore', head: {} }), configOf(BY_TYPE))).toEqual(fromVariables)
})

test('an empty list of tools in the task stands above the one of its type', () => {
  expect(choicesOf(exampleTask({ head: { allowed_tools: [] } }), configOf(BY_TYPE)).allowedTools).toEqual([])
})

import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleResult, exampleTask } from '../../test/helpers/examples.ts'
import type { TaskResult } from '../domain/result.ts'
import { inConversation, sessionOf } from './resume.ts'

let place: string
beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'resume-')))
})
afterAll(() => rm(place, { recursive: true }))

function earlier(over: Partial<TaskResult> = {}): TaskResult {
  return { ...exampleResult(), agent: 'claude', session_id: 's1', workspace: { kind: 'none', path: place }, ...over }
}

const conversation = (result: TaskResult | undefined, over = {}) =>
  sessionOf({ id: 'first', agent: 'claude', cwd: place, canResume: async () => true, ...over }, () => result)

describe('a task that goes on with the conversation of an earlier one', () => {
  test('gets its session', async () => {
    expect(await conversation(earlier())).toBe('s1')
  })

  test.each([
    ['an unknown task', () => undefined, {}, 'resume_unknown'],
    ['a task without a session', () => earlier({ session_id: null }), {}, 'not_resumable'],
    ['another agent', () => earlier({ agent: 'codex' }), {}, 'not_resumable'],
    ['an agent that cannot resume', () => earlier(), { canResume: async () => false }, 'not_resumable'],
    ['another directory', () => earlier({ workspace: { kind: 'none', path: tmpdir() } }), {}, 'not_resumable'],
    ['a directory that is gone', () => earlier({ workspace: { kind: 'none', path: '/no/such/place' } }), {}, 'not_resumable'],
    ['a task that never had a directory', () => earlier({ workspace: { kind: 'none', path: null } }), {}, 'not_resumable'],
  ])('fails for %s, with a code that says so', async (_, result, over, code) => {
    expect(await conversation(result(), over)).toMatchObject({ code, retryable: false })
  })

  test('takes the place and the agent of that conversation where it names none', () => {
    const read = (id: string) => (id === 'first' ? earlier({ agent: 'demo' }) : undefined)
    expect(inConversation(exampleTask({ head: { resume: 'first' } }), read).head).toEqual({ resume: 'first', agent: 'demo', cwd: place })
    const own = { resume: 'first', agent: 'codex', cwd: 'elsewhere' }
    expect(inConversation(exampleTask({ head: own }), read).head).toEqual(own)
    expect(inConversation(exampleTask({ head: { resume: 'other' } }), read).head).toEqual({ resume: 'other' })
    expect(inConversation(exampleTask({ head: {} }), read).head).toEqual({})
  })
})

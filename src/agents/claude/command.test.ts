import { describe, expect, it } from 'vitest'
import { exampleSpec } from '../../../test/helpers/examples.ts'
import type { AttemptSpec } from '../../domain/attempt.ts'
import { claudeCommand } from './command.ts'

const spec = exampleSpec({ prompt: 'Fix the timeout.' })
const LINGERING = 'CronCreate,Monitor,ScheduleWakeup,Workflow'
const args = (over: Partial<AttemptSpec>) => claudeCommand({ ...spec, ...over }).args

describe('claudeCommand', () => {
  it('starts Claude Code without a terminal, with the prompt on standard input', () => {
    expect(claudeCommand(spec)).toEqual({
      file: 'claude',
      args: [
        ...['-p', '--output-format', 'stream-json', '--verbose'],
        ...['--permission-mode', 'acceptEdits', `--disallowedTools=${LINGERING}`],
      ],
      env: { CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1' },
      stdin: 'Fix the timeout.',
    })
  })

  it('passes on what the task asks for', () => {
    const asked = { resumeSession: 's1', model: 'opus', maxTurns: 7, maxBudgetUsd: 0.5, permissionMode: 'plan' }
    expect(args({ ...asked, allowedTools: ['Bash(npm *)', 'WebFetch'], disallowedTools: ['Bash(git push *)'] })).toEqual([
      ...['-p', '--output-format', 'stream-json', '--verbose'],
      ...['--resume', 's1', '--model', 'opus', '--max-turns', '7', '--max-budget-usd', '0.5', '--permission-mode', 'plan'],
      '--allowedTools=Bash(npm *),WebFetch',
      `--disallowedTools=${LINGERING},Bash(git push *)`,
    ])
  })

  it.each([
    [0.8 - 0.6, '0.2'],
    [0.1999999, '0.199999'],
    [0.000001, '0.000001'],
    [12, '12'],
  ])('writes a budget of %f as %s: without noise, and never as more', (maxBudgetUsd, written) => {
    expect(args({ maxBudgetUsd }).join(' ')).toContain(`--max-budget-usd ${written} --`)
  })

  it('gives read-only tasks reading tools and what they allow by name', () => {
    expect(args({ readOnly: true, allowedTools: ['WebFetch', 'Bash(npm test *)'] })).toEqual([
      ...['-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'dontAsk'],
      ...['--tools=Bash,Glob,Grep,Read,Task,WebFetch', '--allowedTools=WebFetch,Bash(npm test *)'],
      `--disallowedTools=${LINGERING},Edit,NotebookEdit,Write`,
    ])
  })

  it('skips permissions only where told to and where the task asks for no mode of its own', () => {
    expect(args({ skipPermissions: true })).toContain('--dangerously-skip-permissions')
    expect(args({ skipPermissions: true, permissionMode: 'plan' })).not.toContain('--dangerously-skip-permissions')
    expect(args({})).not.toContain('--dangerously-skip-permissions')
  })

  it('keeps writing tools from read-only tasks even when permissions are skipped', () => {
    expect(args({ skipPermissions: true, readOnly: true })).toEqual(
      expect.arrayContaining(['--dangerously-skip-permissions', `--disallowedTools=${LINGERING},Edit,NotebookEdit,Write`]),
    )
  })

  it('lets no value become an option', () => {
    const evil = '--dangerously-skip-permissions'
    const all = args({ model: evil, permissionMode: evil, resumeSession: evil, allowedTools: [evil], disallowedTools: [evil] })
    expect(all).not.toContain(evil)
    for (const name of ['model', 'permission-mode', 'resume']) expect(all).toContain(`--${name}=${evil}`)
    expect(all.filter((arg) => !arg.startsWith('-'))).toEqual(['stream-json'])
  })

  it('keeps hooks, servers and file mentions of strangers out', () => {
    expect(args({ trustRepository: false })).toEqual(expect.arrayContaining(['--setting-sources=user', '--strict-mcp-config']))
    expect(claudeCommand({ ...spec, trustPrompt: false }).env).toEqual({
      CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
      CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1',
    })
  })

  it('hands a prompt that begins with a slash over as text, and all others as they are', () => {
    expect(claudeCommand({ ...spec, prompt: '/compact' }).stdin).toBe('\n/compact')
    expect(claudeCommand({ ...spec, prompt: '- fix it' }).stdin).toBe('- fix it')
  })
})

import { describe, expect, it } from 'vitest'
import type { Probe } from '../contract.ts'
import { detectClaude, noteClaudeVersion } from './detect.ts'

const answering =
  (answers: Readonly<Record<string, Awaited<ReturnType<Probe>>>>): Probe =>
  async (file, args) =>
    answers[[file, ...args].join(' ')]

describe('detectClaude', () => {
  it('tells the version', async () => {
    const probe = answering({
      'claude --version': { code: 0, stdout: '2.1.329 (Claude Code)\n' },
      'claude auth status': { code: 0, stdout: '{\n  "loggedIn": true,\n  "authMethod": "api_key"\n}\n' },
    })
    expect(await detectClaude(probe)).toEqual({ found: true, version: '2.1.329' })
  })

  it('says that nobody is logged in', async () => {
    const probe = answering({
      'claude --version': { code: 0, stdout: '2.1.329 (Claude Code)\n' },
      'claude auth status': { code: 1, stdout: '{\n  "loggedIn": false,\n  "authMethod": "none"\n}\n' },
    })
    expect(await detectClaude(probe)).toEqual({ found: true, version: '2.1.329', note: expect.stringContaining('not logged in') })
  })

  it('leaves the login open for versions that cannot tell', async () => {
    const probe = answering({
      'claude --version': { code: 0, stdout: '1.0.3 (Claude Code)\n' },
      'claude auth status': { code: 1, stdout: 'error: unknown command' },
    })
    expect(await detectClaude(probe)).toEqual({ found: true, version: '1.0.3' })
  })

  it('names the program that the configuration gives in place of its own, and says where to mend that', async () => {
    expect(await detectClaude(answering({ '/opt/claude --version': { code: 0, stdout: '2.1.329' } }), '/opt/claude')).toMatchObject({
      found: true,
    })
    const fix = expect.stringMatching(/^Mend agents\.claude\.command in config\/orchestrator\.yaml/)
    expect(await detectClaude(answering({}), '/nope/claude')).toEqual({
      found: false,
      problem: 'The program "/nope/claude" cannot be started.',
      fix,
    })
    expect(await detectClaude(answering({ '/bin/cat --version': { code: 1, stdout: '' } }), '/bin/cat')).toEqual({
      found: false,
      problem: '"/bin/cat --version" ended with status 1 and names no version.',
      fix,
    })
  })

  it('says how to get what is missing', async () => {
    expect(await detectClaude(answering({}))).toEqual({
      found: false,
      problem: 'The program "claude" cannot be started.',
      fix: expect.stringContaining('npm install -g @anthropic-ai/claude-code'),
    })
    expect(await detectClaude(answering({ 'claude --version': { code: 1, stdout: '' } }))).toMatchObject({ found: false })
  })
})

describe('noteClaudeVersion', () => {
  it.each(['2.1.300', '2.1.329', '2.2.0', '3.0.0', '10.0.0-beta.1'])('has nothing to say of %s', (version) => {
    expect(noteClaudeVersion(version)).toBeUndefined()
  })

  it.each(['2.1.197', '2.1.205', '2.1.299'])('says of %s that mentions cannot be switched off there', (version) => {
    expect(noteClaudeVersion(version)).toMatchObject({ supported: true, words: expect.stringMatching(/from 2\.1\.197.*2\.1\.300/) })
  })

  it.each(['2.1.196', '2.0.999', '1.0.3', '0.2.9'])('says of %s that it is not supported', (version) => {
    expect(noteClaudeVersion(version)).toMatchObject({
      supported: false,
      words: expect.stringContaining('2.1.197, the oldest that is supported'),
      fix: expect.stringContaining('npm install -g'),
    })
  })
})

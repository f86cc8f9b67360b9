import { expect, test } from 'vitest'
import { exampleSpec } from '../../test/helpers/examples.ts'
import { askInstructions, promptWithInstructions } from './asking.ts'
import { claudeCommand } from './claude/command.ts'

const SPEC = exampleSpec({ allowedTools: ['Bash(npm *)'] })

test('an agent that may ask is told how, at the end of its prompt', () => {
  expect(promptWithInstructions(SPEC)).toBe('Do it.')
  expect(promptWithInstructions({ ...SPEC, mayAsk: true })).toMatch(
    /^Do it\.\n\nYou work unattended, [\s\S]*orchestrator ask "[^\n]*orchestrator respond "[^\n]*$/,
  )
  expect(askInstructions({ ...SPEC, mayAsk: true, disallowedTools: ['Bash'] }), 'it has no shell').toBeUndefined()
})

test.each([true, false])('Claude Code is told in its system prompt, and may run the two commands; read-only: %s', (readOnly) => {
  const { args, stdin } = claudeCommand({ ...SPEC, readOnly, mayAsk: true })
  expect(stdin).toBe('Do it.')
  expect(args).toContain('--allowedTools=Bash(npm *),Bash(orchestrator ask:*),Bash(orchestrator respond:*)')
  expect(args).toContain(`--append-system-prompt=${askInstructions({ ...SPEC, mayAsk: true })}`)
  expect(claudeCommand({ ...SPEC, readOnly }).args.join(' ')).not.toContain('orchestrator')
})

import type { AgentCommand, AttemptSpec } from '../../domain/attempt.ts'
import { packageFile } from '../../lib/package-file.ts'
import { promptWithInstructions } from '../asking.ts'
import { ClaudeReader } from '../claude/reader.ts'
import type { Agent } from '../contract.ts'

/** Plain JavaScript, so that it needs no build. */
const PROGRAM = packageFile('bin/demo-agent.mjs')

/** The bundled agent: a real program with a script instead of a model. It speaks the stream format of Claude Code and costs nothing. */
export const demo: Agent = {
  name: 'demo',
  demo: true,
  can: { resume: false, turnCap: true, budgetCap: true, readOnly: true },
  inherits: [],
  detect: async () => ({ found: true, version: 'bundled', note: 'follows a script, asks no model' }),
  command: demoCommand,
  reader: () => new ClaudeReader(),
}

function demoCommand(spec: AttemptSpec): AgentCommand {
  return {
    file: process.execPath,
    args: [PROGRAM, ...(spec.maxTurns > 0 ? [`--max-turns=${spec.maxTurns}`] : []), ...(spec.readOnly ? ['--read-only'] : [])],
    env: {},
    stdin: promptWithInstructions(spec),
  }
}

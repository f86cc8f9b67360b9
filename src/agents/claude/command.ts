import type { AgentCommand, AttemptSpec, ExposedPaths } from '../../domain/attempt.ts'
import { floorUsd } from '../../domain/usd.ts'
import { askInstructions } from '../asking.ts'
import { pathInRule } from './path-rule.ts'

/**
 * Built-in tools of read-only tasks. Bash is among them since the CLI itself tells commands that only read (`ls`, `git log`)
 * from all others.
 */
const READING_TOOLS = ['Bash', 'Glob', 'Grep', 'Read', 'Task']
const WRITING_TOOLS = ['Edit', 'NotebookEdit', 'Write']

/** Rules for the commands by which an agent asks; edits alone would not allow them. */
const ASKING = ['Bash(orchestrator ask:*)', 'Bash(orchestrator respond:*)']

/** Tools that work on after the result although background tasks are off, so that the process lingers and starts further turns. */
const LINGERING_TOOLS = ['CronCreate', 'Monitor', 'ScheduleWakeup', 'Workflow']

/** The call of Claude Code for one attempt. Free text and lists are joined to their option by `=`: the options of lists take all values that follow. */
export function claudeCommand(spec: AttemptSpec): AgentCommand {
  const instructions = askInstructions(spec)
  return {
    file: 'claude',
    args: [
      ...['-p', ...option('--output-format', 'stream-json'), '--verbose'],
      ...(spec.resumeSession === undefined ? [] : option('--resume', spec.resumeSession)),
      ...(spec.model === undefined ? [] : option('--model', spec.model)),
      ...(spec.maxTurns > 0 ? option('--max-turns', String(spec.maxTurns)) : []),
      ...(spec.maxBudgetUsd === undefined ? [] : option('--max-budget-usd', String(floorUsd(spec.maxBudgetUsd)))),
      ...permission(spec),
      ...toolRules(instructions === undefined ? spec : { ...spec, allowedTools: [...spec.allowedTools, ...ASKING] }),
      ...(instructions === undefined ? [] : [`--append-system-prompt=${instructions}`]),
      ...(spec.trustRepository ? [] : ['--setting-sources=user', '--strict-mcp-config']),
    ],
    env: {
      // One process, one result: whatever the model starts has ended when it answers.
      CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
      // Without this the CLI reads any file that an `@path` in the text names, unasked and outside the working directory too.
      ...(!spec.trustPrompt && { CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1' }),
    },
    stdin: asText(spec.prompt),
  }
}

/** What the task asks for, else skip-everything where that is on; `dontAsk` denies what is not known to only read. */
function permission({ permissionMode, skipPermissions, readOnly }: AttemptSpec): string[] {
  if (permissionMode === undefined && skipPermissions) return ['--dangerously-skip-permissions']
  return option('--permission-mode', permissionMode ?? (readOnly ? 'dontAsk' : 'acceptEdits'))
}

/** An option with its value as an argument of its own, except where the value could be taken for an option. */
function option(name: string, value: string): string[] {
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value]
}

/**
 * Read-only tasks get reading tools and what they allow by name; a list of what there is also holds against tools of versions
 * to come. Writing tools are denied on top, which holds in subagents, against allow rules and when permissions are skipped.
 */
function toolRules({ readOnly, allowedTools, disallowedTools, exposed }: AttemptSpec): string[] {
  const denied = [...LINGERING_TOOLS, ...(readOnly ? WRITING_TOOLS : []), ...disallowedTools, ...(exposed ? denials(exposed) : [])]
  return [
    ...(readOnly ? [`--tools=${[...new Set([...READING_TOOLS, ...allowedTools.map(toolOfRule)])].join(',')}`] : []),
    ...(allowedTools.length > 0 ? [`--allowedTools=${allowedTools.join(',')}`] : []),
    `--disallowedTools=${denied.join(',')}`,
  ]
}

/** A rule for Edit holds for every tool that changes files, one for Read for every tool that reads them; neither holds in a shell. */
function denials({ governing, secret }: ExposedPaths): string[] {
  const rules = (tool: string, paths: readonly string[]) =>
    paths.flatMap((path) => [`${tool}(${pathInRule(path)})`, `${tool}(${pathInRule(path)}/**)`])
  return [...rules('Edit', [...governing, ...secret]), ...rules('Read', secret)]
}

/** `Bash(npm *)` is a rule of the tool Bash. */
function toolOfRule(rule: string): string {
  return rule.split('(', 1)[0]?.trim() ?? ''
}

/** A prompt that begins with a slash would be taken as a command of the CLI; behind a line break it is text. */
function asText(prompt: string): string {
  return prompt.startsWith('/') ? `\n${prompt}` : prompt
}

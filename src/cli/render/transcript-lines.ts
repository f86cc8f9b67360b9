import { type JsonObject, number, object, objects, parseObject, string } from '../../agents/claude/json.ts'
import { toolDetail } from '../../agents/claude/tool-detail.ts'
import { formatEffort } from '../../control/words/effort.ts'
import { formatDuration } from '../../lib/duration.ts'
import { formatBytes } from './bytes.ts'
import type { Style } from './style.ts'
import { oneLine, printableLines } from './text.ts'

/** How many lines of a tool's answer are shown. */
const RESULT_LINES = 4

/**
 * One line of a transcript in the stream format of Claude Code as lines for a person: what the agent says, what it does, and how that
 * went. Lines that say nothing to a person, or nothing that is known here, give none.
 */
export function transcriptLines(line: string, style: Style): readonly string[] {
  const json = parseObject(line)
  if (!json) return []
  const lines = linesOf(json, style)
  return typeof json.parent_tool_use_id === 'string' ? lines.map((one) => `  ${style.dim('│')} ${one}`) : lines
}

function linesOf(json: JsonObject, style: Style): readonly string[] {
  switch (json.type) {
    case 'system':
      return systemLines(json, style)
    case 'assistant':
      return objects(object(json.message).content).flatMap((block) => saidLines(block, style))
    case 'user':
      return objects(object(json.message).content).flatMap((block) => answerLines(block, style))
    case 'result':
      return resultLines(json, style)
    case 'orchestrator':
      return [style.dim(`… ${number(json.omitted_lines) ?? 0} lines (${formatBytes(number(json.omitted_bytes) ?? 0)}) were left out here`)]
    default:
      return []
  }
}

function systemLines(json: JsonObject, style: Style): readonly string[] {
  switch (json.subtype) {
    case 'init':
      return [
        style.dim(oneLine(`── ${string(json.model) ?? 'agent'} in ${string(json.cwd) ?? '?'} · session ${string(json.session_id) ?? '?'}`)),
      ]
    case 'api_retry': {
      const reason = `${string(json.error) ?? 'unknown'}${number(json.error_status) === undefined ? '' : ` (${number(json.error_status)})`}`
      return [`${style.yellow('↻')} ${oneLine(`the API failed: ${reason}; again in ${formatDuration(number(json.retry_delay_ms) ?? 0)}`)}`]
    }
    case 'permission_denied':
      return [`${style.yellow('⚠')} ${oneLine(`denied: ${string(json.tool_name) ?? '?'} ${string(json.message) ?? ''}`)}`]
    default:
      return []
  }
}

function saidLines(block: JsonObject, style: Style): readonly string[] {
  if (block.type === 'text') {
    const text = (string(block.text) ?? '').trim()
    return text === '' ? [] : printableLines(text)
  }
  if (block.type !== 'tool_use') return []
  return [`${style.cyan('▶')} ${style.bold(oneLine(string(block.name) ?? '?'))} ${toolDetail(object(block.input))}`.trimEnd()]
}

function answerLines(block: JsonObject, style: Style): readonly string[] {
  if (block.type !== 'tool_result') return []
  const lines = printableLines(textOf(block.content).trim()).filter((line) => line !== '')
  const paint = block.is_error === true ? style.red : style.dim
  const more = lines.length - RESULT_LINES
  const shown = more > 1 ? [...lines.slice(0, RESULT_LINES), `… ${more} more lines`] : lines
  return shown.map((line, index) => `  ${paint(`${index === 0 ? '⎿ ' : '  '}${line}`)}`)
}

function resultLines(json: JsonObject, style: Style): readonly string[] {
  const failed = json.is_error === true || json.subtype !== 'success'
  const effort = formatEffort({
    durationMs: number(json.duration_ms) ?? null,
    turns: number(json.num_turns) ?? null,
    costUsd: number(json.total_cost_usd) ?? null,
  })
  const said = failed ? [string(json.subtype), string(json.result)].filter((text) => text !== undefined && text !== 'success') : ['success']
  return [`${failed ? style.red('✖') : style.green('✔')} ${oneLine([...said, effort].filter(Boolean).join(' · '))}`]
}

/** The answer of a tool is a text, or a list of blocks of which some are texts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return objects(content)
    .map((block) => string(block.text) ?? `[${string(block.type) ?? '?'}]`)
    .join('\n')
}

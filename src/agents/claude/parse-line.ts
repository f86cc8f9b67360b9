import { count, type JsonObject, number, object, objects, parseObject, sessionName, string, word } from './json.ts'
import type { Block, ResultLine, StreamLine, UsageLimit } from './lines.ts'

/** How many of the names that a line lists are kept, and how many of the calls that were denied. */
const MOST_NAMED = 50
const MOST_DENIALS = 500

/**
 * Reads one line of `claude -p --output-format stream-json --verbose`; undefined for lines that mean nothing here, are of an
 * unknown type or no JSON. Field by field and without trust: about seventy kinds of line exist, and the order of keys varies.
 * Source: observed with versions 2.1.197 and 2.1.329.
 */
export function parseLine(line: string): StreamLine | undefined {
  const json = parseObject(line)
  switch (json?.type) {
    case 'system':
      return systemLine(json)
    case 'assistant':
      return assistantLine(json)
    case 'user':
      return { type: 'tool_results', results: toolResults(json) }
    case 'rate_limit_event':
      return { type: 'limit', limit: usageLimit(json.rate_limit_info) }
    case 'result':
      return { type: 'result', result: resultLine(json) }
    default:
      return undefined
  }
}

function systemLine(json: JsonObject): StreamLine | undefined {
  switch (json.subtype) {
    case 'init':
      return {
        type: 'init',
        sessionId: sessionName(json.session_id),
        model: word(json.model),
        deadServers: objects(json.mcp_servers)
          .filter((server) => server.status === 'failed')
          .slice(0, MOST_NAMED)
          .map((server) => word(server.name) ?? '?'),
      }
    case 'permission_denied':
      return {
        type: 'denied',
        id: string(json.tool_use_id) ?? '',
        tool: word(json.tool_name) ?? '?',
        reason: string(json.message) ?? string(json.decision_reason) ?? '',
      }
    case 'api_retry': {
      const status = number(json.error_status)
      const error = word(json.error) ?? 'unknown'
      return {
        type: 'api_retry',
        attempt: count(json.attempt) ?? 1,
        delayMs: delay(json.retry_delay_ms),
        reason: status === undefined ? error : `${error} (${status})`,
      }
    }
    case 'model_fallback':
      return { type: 'fallback', notice: word(json.content) ?? 'The model was replaced by its fallback.' }
    case 'background_tasks_changed':
      return {
        type: 'background',
        tasks: objects(json.tasks)
          .slice(0, MOST_NAMED)
          .map((task) => word(task.description) ?? word(task.task_id) ?? '?'),
      }
    default:
      return undefined
  }
}

function assistantLine(json: JsonObject): StreamLine {
  const message = object(json.message)
  const blocks = objects(message.content).flatMap(block)
  const kind = word(json.error)
  if (kind !== undefined || message.model === '<synthetic>') {
    const limit = object(json.api_error_params).rate_limit_info
    return {
      type: 'synthetic',
      text: blocks.flatMap((part) => (part.kind === 'text' ? part.text : [])).join('\n'),
      error: kind === undefined ? undefined : { kind, detail: word(json.api_error) },
      limit: limit === undefined ? undefined : usageLimit(limit),
    }
  }
  return { type: 'message', id: string(message.id), subagent: typeof json.parent_tool_use_id === 'string', blocks }
}

function block(json: JsonObject): Block[] {
  if (json.type === 'text') return [{ kind: 'text', text: string(json.text) ?? '' }]
  if (json.type !== 'tool_use') return []
  return [{ kind: 'call', id: string(json.id) ?? '', tool: word(json.name) ?? '?', input: object(json.input) }]
}

function toolResults(json: JsonObject): { id: string; ok: boolean }[] {
  return objects(object(json.message).content)
    .filter((part) => part.type === 'tool_result')
    .map((part) => ({ id: string(part.tool_use_id) ?? '', ok: part.is_error !== true }))
}

/** Milliseconds until the CLI tries again; what is longer than a day is no wait of one process. */
function delay(value: unknown): number {
  const ms = number(value)
  return ms !== undefined && ms >= 0 && ms <= 86_400_000 ? ms : 0
}

/** Seconds since the epoch, as far as calendars go. */
function epochSeconds(value: unknown): number | undefined {
  const seconds = number(value)
  return seconds !== undefined && seconds >= 0 && seconds <= 1e11 ? seconds : undefined
}

/** A share of a limit, 1 for all of it; limits can be overdrawn, but not a hundredfold. */
function share(value: unknown): number | undefined {
  const part = number(value)
  return part !== undefined && part >= 0 && part <= 100 ? part : undefined
}

function usageLimit(info: unknown): UsageLimit {
  const { status, rateLimitType, resetsAt, utilization } = object(info)
  return { status: word(status), window: word(rateLimitType), resetsAt: epochSeconds(resetsAt), utilization: share(utilization) }
}

function resultLine(json: JsonObject): ResultLine {
  return {
    subtype: word(json.subtype) ?? '',
    isError: json.is_error === true,
    turns: count(json.num_turns),
    text: string(json.result),
    errors: Array.isArray(json.errors) ? json.errors.slice(0, MOST_NAMED).flatMap((error) => string(error) ?? []) : [],
    terminalReason: word(json.terminal_reason),
    stopReason: word(json.stop_reason),
    apiStatus: number(json.api_error_status),
    denials: objects(json.permission_denials)
      .slice(0, MOST_DENIALS)
      .map((denial) => ({
        id: string(denial.tool_use_id) ?? '',
        tool: word(denial.tool_name) ?? '?',
        input: object(denial.tool_input),
      })),
    raw: { ...json, result: undefined },
  }
}

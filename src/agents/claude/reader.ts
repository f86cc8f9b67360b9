import type { AgentEvent, AttemptOutcome, AttemptReport } from '../../domain/attempt.ts'
import type { ProcessExit } from '../../lib/running.ts'
import type { StreamReader } from '../contract.ts'
import { limitWords } from './failures.ts'
import type { JsonObject } from './json.ts'
import type { ApiError, Block, ResultLine, StreamLine, UsageLimit } from './lines.ts'
import { parseLine } from './parse-line.ts'
import { ToolCalls } from './tool-calls.ts'
import { oneLine } from './tool-detail.ts'
import { Turns } from './turns.ts'
import { usageOf } from './usage.ts'
import { verdict } from './verdict.ts'

type Of<Type extends StreamLine['type']> = Extract<StreamLine, { type: Type }>

/** A process prints one or a few. */
const MOST_RESULTS = 100

/** What is told of one kind of thing at most: a stream can say it without end. */
const MOST_NOTICES = 20

/** Reads the stream of one `claude -p` process to its end; the last result counts. */
export class ClaudeReader implements StreamReader {
  #spoke = false
  #sessionId: string | undefined
  #model: string | undefined
  readonly #turns = new Turns()
  readonly #calls = new ToolCalls()
  #lastText = ''
  #cliText = ''
  /** The API error since the last result. */
  #api: ApiError | undefined
  #limit: UsageLimit | undefined
  #lastResult: ResultLine | undefined
  /** Of the results, the newest of them. */
  readonly #spending: JsonObject[] = []
  readonly #notices = new Set<string>()
  #background: readonly string[] = []

  line(text: string): readonly AgentEvent[] {
    const line = parseLine(text)
    if (!line) return []
    this.#spoke = true
    switch (line.type) {
      case 'init':
        return this.#init(line)
      case 'message':
        return this.#message(line)
      case 'tool_results':
        for (const { id, ok } of line.results) this.#calls.finished(id, ok)
        return line.results.map(() => ({ kind: 'tool_done' }))
      case 'denied':
        this.#calls.denied(line.id)
        return [{ kind: 'denied', tool: line.tool, reason: oneLine(line.reason, 200) }]
      case 'api_retry':
        return [{ kind: 'api_retry', attempt: line.attempt, delayMs: line.delayMs, reason: line.reason }]
      case 'result':
        return this.#result(line.result)
      default:
        this.#remark(line)
        return []
    }
  }

  end(exit: ProcessExit): AttemptOutcome {
    const report = this.#report()
    const failure = verdict(
      {
        spoke: this.#spoke,
        result: this.#lastResult,
        api: this.#api,
        limit: this.#limit,
        cliText: this.#cliText,
        calls: this.#calls.count,
        unmet: this.#calls.unmet(),
      },
      exit,
    )
    return failure ? { ok: false, failure, report } : { ok: true, report }
  }

  #init({ sessionId, model, deadServers }: Of<'init'>): AgentEvent[] {
    for (const server of deadServers) this.#notice(`The MCP server "${oneLine(server, 100)}" could not be started.`)
    this.#sessionId = sessionId ?? this.#sessionId
    this.#model = model ?? this.#model
    if (sessionId === undefined) return []
    return [{ kind: 'session', sessionId, ...(model !== undefined && { model }) }]
  }

  #message({ id, subagent, blocks }: Of<'message'>): AgentEvent[] {
    this.#api = undefined
    const turns = subagent ? undefined : this.#turns.message(id)
    const events = blocks.flatMap((block) => this.#block(block, subagent))
    return turns === undefined ? events : [{ kind: 'turn', turns }, ...events]
  }

  #block(block: Block, subagent: boolean): AgentEvent[] {
    if (block.kind === 'call') {
      const { tool, detail } = this.#calls.made(block)
      return [{ kind: 'tool', name: tool, detail }]
    }
    if (subagent || block.text.trim() === '') return []
    this.#lastText = block.text
    return [{ kind: 'text', text: block.text }]
  }

  #result(result: ResultLine): AgentEvent[] {
    this.#lastResult = result
    this.#spending.push(spendingIn(result.raw))
    if (this.#spending.length > MOST_RESULTS) this.#spending.shift()
    this.#turns.result(result.turns)
    for (const denial of result.denials) this.#calls.listed(denial)
    const usage = usageOf(this.#spending)
    return [...(usage?.costUsd === undefined ? [] : [{ kind: 'cost' as const, costUsd: usage.costUsd }]), { kind: 'result' }]
  }

  #remark(line: Of<'synthetic'> | Of<'limit'> | Of<'fallback'> | Of<'background'>): void {
    switch (line.type) {
      case 'synthetic':
        this.#cliText = line.text
        this.#api = line.error
        this.#limit = line.limit ?? this.#limit
        break
      case 'limit':
        this.#limit = line.limit
        break
      case 'fallback':
        this.#notice(oneLine(line.notice, 500))
        break
      case 'background':
        this.#background = line.tasks.slice(0, MOST_NOTICES).map((task) => oneLine(task, 200))
        break
    }
  }

  #notice(text: string): void {
    if (this.#notices.size < MOST_NOTICES) this.#notices.add(text)
  }

  #report(): AttemptReport {
    const result = this.#lastResult
    return {
      output: result && !result.isError && result.text !== undefined ? result.text : this.#lastText,
      ...(this.#sessionId !== undefined && { sessionId: this.#sessionId }),
      ...(this.#model !== undefined && { model: this.#model }),
      ...(this.#spoke && this.#turns.report(result?.isError ?? false)),
      ...usageOf(this.#spending),
      ...(this.#spoke && { deeds: this.#calls.deeds }),
      denials: this.#calls.denials(),
      warnings: this.#warnings(),
      ...(this.#limit?.status === 'rejected' && this.#limit.resetsAt !== undefined && { limitResetsAt: this.#limit.resetsAt * 1000 }),
    }
  }

  #warnings(): readonly string[] {
    const warnings = [...this.#notices]
    if (this.#limit?.status === 'allowed_warning') {
      const share = this.#limit.utilization === undefined ? 'Most' : `${Math.round(this.#limit.utilization * 100)} %`
      warnings.push(`${share} of the usage limit is used up (${limitWords(this.#limit)}).`)
    }
    if (this.#background.length > 0) warnings.push(`Left running in the background: ${this.#background.join(', ')}.`)
    return warnings
  }
}

/** Without the final text, which may be long. */
function spendingIn({ usage, modelUsage, total_cost_usd, ...raw }: JsonObject): JsonObject {
  const added = 'model_usage_since_last_result' in raw ? { model_usage_since_last_result: raw.model_usage_since_last_result } : {}
  return { usage, modelUsage, total_cost_usd, ...added }
}

import type { Tokens } from '../../domain/run.ts'
import { roundUsd } from '../../domain/usd.ts'
import { count, type JsonObject, number, object, objects } from './json.ts'

/** What model calls cost: US dollars, and tokens over all models, subagents included. */
export interface Usage {
  readonly costUsd: number
  readonly tokens: Tokens
}

/**
 * What one process spent, from all its result lines. Current versions say per result what came on top
 * (`model_usage_since_last_result`), whereas `total_cost_usd` and `modelUsage` count from the begin of the conversation, earlier
 * processes included; older versions have only these, and there they count from the start of the process. A map without models tells
 * nothing; then `usage` does, which is that of one result without subagents.
 */
export function usageOf(results: readonly JsonObject[]): Usage | undefined {
  if (results.length === 0) return undefined
  const spending = results.filter((result) => !addsNothing(result))
  const added = spending.flatMap((result) => models(result.model_usage_since_last_result))
  const all = spending.map((result) => models(result.modelUsage)).findLast((known) => known.length > 0) ?? []
  const byModel = added.length > 0 ? added : all
  return {
    costUsd: roundUsd(costOf(added) ?? totalOf(spending) ?? costOf(all) ?? 0),
    tokens: sum(byModel.length > 0 ? byModel.map(tokensOfModel) : spending.map(tokensOfTurn)),
  }
}

/** A conversation that was resumed and at once refused by the API has totals, none of which it has spent now. */
function addsNothing(result: JsonObject): boolean {
  const { input, output, cache_read, cache_creation } = tokensOfTurn(result)
  const saysSo = 'model_usage_since_last_result' in result && count(object(result.usage).output_tokens) !== undefined
  return saysSo && models(result.model_usage_since_last_result).length === 0 && input + output + cache_read + cache_creation === 0
}

function models(byModel: unknown): readonly JsonObject[] {
  return objects(Object.values(object(byModel)))
}

/** Undefined where no model has a price. */
function costOf(models: readonly JsonObject[]): number | undefined {
  const costs = models.flatMap((model) => number(model.costUSD) ?? [])
  return costs.length === 0 ? undefined : costs.reduce((total, usd) => total + usd, 0)
}

/** A total grows from one result to the next. */
function totalOf(results: readonly JsonObject[]): number | undefined {
  const totals = results.flatMap((result) => number(result.total_cost_usd) ?? [])
  return totals.length === 0 ? undefined : Math.max(0, ...totals)
}

function tokensOfModel({ inputTokens, outputTokens, cacheReadInputTokens, cacheCreationInputTokens }: JsonObject): Tokens {
  return tokens(inputTokens, outputTokens, cacheReadInputTokens, cacheCreationInputTokens)
}

function tokensOfTurn(result: JsonObject): Tokens {
  const usage = object(result.usage)
  return tokens(usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens)
}

function tokens(input: unknown, output: unknown, read: unknown, creation: unknown): Tokens {
  return { input: count(input) ?? 0, output: count(output) ?? 0, cache_read: count(read) ?? 0, cache_creation: count(creation) ?? 0 }
}

function sum(parts: readonly Tokens[]): Tokens {
  return parts.reduce(
    (total, part) => ({
      input: total.input + part.input,
      output: total.output + part.output,
      cache_read: total.cache_read + part.cache_read,
      cache_creation: total.cache_creation + part.cache_creation,
    }),
    { input: 0, output: 0, cache_read: 0, cache_creation: 0 },
  )
}

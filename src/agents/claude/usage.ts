import type { Tokens } from '../../domain/run.ts'
import { roundUsd } from '../../domain/usd.ts'
import { amount, count, type JsonObject, object, objects } from './json.ts'

/** What model calls cost: US dollars, and tokens over all models, subagents included; left out where it was not told, or makes no sense. */
export interface Usage {
  readonly costUsd?: number
  readonly tokens?: Tokens
}

/**
 * What one process spent, from all its result lines. Current versions say per result what came on top
 * (`model_usage_since_last_result`), whereas `total_cost_usd` and `modelUsage` count from the begin of the conversation, earlier
 * processes included; older versions have only these, and there they count from the start of the process. A map without models tells
 * nothing; then `usage` does, which is that of one result without subagents.
 */
export function usageOf(results: readonly JsonObject[]): Usage | undefined {
  if (results.length === 0) return undefined
  const costUsd = costIn(results)
  const tokens = tokensIn(results)
  return { ...(costUsd !== undefined && { costUsd }), ...(tokens && { tokens }) }
}

function costIn(results: readonly JsonObject[]): number | undefined {
  const { spending, added, all } = partsOf(results)
  const told = [...spending.map(({ total_cost_usd }) => total_cost_usd), ...[...added, ...all].map(({ costUSD }) => costUSD)]
  if (told.some((usd) => isTold(usd) && amount(usd) === undefined)) return undefined
  const usd = spending.length === 0 ? 0 : (costOf(added) ?? totalOf(spending) ?? costOf(all))
  return usd === undefined ? undefined : roundUsd(usd)
}

function tokensIn(results: readonly JsonObject[]): Tokens | undefined {
  const { spending, added, all } = partsOf(results)
  const byModel = added.length > 0 ? added : all
  const told = byModel.length > 0 ? byModel.map(countsOfModel) : spending.map(countsOfTurn)
  if (spending.length > 0 && !told.flat().some(isTold)) return undefined
  if (told.flat().some((number) => isTold(number) && count(number) === undefined)) return undefined
  return sum(told.map(tokensOf))
}

function isTold(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** The results that add something, what each model added by them, and what the last of them tells of all. */
function partsOf(results: readonly JsonObject[]) {
  const spending = results.filter((result) => !addsNothing(result))
  const added = spending.flatMap((result) => models(result.model_usage_since_last_result))
  const all = spending.map((result) => models(result.modelUsage)).findLast((known) => known.length > 0) ?? []
  return { spending, added, all }
}

/** A conversation that was resumed and at once refused by the API has totals, none of which it has spent now. */
function addsNothing(result: JsonObject): boolean {
  const counts = countsOfTurn(result)
  const saysSo = 'model_usage_since_last_result' in result && count(object(result.usage).output_tokens) !== undefined
  return saysSo && models(result.model_usage_since_last_result).length === 0 && counts.every((number) => !isTold(number) || number === 0)
}

function models(byModel: unknown): readonly JsonObject[] {
  return objects(Object.values(object(byModel)))
}

/** Undefined where no model has a price. */
function costOf(models: readonly JsonObject[]): number | undefined {
  const costs = models.flatMap((model) => amount(model.costUSD) ?? [])
  return costs.length === 0 ? undefined : costs.reduce((total, usd) => total + usd, 0)
}

/** A total grows from one result to the next. */
function totalOf(results: readonly JsonObject[]): number | undefined {
  const totals = results.flatMap((result) => amount(result.total_cost_usd) ?? [])
  return totals.length === 0 ? undefined : Math.max(0, ...totals)
}

/** Input, output, read from the cache, and written to it. */
type Counts = readonly [input: unknown, output: unknown, read: unknown, creation: unknown]

function countsOfModel({ inputTokens, outputTokens, cacheReadInputTokens, cacheCreationInputTokens }: JsonObject): Counts {
  return [inputTokens, outputTokens, cacheReadInputTokens, cacheCreationInputTokens]
}

function countsOfTurn(result: JsonObject): Counts {
  const usage = object(result.usage)
  return [usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens]
}

function tokensOf([input, output, read, creation]: Counts): Tokens {
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

import type { Tokens } from '../../domain/run.ts'
import { type JsonObject, number, object, objects } from './json.ts'

/** What model calls cost: US dollars, and tokens over all models, subagents included. */
export interface Usage {
  readonly costUsd: number
  readonly tokens: Tokens
}

const NOTHING: Usage = { costUsd: 0, tokens: { input: 0, output: 0, cache_read: 0, cache_creation: 0 } }

/**
 * What one process spent, from all its result lines. Current versions say per result what came on top
 * (`model_usage_since_last_result`), whereas `total_cost_usd` counts from the begin of the conversation, earlier processes
 * included; older versions have only the latter, and there it counts from the start of the process.
 */
export function usageOf(results: readonly JsonObject[]): Usage | undefined {
  const last = results.at(-1)
  if (last === undefined) return undefined
  if (!results.some((result) => 'model_usage_since_last_result' in result)) {
    return { ...sum(models(last.modelUsage)), costUsd: roundUsd(number(last.total_cost_usd) ?? 0) }
  }
  return sum(results.flatMap((result) => models(result.model_usage_since_last_result)))
}

function models(byModel: unknown): readonly JsonObject[] {
  return objects(Object.values(object(byModel)))
}

function sum(models: readonly JsonObject[]): Usage {
  const total = models.reduce<Usage>(
    ({ costUsd, tokens }, model) => ({
      costUsd: costUsd + (number(model.costUSD) ?? 0),
      tokens: {
        input: tokens.input + (number(model.inputTokens) ?? 0),
        output: tokens.output + (number(model.outputTokens) ?? 0),
        cache_read: tokens.cache_read + (number(model.cacheReadInputTokens) ?? 0),
        cache_creation: tokens.cache_creation + (number(model.cacheCreationInputTokens) ?? 0),
      },
    }),
    NOTHING,
  )
  return { ...total, costUsd: roundUsd(total.costUsd) }
}

/** Sums of prices carry the noise of binary fractions; a ten-thousandth of a cent is as fine as prices are. */
function roundUsd(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}

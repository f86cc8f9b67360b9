import { describe, expect, test } from 'vitest'
import { usageOf } from './usage.ts'

const model = (input: number, output: number, costUSD?: number) => ({
  m: {
    inputTokens: input,
    outputTokens: output,
    cacheReadInputTokens: 0,
    cacheCreationInputTokens: 0,
    ...(costUSD !== undefined && { costUSD }),
  },
})
const turn = (input: number, output: number) => ({ input_tokens: input, output_tokens: output })
const spent = (costUsd: number, input: number, output: number) => ({
  costUsd,
  tokens: { input, output, cache_read: 0, cache_creation: 0 },
})

test('nothing is known without a result', () => {
  expect(usageOf([])).toBeUndefined()
})

describe('what came on top of the result before', () => {
  test('is what was spent, whatever the totals of a conversation that was resumed', () => {
    const result = {
      total_cost_usd: 0.75,
      usage: turn(1, 1),
      modelUsage: model(30, 15, 0.75),
      model_usage_since_last_result: model(10, 5, 0.25),
    }
    expect(usageOf([result])).toEqual(spent(0.25, 10, 5))
    expect(usageOf([result, { ...result, total_cost_usd: 1 }])).toEqual(spent(0.5, 20, 10))
  })

  test('is nothing for a later result that adds no model, although its own turn has tokens that were told before', () => {
    const first = {
      total_cost_usd: 0.5,
      usage: turn(10, 5),
      modelUsage: model(20, 10, 0.5),
      model_usage_since_last_result: model(20, 10, 0.5),
    }
    expect(usageOf([first, { ...first, model_usage_since_last_result: {} }])).toEqual(spent(0.5, 20, 10))
  })

  test('is nothing where a resumed conversation was refused at once', () => {
    const refused = { total_cost_usd: 0.5, usage: turn(0, 0), modelUsage: model(20, 10, 0.5), model_usage_since_last_result: {} }
    expect(usageOf([refused])).toEqual(spent(0, 0, 0))
  })

  test('has the price of the total where it has none', () => {
    expect(usageOf([{ total_cost_usd: 0.5, model_usage_since_last_result: model(10, 5) }])).toEqual(spent(0.5, 10, 5))
  })
})

describe('where nothing is told of what came on top', () => {
  const full = { total_cost_usd: 0.5, modelUsage: model(20, 10, 0.5) }

  test('the totals are what was spent: those of the last result', () => {
    expect(usageOf([full])).toEqual(spent(0.5, 20, 10))
    expect(usageOf([full, { total_cost_usd: 0.75, modelUsage: model(30, 15, 0.75) }])).toEqual(spent(0.75, 30, 15))
    expect(usageOf([{ modelUsage: model(20, 10, 0.5) }])).toEqual(spent(0.5, 20, 10))
  })

  test('a map without models is like none', () => {
    expect(usageOf([{ ...full, model_usage_since_last_result: {} }])).toEqual(spent(0.5, 20, 10))
    expect(usageOf([{ ...full, model_usage_since_last_result: {}, usage: turn(20, 10) }])).toEqual(spent(0.5, 20, 10))
    expect(usageOf([full, { total_cost_usd: 0, modelUsage: {} }])).toEqual(spent(0.5, 20, 10))
  })

  test.each([
    {},
    { modelUsage: {} },
    { modelUsage: {}, model_usage_since_last_result: {} },
    { modelUsage: null, model_usage_since_last_result: [] },
  ])('tokens are those of the turns, and the cost is the total, with %o', (maps) => {
    const result = { ...maps, total_cost_usd: 0.5, usage: turn(10, 5) }
    expect(usageOf([result])).toEqual(spent(0.5, 10, 5))
    expect(usageOf([result, { ...result, total_cost_usd: 0.75 }])).toEqual(spent(0.75, 20, 10))
  })

  test('cached tokens count on their own', () => {
    const usage = { ...turn(1, 2), cache_read_input_tokens: 3, cache_creation_input_tokens: 4 }
    expect(usageOf([{ usage }])?.tokens).toEqual({ input: 1, output: 2, cache_read: 3, cache_creation: 4 })
  })
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e308, -0.5, -1e308, '0.5', {}, true, 1e7])('a cost of %s is unknown, never 0', (usd) => {
  const tokens = { input: 10, output: 5, cache_read: 0, cache_creation: 0 }
  expect(usageOf([{ total_cost_usd: usd, usage: turn(10, 5) }])).toEqual({ tokens })
  expect(usageOf([{ model_usage_since_last_result: { ...model(10, 5, 0.5), n: { costUSD: usd } }, total_cost_usd: 0.5 }])).toEqual({
    tokens,
  })
})

test.each([-1, 1.5, Number.NaN, 1e308, 2 ** 60, 2 ** 53, '7', [], true])('%s tokens are an unknown number, never 0', (tokens) => {
  expect(usageOf([{ total_cost_usd: 0.5, usage: { ...turn(1, 2), cache_read_input_tokens: tokens } }])).toEqual({ costUsd: 0.5 })
  expect(usageOf([{ total_cost_usd: 0.5, modelUsage: { m: { inputTokens: tokens } } }])).toEqual({ costUsd: 0.5 })
})

test('a cost that was not told is unknown', () => {
  expect(usageOf([{ usage: turn(1, 2) }])).toEqual({ tokens: { input: 1, output: 2, cache_read: 0, cache_creation: 0 } })
})

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { resultSchema } from '../../src/domain/result.ts'
import { makeHome } from '../helpers/home.ts'
import { notesIn } from '../helpers/notes.ts'
import { taskFile } from '../helpers/stand-in.ts'

const ABSURD = resolve(import.meta.dirname, '../fixtures/agents/absurd.js')

/** What the agent tells, and what stands in the result of it. */
const TOLD = {
  cost: { cost_usd: null, tokens: { input: 10, output: 5, cache_read: 0, cache_creation: 0 } },
  'cost-infinite': { cost_usd: null },
  'cost-negative': { cost_usd: null },
  'cost-text': { cost_usd: null },
  'cost-of-model': { cost_usd: null },
  turns: { cost_usd: 0.25 },
  'turns-negative': { cost_usd: 0.25 },
  'turns-half': { cost_usd: 0.25 },
  tokens: { tokens: null, cost_usd: 0.25 },
  'tokens-largest': { tokens: null, cost_usd: 0.25 },
  session: { session_id: null },
  model: { model: expect.stringMatching(/^x{199}…$/) },
  output: { output: expect.stringMatching(/^x{1000000}\n… \[1000000 more characters]$/) },
  'output-cut': { output: 'Done.' },
  surrogates: { output: 'a\ufffdb \ufffd \0 \u001b[31m \u202e' },
  proto: { output: 'Done.' },
  deep: { output: 'Done.' },
  'deep-result': { output: 'Done.', tokens: null },
  denials: { status: 'failed', failure: expect.objectContaining({ code: 'permission_denied' }) },
  servers: { output: 'Done.' },
  limit: { output: 'Done.' },
  retry: { output: 'Done.' },
  types: { cost_usd: null, tokens: null },
} as const

test('what an agent tells that makes no sense costs what it is about: one start of the agent, one result that keeps to the schema, and the truth', async () => {
  const files = Object.fromEntries(Object.keys(TOLD).map((name) => [`tasks/${name}.task.md`, taskFile({ retries: 2 }, `tell: ${name}`)]))
  const home = await makeHome({ files, programs: { claude: ABSURD } })
  onTestFinished(() => home[Symbol.asyncDispose]())
  await home.run(['start', '--once'])
  for (const [name, told] of Object.entries(TOLD)) {
    const text = await readFile(join(home.paths.results, `${name}_result.json`), 'utf8')
    const result = resultSchema.parse(JSON.parse(text))
    expect(result, name).toMatchObject({ status: 'completed', ...told })
    expect(result.attempts, name).toHaveLength(1)
    expect(text.length, name).toBeLessThan(1_100_000)
  }
  expect(await notesIn(home, 'calls.ndjson')).toHaveLength(Object.keys(TOLD).length)
  expect(await home.run(['validate-artifacts'])).toMatchObject({ code: 0 })
  expect(await home.run(['list', '--json'])).toMatchObject({ code: 0 })
})

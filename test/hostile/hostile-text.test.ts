import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { largest, mixtures, repetitions } from './inputs.ts'
import { PARSERS, type Reading } from './parsers.ts'

const SRC = join(import.meta.dirname, '../../src')
const MIB = 1024 * 1024
/** Half a minute of CPU, on a machine that does ten other things. */
const PATIENCE_MS = 900_000

/** Rooms in which whatever is exported may be given text of others. */
const ROOMS = ['task-file', 'verify', 'agents/claude', 'local-model']

const CHECKED = 'what it is given was checked and cut before'
const OURS = 'is given no text of others'

/** What is exported there, or beside a parser, and reads none; and why. */
const NO_PARSERS: Readonly<Record<string, string>> = {
  'task-file/problem.ts refuse': OURS,
  'agents/claude/command.ts claudeCommand': CHECKED,
  'agents/claude/detect.ts detectClaude': 'reads at most 64 KiB of a version',
  'agents/claude/detect.ts noteClaudeVersion': 'reads at most 64 KiB of a version',
  'agents/claude/json.ts amount': 'looks at a value, not into a text',
  'agents/claude/path-rule.ts pathInRule': OURS,
  'agents/claude/json.ts object': 'looks at a value, not into a text',
  'agents/claude/json.ts objects': 'looks at a value, not into a text',
  'agents/claude/json.ts string': 'looks at a value, not into a text',
  'agents/claude/json.ts number': 'looks at a value, not into a text',
  'agents/claude/json.ts count': 'looks at a value, not into a text',
  'agents/claude/turns.ts Turns': 'reads numbers and compares ids; the reader is among the parsers',
  'agents/claude/usage.ts usageOf': 'reads numbers; the reader is among the parsers',
  'agents/claude/verdict.ts verdict': 'the reader is among the parsers',
  'bridges/telegram/format.ts activityWords': CHECKED,
  'bridges/telegram/format.ts statusText': CHECKED,
  'control/view/event-history.ts lastEvents': 'reads files; see the test of bounded tails',
  'lib/duration.ts formatDuration': OURS,
  'lib/duration.ts formatElapsed': OURS,
  'lib/duration.ts formatAge': OURS,
  'lib/redact.ts secretsIn': OURS,
  'lib/redact.ts namesMasked': 'masks values; what masks a value is among the parsers',
  'lib/redact.ts maskFields': 'masks values; what masks a value is among the parsers',
  'local-model/masked.ts maskedModel': OURS,
  'local-model/ask.ts createAsk': OURS,
  'local-model/check.ts checkOllama': OURS,
  'local-model/create.ts createLocalModel': OURS,
  'local-model/ollama.ts createOllama': OURS,
  'local-model/projects.ts listProjects': 'reads names of files, so many and no more',
  'local-model/server.ts clientFor': OURS,
  'local-model/summary.ts summaryQuestion': CHECKED,
  'results/names.ts runFiles': OURS,
}

const readings = Object.entries(PARSERS).flatMap(([file, byName]) =>
  Object.entries(byName).flatMap(([name, forms]) => forms.map((read, form) => ({ name: `${name}${form || ''} of ${file}`, read }))),
)

/** Milliseconds of CPU of this process, the least of five: what others do meanwhile does not count, and neither does one collection of garbage. */
async function cpuOf(read: Reading, text: string, most: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 5 && least > most; attempt += 1) {
    const before = process.cpuUsage()
    await read(text)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

async function tooSlow(inputs: ReturnType<typeof repetitions>, most: number): Promise<string[]> {
  const found: string[] = []
  for (const { name, read } of readings) {
    for (const input of inputs) {
      const took = await cpuOf(read, input.text, most).catch((error) => `${error}`)
      if (typeof took === 'string') found.push(`${name}: ${took} for ${input.name}`)
      else if (took > most) found.push(`${name}: ${Math.round(took)} ms for ${input.name}`)
    }
  }
  return found
}

describe('whatever text it is given, nothing that reads text of others throws', () => {
  test(
    'or takes longer than 300 ms of CPU for 1 MiB',
    async () => {
      expect(await tooSlow(largest(MIB), 300)).toEqual([])
    },
    PATIENCE_MS,
  )

  test(
    'or takes time that grows with the square of a text: 300 ms for 32 KiB of any sign',
    async () => {
      expect(await tooSlow(repetitions(32 * 1024), 300)).toEqual([])
    },
    PATIENCE_MS,
  )

  test(
    'or does so for mixtures',
    async () => {
      expect(await tooSlow(mixtures(32 * 1024), 300)).toEqual([])
    },
    PATIENCE_MS,
  )
})

test('every exported function of the rooms and files that read text of others is among them, or said to be none', () => {
  const files = ROOMS.flatMap((room) => readdirSync(join(SRC, room)).map((name) => `${room}/${name}`))
  const sources = new Set([...files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')), ...Object.keys(PARSERS)])
  const missing = [...sources].flatMap((file) =>
    exportedBy(file)
      .filter((name) => !NO_PARSERS[`${file} ${name}`] && !PARSERS[file]?.[name])
      .map((name) => `${file} ${name}`),
  )
  expect(missing).toEqual([])
})

function exportedBy(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8')
  return Array.from(text.matchAll(/^export (?:async )?(?:function\*?|class) (\w+)/gm), ([, name = '']) => name)
}

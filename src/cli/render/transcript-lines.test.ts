import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withTags } from '../../../test/helpers/cli-context.ts'
import { createStyle } from './style.ts'
import { transcriptLines } from './transcript-lines.ts'

const folder = new URL('../../../test/fixtures/transcripts/', import.meta.url)
const plain = createStyle(false)
const read = (name: string) =>
  readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .flatMap((line) => transcriptLines(line, plain))

function shown(line: object, color = false): string {
  return withTags(transcriptLines(JSON.stringify(line), createStyle(color)).join('\n'))
}

test('long answers of tools are shown by their first lines, failed ones in red', () => {
  const content = [
    {
      type: 'tool_result',
      is_error: true,
      content: [{ type: 'text', text: 'Exit code 7\none\n\ntwo\nthree\nfour\nfive' }, { type: 'image' }],
    },
  ]
  expect(shown({ type: 'user', message: { content } }, true)).toBe(
    '  <red>⎿ Exit code 7</>\n  <red>  one</>\n  <red>  two</>\n  <red>  three</>\n  <red>  … 3 more lines</>',
  )
})

test('what a subagent does stands indented', () => {
  const call = { type: 'tool_use', name: 'Grep', input: { pattern: 'TODO' } }
  expect(shown({ type: 'assistant', parent_tool_use_id: 'toolu_1', message: { content: [call] } })).toBe('  │ ▶ Grep TODO')
})

test('failures of the API, denials and a failed end stand out', () => {
  expect(shown({ type: 'system', subtype: 'api_retry', error: 'overloaded', error_status: 529, retry_delay_ms: 1_500 }, true)).toBe(
    '<yellow>↻</> the API failed: overloaded (529); again in 2s',
  )
  expect(shown({ type: 'system', subtype: 'permission_denied', tool_name: 'Bash', message: 'not allowed' })).toBe(
    '⚠ denied: Bash not allowed',
  )
  expect(
    shown({ type: 'result', subtype: 'error_max_turns', is_error: true, num_turns: 3, total_cost_usd: 0.12, duration_ms: 5_000 }, true),
  ).toBe('<red>✖</> error_max_turns · 5s · 3 turns · $0.12')
})

test('lines that are no JSON, of no known kind or empty show nothing', () => {
  const lines = [
    '',
    'plain text',
    '[]',
    '{"type":"rate_limit_event"}',
    '{"type":"assistant"}',
    '{"type":"user","message":{"content":"hi"}}',
  ]
  expect(lines.flatMap((line) => transcriptLines(line, plain))).toEqual([])
})

test('text of an agent cannot steer the terminal', () => {
  expect(shown({ type: 'assistant', message: { content: [{ type: 'text', text: 'a\u001b[2Jb\n\tc' }] } })).toBe('a[2Jb\n  c')
})

test('every recorded transcript of Claude Code can be read, and ends with what came of it', () => {
  const streams = readdirSync(folder).filter((name) => /^claude-(ok|tool|max-turns|subagent|bash-exit7|perm-default)\.ndjson$/.test(name))
  expect(streams.length).toBeGreaterThan(3)
  for (const name of streams) expect(read(name).at(-1), name).toMatch(/^[✔✖] /)
})

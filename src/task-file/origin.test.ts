import { expect, test } from 'vitest'
import { withOrigin } from './origin.ts'
import { parseTask } from './parse.ts'

const ORIGIN = 'telegram:7:9'

function originOf(markdown: string) {
  const parsed = parseTask({ bytes: Buffer.from(withOrigin(markdown, ORIGIN)), file: 'a.task.md', modified: new Date(0) })
  return parsed.ok ? parsed.task.head.origin : parsed.problem.code
}

test.each([
  ['no front matter', 'Do it.\n'],
  ['front matter', '---\npriority: high\n---\n\nDo it.\n'],
  ['an empty one', '---\n---\nDo it.\n'],
  ['Windows line ends', '---\r\npriority: high\r\n---\r\nDo it.\r\n'],
  ['a byte order mark', '\uFEFF---\npriority: high\n---\nDo it.\n'],
  ['an origin of its own', '---\norigin: cli:me\npriority: low\n---\nDo it.\n'],
  ['an origin at the end', '---\npriority: low\norigin: "cli:me"\n---\nDo it.\n'],
  ['an origin over several lines', '---\norigin: >-\n  cli:\n  me\npriority: low\n---\nDo it.\n'],
])('a file with %s gets the origin', (_, markdown) => {
  expect(originOf(markdown)).toBe(ORIGIN)
})

test.each([
  ['"origin": cli:me', '---\n"origin": cli:me\n---\nDo it.\n'],
  ['an origin in braces', '---\n{ origin: cli:me }\n---\nDo it.\n'],
])('%s never reads as another origin', (_, markdown) => {
  expect(originOf(markdown)).toBe('bad_yaml')
})

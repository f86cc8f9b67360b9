import { expect, test } from 'vitest'
import { plainLines, withoutFacts } from './summary-words.ts'

test.each([
  'Status: failed',
  '- **Final status:** completed',
  'Cost: $0',
  'Total cost $0.00',
  'cost - nothing',
  '| Status | completed |',
  'Files changed: a.ts',
  'Changed files: a.ts',
  '3 files changed, 20 insertions(+)',
  'Title: Another',
  'Task: Another',
  'Verified: npm test',
  'Warnings: none',
  '✔ completed · Another title',
  '✅ Completed',
  'Completed successfully.',
  'The task was completed successfully!',
  'Task failed',
  'Kosten: 0 $',
  'Geänderte Dateien: a.ts',
  'Die Aufgabe wurde erfolgreich abgeschlossen.',
])('%s is no story', (line) => {
  expect(withoutFacts(plainLines(line))).toEqual([])
})

test.each([
  ['The cost of a call is now counted: twice.', 'The cost of a call is now counted: twice.'],
  ['Failed logins are logged: see the audit page.', 'Failed logins are logged: see the audit page.'],
  ['Completed the migration of the users table.', 'Completed the migration of the users table.'],
  ['File uploads work again', 'File uploads work again'],
  ['Left to do: the docs.', 'Left to do: the docs.'],
  ['✅ The login lasts', 'The login lasts'],
  ['- **bold** and `code` in src/__init__.py', '- bold and code in src/__init__.py'],
  ['2 * 3 * 4', '2 * 3 * 4'],
])('%s is one', (line, kept) => {
  expect(withoutFacts(plainLines(line))).toEqual([kept])
})

test('a hostile text costs no time', () => {
  for (const text of ['['.repeat(1e6), '**'.repeat(1e6), '`'.repeat(1e6), 'a '.repeat(1e6), '\n'.repeat(1e6), '🟢'.repeat(1e6)]) {
    expect(withoutFacts(plainLines(text)).join('\n').length).toBeLessThanOrEqual(4_000)
  }
})

import { expect, test } from 'vitest'
import { directoryHint } from './directory-hint.ts'

const BASE = '/srv/work'

test.each([
  ['fix the timeout in /backend', 'backend'],
  ['In /backend fix the timeout', 'backend'],
  ['fix it in /backend, please', 'backend'],
  ['is it in /web/app?', 'web/app'],
  ['fix it in /backend/', 'backend'],
  ['fix it (in /backend)', undefined],
  ['fix it\nin /backend\nsoon', 'backend'],
  ['fix it in C:\\web\\app', 'web/app'],
  ['fix it in "/my app/web" now', 'my app/web'],
  ["fix it in 'D:\\my app' now", 'my app'],
  ['fix it in /srv/work/backend', 'backend'],
  ['fix it in /srv/workshop', 'srv/workshop'],
  ['fix it in /srv/work', '.'],
  ['clean up in /', '.'],
  ['first in /one then in /two', 'one'],
  ['fix it in /../other', '../other'],
  ['look in https://example.org/x', undefined],
  ['look in //server/share', undefined],
  ['look in \\\\server\\share', undefined],
  ['the built-in /help', undefined],
  ['log in `/api/users`', undefined],
  ['within /backend', undefined],
  ['fix the backend', undefined],
])('%j works in %s', (text, expected) => {
  expect(directoryHint(text, BASE)).toBe(expected)
})

test('a Windows base is recognised in either slash', () => {
  expect(directoryHint('fix it in C:\\work\\app', 'C:\\work')).toBe('app')
  expect(directoryHint('fix it in C:/work/app', 'C:\\work')).toBe('app')
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TASK_ID } from '../domain/task-name.ts'
import { idFromFile, newTaskId } from './task-id.ts'

test.each([
  ['fix-login.task.md', 'fix-login'],
  ['Fix_Login.v2.task.md', 'Fix_Login.v2'],
  ['notes.md', 'notes'],
  ['/home/x/tasks/a.task.md', 'a'],
  ['fix the login.task.md', 'fix-the-login'],
  ['Überprüfe das.task.md', 'Uberprufe-das'],
  ['修复 login (新).task.md', 'login'],
  ['..hidden.task.md', 'hidden'],
  ['-rf.task.md', 'rf'],
])('%s gives the id %s', (file, id) => {
  expect(idFromFile(file)).toBe(id)
})

test('names without a letter that an id may have get ids of their own that stay the same', () => {
  const [repair, test, again] = ['修复.task.md', '测试.task.md', '修复.task.md'].map(idFromFile)
  expect(repair).toMatch(/^task-[\da-f]{8}$/)
  expect(test).not.toBe(repair)
  expect(again).toBe(repair)
})

test('every file name gives a legal id', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      expect(idFromFile(`${name}.task.md`)).toMatch(TASK_ID)
    }),
  )
})

const now = new Date('2026-11-20T09:00:00Z')

test('a new id is made of the first words of the prompt and a mark of the moment', () => {
  expect(newTaskId("# Fix the café's login-timeout\n\nIt doesn't work", now)).toMatch(
    /^fix-the-cafes-login-timeout-it-doesnt-work-[\da-f]{4}$/,
  )
  expect(newTaskId('修复登录 🚀', now)).toMatch(/^task-[\da-f]{4}$/)
  expect(newTaskId('Fix it', now)).not.toBe(newTaskId('Fix it', new Date(now.getTime() + 1)))
})

test('every prompt gives a legal id of at most 60 characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (prompt) => {
      const id = newTaskId(prompt, now)
      expect(id).toMatch(TASK_ID)
      expect(id.length).toBeLessThanOrEqual(60)
    }),
  )
})

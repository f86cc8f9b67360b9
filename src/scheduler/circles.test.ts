import { expect, test } from 'vitest'
import { circleOf } from './circles.ts'

/** The circle that a task closes among tasks written as `a: b c` for "a waits for b and c". */
function circle(start: string, ...lines: readonly string[]): string | undefined {
  const tasks = lines.map((line) => {
    const [taskId = '', ...dependsOn] = line.split(/[:\s]+/).filter(Boolean)
    return { taskId, dependsOn }
  })
  const find = (id: string) => tasks.find(({ taskId }) => taskId === id)
  const task = find(start)
  return (
    task &&
    circleOf(task, find)
      ?.map(({ taskId }) => taskId)
      .join(' → ')
  )
}

test('of one: a task that waits for itself', () => {
  expect(circle('a', 'a: a')).toBe('a')
  expect(circle('a', 'b:', 'a: b a')).toBe('a')
})

test('of two and of three, named from the task that closes it', () => {
  expect(circle('a', 'a: b', 'b: a')).toBe('a → b')
  expect(circle('b', 'a: b', 'b: a')).toBe('b → a')
  expect(circle('c', 'a: b', 'b: c', 'c: a')).toBe('c → a → b')
})

test('without the tasks that only wait for one of it, or that it waits for besides', () => {
  expect(circle('a', 'a: x b', 'x: y', 'y:', 'b: z a', 'z:')).toBe('a → b')
})

test('is none for a task that waits for a circle which it is not part of', () => {
  expect(circle('d', 'd: a', 'a: b', 'b: a')).toBeUndefined()
})

test('is none where ways meet again, or lead to nobody', () => {
  expect(circle('a', 'a: b c', 'b: d', 'c: d', 'd:')).toBeUndefined()
  expect(circle('a', 'a: ghost')).toBeUndefined()
  expect(circle('a', 'a:')).toBeUndefined()
})

test('is found however long it is', () => {
  const length = 50_000
  const tasks = Array.from({ length }, (_, index) => ({ taskId: `t${index}`, dependsOn: [`t${(index + 1) % length}`] }))
  const byId = new Map(tasks.map((task) => [task.taskId, task]))
  const start = { taskId: 't0', dependsOn: ['t1'] }
  expect(circleOf(start, (id) => byId.get(id))).toHaveLength(length)
})

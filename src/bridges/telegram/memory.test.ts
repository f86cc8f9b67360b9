import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Memory } from './memory.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'memory-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('messages and buttons are known after a restart; keys are short whatever they stand for', () => {
  const path = join(folder, 'sub', 'memory.json')
  const memory = new Memory(path, { keep: (_path, write) => write() })
  memory.note(7, 1, { task: 'a', as: 'live', title: 'A' })
  memory.note(7, 2, { task: 'a', as: 'question', question: 'q1' })
  const action = { does: 'answer', task: 'a'.repeat(100), question: 'q1', text: 'x'.repeat(200) } as const
  const key = memory.button(action)

  const again = new Memory(path, { keep: (_path, write) => write() })
  expect(Buffer.byteLength(key)).toBeLessThanOrEqual(64)
  expect(again.button(action)).toBe(key)
  expect(again.action(key)).toEqual(action)
  expect(again.about(7, 1)).toEqual({ task: 'a', as: 'live', title: 'A' })
  expect(again.messages('a', 'question', 'q1')).toMatchObject([{ chat: 7, id: 2 }])
  expect(again.messages('a', 'question', 'q2')).toEqual([])
})

test('the oldest are forgotten, and a torn file is an empty one', async () => {
  const path = join(folder, 'memory.json')
  await writeFile(path, '{"messages": [')
  const memory = new Memory(path, { keep: (_path, write) => write() })
  for (let id = 1; id <= 1_001; id++) memory.note(7, id, { task: 'a', as: 'notice' })
  expect(memory.about(7, 1)).toBeUndefined()
  expect(memory.about(7, 2)).toBeDefined()
})

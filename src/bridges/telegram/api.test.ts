import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Fault, startTelegramServer, type TelegramServer, TOKEN } from '../../../test/helpers/telegram-server.ts'
import { createApi } from './api.ts'

let server: TelegramServer
beforeEach(async () => {
  server = await startTelegramServer()
})
afterEach(() => server[Symbol.asyncDispose]())

const error = (fault: Fault, root = server.url) => {
  server.fault = () => fault
  return createApi(TOKEN, root)
    .me()
    .then(
      () => undefined,
      (problem: unknown) => problem,
    )
}

test.each<[Fault, object]>([
  [{ code: 401, description: 'Unauthorized' }, { kind: 'unauthorized' }],
  [{ code: 404, description: 'Not Found' }, { kind: 'unauthorized' }],
  [{ code: 409, description: 'Conflict' }, { kind: 'conflict' }],
  [
    { code: 429, description: 'Too Many Requests', retryAfter: 7 },
    { kind: 'limited', retryAfterMs: 7_000 },
  ],
  [{ code: 400, description: 'Bad Request' }, { kind: 'refused' }],
  [{ code: 403, description: 'bot was blocked by the user' }, { kind: 'refused' }],
  [{ code: 502, description: 'Bad Gateway' }, { kind: 'network' }],
  [{ code: 200, description: 'captive portal', html: true }, { kind: 'network' }],
  ['cut', { kind: 'network' }],
])('%j becomes a problem of its kind, asked for once and without the token', async (fault, expected) => {
  const problem = await error(fault)
  expect(problem).toMatchObject(expected)
  expect(server.calls).toHaveLength(1)
  expect(inspect(problem, { depth: 9 })).not.toContain(TOKEN.slice(12))
})

test.each(['http://127.0.0.1:1', 'http://bad host'])('neither does the problem with %s hold the token', async (root) => {
  const problem = await error('cut', root)
  expect(problem).toMatchObject({ kind: 'network' })
  expect(inspect(problem, { depth: 9 })).not.toContain(TOKEN.slice(12))
})

test('the limits of the protocol are met with a refusal, and what already reads so is no problem', async () => {
  const api = createApi(TOKEN, server.url)
  await expect(api.send({ chat: 7, html: 'x'.repeat(4097) })).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('too long'),
  })
  await expect(api.send({ chat: 7, html: 'x', buttons: [[{ label: 'y', key: 'z'.repeat(65) }]] })).rejects.toMatchObject({
    kind: 'refused',
  })
  const id = await api.send({ chat: 7, html: '<b>x</b>' })
  await api.edit({ chat: 7, id, html: '<b>x</b>' })
  expect(server.messages).toMatchObject([{ text: 'x', edits: 0 }])
})

import { describe, expect, test } from 'vitest'
import { accessOf, audience, isObeyed } from './access.ts'

const GROUP = -100
const access = accessOf({ TELEGRAM_ALLOWED_USERS: ['7', '8'], TELEGRAM_CHAT_ID: String(GROUP) })

test.each([
  ['an allowed user in private', 7, 7, 'private', true],
  ['a stranger in private', 9, 9, 'private', false],
  ['an allowed user in the group', 7, GROUP, 'supergroup', true],
  ['a stranger in the group', 9, GROUP, 'supergroup', false],
  ['an allowed user in another group', 7, -200, 'group', false],
  ['an allowed user in a channel', 7, GROUP, 'channel', false],
  ['a private chat that is not that of the user', 7, 8, 'private', false],
])('%s is obeyed or not', (_, user, chat, type, expected) => {
  expect(isObeyed({ chat: { id: chat, type }, user: { id: user, name: '' } }, access)).toBe(expected)
})

test('a private chat for notices allows its user; a group alone allows nobody', () => {
  const sender = (id: number) => ({ chat: { id, type: 'private' }, user: { id, name: '' } })
  expect(isObeyed(sender(7), accessOf({ TELEGRAM_ALLOWED_USERS: [], TELEGRAM_CHAT_ID: '7' }))).toBe(true)
  expect([...accessOf({ TELEGRAM_ALLOWED_USERS: [], TELEGRAM_CHAT_ID: '-100' }).users]).toEqual([])
})

describe('notices go', () => {
  test('to where the task came from, if that is allowed', () => {
    expect(audience(7, access)).toEqual([7])
    expect(audience(GROUP, access)).toEqual([GROUP])
    expect(audience(666, access)).toEqual([GROUP])
  })

  test('else to the chat for notices, else to everybody', () => {
    expect(audience(undefined, access)).toEqual([GROUP])
    expect(audience(undefined, accessOf({ TELEGRAM_ALLOWED_USERS: ['7', '8'], TELEGRAM_CHAT_ID: undefined }))).toEqual([7, 8])
  })
})

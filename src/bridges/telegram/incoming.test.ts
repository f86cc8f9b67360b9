import { expect, test } from 'vitest'
import { readCommand, readUpdate, updateId } from './incoming.ts'

const FROM = { id: 7, is_bot: false, first_name: 'Ann', username: 'ann' }
const CHAT = { id: 7, type: 'private' }

test('a message is read with its file and what it replies to', () => {
  const photo = [{ file_id: 'small' }, { file_id: 'large', file_size: 9 }]
  const message = { message_id: 3, from: FROM, chat: CHAT, date: 1, caption: ' look ', photo, reply_to_message: { message_id: 2 } }
  expect(readUpdate({ update_id: 1, message })).toEqual({
    kind: 'message',
    chat: CHAT,
    user: { id: 7, name: '@ann' },
    id: 3,
    sent: 1_000,
    text: 'look',
    file: { id: 'large', name: 'photo.jpg', bytes: 9, kind: 'image' },
    replyTo: 2,
  })
})

test.each([
  ['a.task.md', '', 'task'],
  ['a.md', '', 'text'],
  ['noending', 'text/plain', 'text'],
  ['a.ts', 'video/mp2t', 'text'],
  ['a.png', 'image/png', 'image'],
  ['a.svg', 'image/svg+xml', 'other'],
  ['a.zip', 'application/zip', 'other'],
])('the document %s of type "%s" is of the kind %s', (file_name, mime_type, kind) => {
  const message = { message_id: 3, from: FROM, chat: CHAT, document: { file_id: 'x', file_name, mime_type } }
  expect(readUpdate({ update_id: 1, message })).toMatchObject({ file: { kind } })
})

test.each([
  null,
  5,
  {},
  { update_id: 1 },
  { update_id: 1, message: { message_id: 'x' } },
  { update_id: 1, message: { message_id: 1, chat: CHAT } },
])('%j means nothing', (update) => {
  expect(readUpdate(update)).toEqual({ kind: 'nothing' })
})

test('the number of an update is found even where the rest is not understood', () => {
  expect([{ update_id: 5, odd: true }, {}, null].map(updateId)).toEqual([5, undefined, undefined])
})

test.each([
  ['/task fix it\nsoon', { name: 'task', bot: undefined, rest: 'fix it\nsoon' }],
  ['/STATUS', { name: 'status', bot: undefined, rest: '' }],
  ['/cancel@my_bot  fix-1 ', { name: 'cancel', bot: 'my_bot', rest: 'fix-1' }],
  ['/etc/passwd is odd', undefined],
  ['fix it', undefined],
])('%j is read as a command or not', (text, expected) => {
  expect(readCommand(text)).toEqual(expected)
})

test.each([
  [{ forward_origin: { type: 'user', sender_user: { id: 9, first_name: 'Eve' } }, forward_date: 1 }, { user: 9 }],
  [{ forward_origin: { type: 'hidden_user', sender_user_name: 'Eve' } }, { user: undefined }],
  [{ forward_origin: { type: 'channel', chat: { id: -1 }, message_id: 1 } }, { user: undefined }],
  [{ forward_origin: 'odd' }, { user: undefined }],
  [{ forward_from: { id: 9, first_name: 'Eve' }, forward_date: 1 }, { user: 9 }],
  [{ forward_from_chat: { id: -1 } }, { user: undefined }],
  [{ forward_sender_name: 'Eve' }, { user: undefined }],
  [{ forward_date: 1 }, { user: undefined }],
  [{ is_automatic_forward: true }, { user: undefined }],
  [{ via_bot: { id: 5, is_bot: true, first_name: 'gif' } }, { user: undefined }],
  [{}, undefined],
])('a message with %j passes on the words of %j', (marks, forwarded) => {
  const message = { message_id: 3, from: FROM, chat: CHAT, text: 'Do it.', ...marks }
  expect(readUpdate({ update_id: 1, message })).toMatchObject({ kind: 'message', forwarded })
})

test.each([{ id: -100, type: 'supergroup', title: 'Team' }, { id: -5, type: 'channel' }, 'odd'])(
  'a message in the name of %j is of nobody who could be allowed',
  (sender_chat) => {
    const update = readUpdate({ update_id: 1, message: { message_id: 3, from: FROM, chat: CHAT, text: 'Do it.', sender_chat } })
    expect(update.kind === 'message' && update.user.id).toBeLessThanOrEqual(0)
  },
)

test.each(['edited_message', 'channel_post', 'edited_channel_post', 'business_message', 'inline_query', 'guest_message'])(
  'a %s means nothing',
  (kind) => {
    expect(readUpdate({ update_id: 1, [kind]: { message_id: 3, from: FROM, chat: CHAT, text: '/retry it' } })).toEqual({ kind: 'nothing' })
  },
)

test('a button below a message that was sent from elsewhere means nothing', () => {
  const callback_query = { id: 'q', from: FROM, data: 'key', inline_message_id: 'x' }
  expect(readUpdate({ update_id: 1, callback_query })).toEqual({ kind: 'nothing' })
})

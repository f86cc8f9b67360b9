import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defuseMentions, own, paragraphs, writePrompt } from './prompt.ts'

/** What Claude Code 2.1.197 takes for a mention. */
const MENTIONS = [
  /(^|[\s\u3002\u3001\uFF1F\uFF01])@"([^"]+)"/g,
  /(^|[\s\u3002\u3001\uFF1F\uFF01])@([^\s]+)\b/g,
  /(^|[\s\u3002\u3001\uFF1F\uFF01])@([^\s]+:[^\s]+)\b/g,
  /(^|[\s\u3002\u3001\uFF1F\uFF01])@(agent-[\w:.@-]+)/g,
]

describe('a mention in foreign text', () => {
  test.each([
    ['@/etc/passwd', '@ /etc/passwd'],
    ['look at @/etc/passwd ?', 'look at @ /etc/passwd ?'],
    ['@"/etc/pass wd"', '@ "/etc/pass wd"'],
    ['a\n@~/.ssh/id_rsa', 'a\n@ ~/.ssh/id_rsa'],
    ['a\t@./x\u00a0@../y\u3000@z', 'a\t@ ./x\u00a0@ ../y\u3000@ z'],
    ['看。@/etc/passwd、@a？@b！@c', '看。@ /etc/passwd、@ a？@ b！@ c'],
    ['@@/etc/passwd @@@a', '@@ /etc/passwd @@@ a'],
    ['\u200b@/etc/passwd', '\u200b@ /etc/passwd'],
    ['x@[a](claude-ref:b "c")@/etc/passwd', 'x@ [a](claude-ref:b "c")@/etc/passwd'],
    ['@server:uri @agent-x', '@ server:uri @ agent-x'],
  ])('%j is written as %j', (text, written) => {
    expect(defuseMentions(text)).toBe(written)
  })

  test.each(['ann@example.org', "Cannot find '@types/node'", 'node_modules/@types/node', 'git@github.com:a/b', 'at 5 @ 3', 'a @'])(
    '%j is none and stays',
    (text) => {
      expect(defuseMentions(text)).toBe(text)
    },
  )

  test('is none for the CLI afterwards, whatever stands around it', () => {
    const piece = fc.constantFrom(
      '@',
      '"',
      ' ',
      '\n',
      '。',
      '[',
      ']',
      '(',
      ')',
      'a',
      '/etc/passwd',
      ':',
      'agent-',
      '\u200b',
      '\ufeff',
      '~',
      '.',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(piece, { maxLength: 6 }), (one, other) => {
        const { text } = writePrompt(paragraphs([{ source: 'program', text: one.join('') }], [{ source: 'person', text: other.join('') }]))
        for (const mention of MENTIONS) expect(text).not.toMatch(mention)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a prompt', () => {
  test('is the owner’s own only where all parts are, and the owner’s mentions stay as they are', () => {
    expect(writePrompt([own('Read @notes.md.')])).toEqual({ text: 'Read @notes.md.', isOwn: true, hasPersons: false })
    const asked = paragraphs([own('Read @notes.md.')], [own('You asked: '), { source: 'program', text: '@a' }])
    expect(writePrompt(asked)).toEqual({ text: 'Read @notes.md.\n\nYou asked: @ a', isOwn: false, hasPersons: false })
    expect(writePrompt([own('a'), { source: 'person', text: '' }])).toMatchObject({ isOwn: false, hasPersons: true })
  })
})

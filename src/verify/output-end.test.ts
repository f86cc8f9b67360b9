import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KEPT_BYTES, OutputEnd } from './output-end.ts'

function endOf(lines: readonly string[], keptBytes?: number): string {
  const end = new OutputEnd(keptBytes)
  for (const line of lines) end.add(line)
  return end.text()
}

describe('the end of an output', () => {
  test('is all of it where it is short', () => {
    expect(endOf([])).toBe('')
    expect(endOf(['one', '', '  two', ''])).toBe('one\n\n  two')
  })

  test('says how much came before it', () => {
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index + 1} ${'.'.repeat(50)}`)
    const [note, ...kept] = endOf(lines).split('\n')
    expect(kept).toEqual(lines.slice(-kept.length))
    expect(note).toBe(`[… ${1000 - kept.length} lines before this]`)
    expect(kept.length).toBeGreaterThan(60)
  })

  test('is the end of a line that is too long by itself', () => {
    const text = endOf(['first', `${'x'.repeat(9000)} the end`])
    expect(text).toMatch(/^\[… 1 line and \d+ characters before this\]\nx+ the end$/)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(KEPT_BYTES)
    expect(endOf([`${'10%\r'.repeat(50_000)}done`])).toBe('done')
    expect(endOf(['x'.repeat(500_000), 'done'])).toBe('[… 1 line before this]\ndone')
  })

  test('counts what is missing of the one line that is kept', () => {
    const [, cut = ''] = /^\[… (\d+) characters/.exec(endOf(['é'.repeat(300_000)])) ?? []
    expect(
      Number(cut) +
        endOf(['é'.repeat(300_000)])
          .split('\n')
          .slice(1)
          .join().length,
    ).toBe(300_000)
  })

  test('holds no colours and no progress, only what a terminal would show in the end', () => {
    expect(
      endOf([
        '\u001b[31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007',
        '10%\r50%\r100%\u001b[K',
        'kept\r',
        'a\u0007\u0000b\tc',
      ]),
    ).toBe('red link\n100%\nkept\nab\tc')
  })

  test('is whole lines from the end, within its bounds, whatever is printed', () => {
    const line = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme', maxLength: 400 }), fc.constant('😀'.repeat(150)))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.integer({ min: 200, max: 1000 }), (lines, keptBytes) => {
        const shown = lines.map((one) => endOf([one], 100_000))
        const text = endOf(lines, keptBytes)
        const kept = text.replace(/^\[… [^\n]* before this\]\n/, '')
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(keptBytes)
        expect(shown.join('\n').trimEnd().endsWith(kept)).toBe(true)
        expect(Buffer.from(kept).toString()).toBe(kept)
        const dropped = /^\[… (\d+) lines?/.exec(text)?.[1]
        if (dropped !== undefined && !text.includes('character')) expect(shown.slice(Number(dropped)).join('\n').trimEnd()).toBe(kept)
      }),
    )
  })
})

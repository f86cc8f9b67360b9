import { expect, test } from 'vitest'
import { allOf } from '../../test/helpers/fixture-agent.ts'
import { CUT_MARK, splitLines } from './ndjson-lines.ts'

async function linesOf(pieces: readonly string[], longest?: number): Promise<string[]> {
  return allOf(splitLines(stream(pieces), longest))
}

async function* stream(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces
}

test('lines are put together from pieces, whatever their borders', async () => {
  expect(await linesOf(['one\ntw', 'o', '\n', '\nfour\n'])).toEqual(['one', 'two', '', 'four'])
})

test('a last line without an end counts, and an end without a line does not', async () => {
  expect(await linesOf(['one\ntwo'])).toEqual(['one', 'two'])
  expect(await linesOf(['one\n'])).toEqual(['one'])
  expect(await linesOf([])).toEqual([])
})

test('a carriage return before the end is part of the end', async () => {
  expect(await linesOf(['one\r', '\ntwo\r\nth\rree'])).toEqual(['one', 'two', 'th\rree'])
})

test('a line that is too long is cut and marked, and the next one is whole', async () => {
  expect(await linesOf(['12345', '678', '9\n12345\n1234', '56\nend'], 5)).toEqual([`12345${CUT_MARK}`, '12345', `12345${CUT_MARK}`, 'end'])
})

test('a stream that breaks keeps what came before', async () => {
  async function* broken() {
    yield 'one\ntw'
    throw new Error('reset')
  }
  expect(await allOf(splitLines(broken()))).toEqual(['one', 'tw'])
})

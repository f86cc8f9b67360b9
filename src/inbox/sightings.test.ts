import { lstatSync, type Stats } from 'node:fs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Sightings } from './sightings.ts'

const SETTLE_MS = 100
const NOW = Date.parse('2026-11-20T09:00:00Z')
/** What the clock of the disk is ahead of ours. */
const AHEAD_MS = 3_600_000

let sightings: Sightings
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date', 'performance'] })
  sightings = new Sightings(() => SETTLE_MS)
})
afterEach(() => vi.useRealTimers())

/** A file that was written so long ago, and last moved, written or touched at a moment. */
function file({ writtenAgo = 0, touched = NOW, size = 5 } = {}): Stats {
  return Object.assign(lstatSync(import.meta.filename), { ino: 1, size, mtimeMs: touched - writtenAgo, ctimeMs: touched })
}

const see = (stat: Stats | undefined, wasThere = false) => sightings.see('a', stat, wasThere)?.kind

test('a file arrives when it was quiet for the settle time, and once', () => {
  const stat = file()
  expect([see(stat), sightings.unsettled, sightings.due()]).toEqual([undefined, 1, []])
  expect(sightings.nextDue).toBe(performance.now() + SETTLE_MS)
  vi.advanceTimersByTime(SETTLE_MS)
  expect(sightings.due()).toEqual(['a'])
  expect([see(stat), see(stat), sightings.unsettled, sightings.nextDue]).toEqual(['arrived', undefined, 0, Number.POSITIVE_INFINITY])
})

test('each write begins the settle time anew', () => {
  see(file())
  vi.advanceTimersByTime(SETTLE_MS - 1)
  see(file({ touched: NOW + SETTLE_MS - 1 }))
  vi.advanceTimersByTime(SETTLE_MS - 1)
  expect(sightings.due()).toEqual([])
})

test('an old file that is moved in arrives at once, with the time of its last write', () => {
  const stat = file({ writtenAgo: SETTLE_MS })
  expect(sightings.see('a', stat, false)).toEqual({ kind: 'arrived', modified: stat.mtime, since: stat.ctime })
})

test('a file that comes is measured by the clock of its disk, one that was there by ours', () => {
  const stat = file({ touched: NOW - AHEAD_MS })
  expect(see(stat)).toBeUndefined()
  sightings = new Sightings(() => SETTLE_MS)
  expect(see(stat, true)).toBe('arrived')
})

test('a time in the future makes nobody wait for longer than the settle time', () => {
  const stat = file({ touched: NOW + AHEAD_MS })
  see(stat, true)
  vi.advanceTimersByTime(SETTLE_MS)
  expect(see(stat, true)).toBe('arrived')
})

test('an empty file has to be quiet for a second, since somebody has just begun to write it', () => {
  const stat = file({ size: 0 })
  see(stat)
  vi.advanceTimersByTime(999)
  expect(see(stat)).toBeUndefined()
  vi.advanceTimersByTime(1)
  expect(see(stat)).toBe('arrived')
})

test('a file that had arrived is gone when it is written again or removed; one that had not is no news', () => {
  see(file({ writtenAgo: SETTLE_MS }))
  const again = file({ size: 6 })
  expect([see(again), see(undefined), see(undefined)]).toEqual(['gone', 'gone', undefined])
})

test('knows which names are not there any more', () => {
  for (const name of ['a', 'b', 'c']) sightings.see(name, file({ writtenAgo: SETTLE_MS }), false)
  expect([sightings.size, sightings.missingIn(['b', 'd'])]).toEqual([3, ['a', 'c']])
})

test('what is no regular file is told once, as what it is', () => {
  const directory = lstatSync(import.meta.dirname)
  expect([sightings.see('a', directory, false), sightings.see('a', directory, false)]).toEqual([
    { kind: 'odd', what: 'a directory' },
    undefined,
  ])
})

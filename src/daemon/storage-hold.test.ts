import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isStorageError } from '../lib/storage-error.ts'
import { StorageHold } from './storage-hold.ts'

// The promises of Node's timers are not among what fake timers replace.
vi.mock('node:timers/promises', () => ({ setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) }))

const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const onChange = vi.fn()

beforeEach(() => {
  vi.useFakeTimers()
  vi.clearAllMocks()
})
afterEach(() => vi.useRealTimers())

/** A write that the disk refuses so often, then takes. */
function refusedTimes(times: number) {
  let refused = 0
  return vi.fn(async () => {
    if (refused++ < times) throw full
    return 'written'
  })
}

const never = () => false

test('a refused write is repeated ever more slowly until the disk takes it, and nothing starts meanwhile', async () => {
  const hold = new StorageHold(log, onChange)
  const write = refusedTimes(9)
  const begun = Date.now()
  const written = hold.untilWritten(write, full, never)
  expect(hold.problem).toBe(full.message)
  await vi.runAllTimersAsync()

  expect(await written).toBe('written')
  expect(write).toHaveBeenCalledTimes(10)
  expect(Date.now() - begun).toBe(500 + 1000 + 2000 + 4000 + 8000 + 16_000 + 4 * 30_000)
  expect(hold.problem).toBeUndefined()
  expect([log.error.mock.calls.length, onChange.mock.calls.length]).toEqual([1, 2])
})

test('it ends only when all that was refused is written', async () => {
  const hold = new StorageHold(log, onChange)
  const both = [hold.untilWritten(refusedTimes(0), full, never), hold.untilWritten(refusedTimes(1), full, never)]
  await vi.advanceTimersByTimeAsync(500)
  expect(hold.problem).toBe(full.message)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await Promise.all(both)).toEqual(['written', 'written'])
  expect(hold.problem).toBeUndefined()
})

test('it is given up after one more refusal when that is asked for', async () => {
  const hold = new StorageHold(log, onChange)
  const write = refusedTimes(99)
  const written = hold.untilWritten(write, full, () => true)
  await vi.runAllTimersAsync()
  expect(await written).toBeUndefined()
  expect(write).toHaveBeenCalledOnce()
})

test('an error that is none of the disk is a bug and goes on up', async () => {
  const hold = new StorageHold(log, onChange)
  const written = expect(hold.untilWritten(() => Promise.reject(new TypeError('a bug')), full, never)).rejects.toThrow('a bug')
  await vi.runAllTimersAsync()
  await written
  expect(hold.problem).toBeUndefined()
})

test('what can be asked for again holds for two seconds, and told once', async () => {
  const hold = new StorageHold(log, onChange)
  hold.refused(full)
  hold.refused(full)
  await vi.advanceTimersByTimeAsync(1_999)
  expect(hold.problem).toBe(full.message)
  await vi.advanceTimersByTimeAsync(1)
  expect(hold.problem).toBeUndefined()
  expect([log.error.mock.calls.length, onChange.mock.calls.length]).toEqual([1, 2])
})

test('what is an error of the disk', () => {
  const coded = (code: unknown) => Object.assign(new Error('no'), { code })
  expect(['ENOSPC', 'EROFS', 'EACCES', 'EDQUOT', 'EIO', 'EMFILE'].every((code) => isStorageError(coded(code)))).toBe(true)
  expect([coded('ERR_INVALID_ARG_TYPE'), coded(28), new TypeError('x'), { code: 'ENOSPC' }, undefined].some(isStorageError)).toBe(false)
})

import { expect, test, vi } from 'vitest'
import { Slices } from './slices.ts'

test('counts the time between pauses, and a slice in which the machine stood still as no more than it may count', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0)
  const slices = new Slices(25)
  now.mockReturnValue(7)
  expect([slices.busyMs, slices.used]).toEqual([7, false])
  now.mockReturnValue(9)
  expect(slices.used).toBe(true)
  await slices.pause()
  now.mockReturnValue(2_009)
  expect(slices.busyMs).toBe(9 + 25)
  now.mockRestore()
})

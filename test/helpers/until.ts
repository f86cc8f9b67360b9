import { vi } from 'vitest'
import { PATIENCE_MS } from './process.ts'

/** Waits until an expectation holds, and gives its value; rejects with why it does not hold. */
export function until<T>(expectation: () => T | Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  return vi.waitFor(expectation, { timeout: patienceMs, interval: 20 })
}

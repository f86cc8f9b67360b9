import pLimit from 'p-limit'
import type { AttemptEnd } from '../domain/attempt.ts'
import type { AttemptRequest, Executor } from './contract.ts'

/** Runs attempts on this machine, `capacity` at a time. */
export function localExecutor(capacity: number, attempt: (request: AttemptRequest, signal: AbortSignal) => Promise<AttemptEnd>): Executor {
  const limit = pLimit(capacity)
  const slots = new Set<Promise<void>>()
  return {
    get capacity() {
      return limit.concurrency
    },
    set capacity(value: number) {
      limit.concurrency = value
    },
    slot(work) {
      const slot = limit(work)
      slots.add(slot)
      return slot.finally(() => slots.delete(slot))
    },
    run: attempt,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(slots)
    },
  }
}

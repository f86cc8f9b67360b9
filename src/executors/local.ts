import pLimit from 'p-limit'
import type { Attempting, Executor } from './contract.ts'

/** Runs attempts on this machine, `capacity` at a time. */
export function localExecutor(capacity: number, { run, verify }: Attempting): Executor {
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
    run,
    verify,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(slots)
    },
  }
}

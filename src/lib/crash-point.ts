import { channel } from 'node:diagnostics_channel'

/**
 * The moments of a home at which one step is on disk and the next is not, roughly in the order in which a task meets them. What the
 * next start does about each stands in docs/reliability.md, and a test ends the process at every one.
 */
export const CRASH_POINTS = [
  'lock.written',
  'lock.guarded',
  'lock.taken',
  'reject.reasoned',
  'reject.renamed',
  'write.staged',
  'write.half',
  'claim.recorded',
  'claim.renamed',
  'inference.recorded',
  'attempt.noted',
  'attempt.spawned',
  'attempt.identified',
  'attempt.session',
  'attempt.cost',
  'question.asked',
  'question.answered',
  'question.expired',
  'attempt.worked',
  'verify.spawned',
  'verify.identified',
  'attempt.ended',
  'park.recorded',
  'park.renamed',
  'unpark.recorded',
  'unpark.renamed',
  'retry.recorded',
  'interruption.recorded',
  'recovery.recorded',
  'result.written',
  'archive.renamed',
  'archive.told',
  'requeue.noted',
  'requeue.renamed',
  'pause.marked',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

const reached = channel('orchestrator:crash-point')

/** Says where the process is. Nobody listens unless the switch is armed. */
export function crashPoint(point: CrashPoint): void {
  if (reached.hasSubscribers) reached.publish(point)
}

/** Arms the switch of the tests: SIGKILL for this process when it is at `point`, or with `point:n` for the nth time. */
export function armCrashPoint(at: string | undefined): void {
  if (at === undefined) return
  const [point = '', nth = '1'] = at.split(':')
  if (!CRASH_POINTS.some((one) => one === point)) throw new Error(`There is no crash point "${point}".`)
  let left = Number(nth)
  reached.subscribe((message) => {
    if (message === point && --left === 0) process.kill(process.pid, 'SIGKILL')
  })
}

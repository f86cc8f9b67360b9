import { formatDuration } from '../../lib/duration.ts'

/** How long something has been going on, in whole seconds: `0s`, `1m 12s`. Times ahead count as now. */
export function formatElapsed(ms: number): string {
  return ms < 1_000 ? '0s' : formatDuration(Math.floor(ms / 1_000) * 1_000)
}

/** How long ago, in its largest unit alone: `12s`, `5m`, `3h`, `2d`. Times ahead count as now. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** The time of day of an ISO time, `HH:MM:SS` in the zone of this machine. */
export function formatClock(iso: string): string {
  return local(iso)?.slice(11) ?? '--:--:--'
}

/** Day and time of an ISO time, `YYYY-MM-DD HH:MM:SS` in the zone of this machine. */
export function formatMoment(iso: string): string {
  return local(iso) ?? iso
}

function local(iso: string): string | undefined {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return undefined
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
}

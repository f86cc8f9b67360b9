const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 } as const

/** Milliseconds of `90s`, `15m`, `2h`, `1.5h` or a number of seconds (also as text); undefined for anything else. */
export function parseDuration(value: string | number): number | undefined {
  const [, amount, unit] = /^(\d{1,12}(?:\.\d{1,6})?) ?(s|m|h)?$/.exec(String(value).trim()) ?? []
  if (amount === undefined) return undefined
  return Math.round(Number(amount) * UNITS[unit === 'm' || unit === 'h' ? unit : 's'])
}

/** Milliseconds for people, in the two largest units that matter: `850ms`, `12s`, `1m 12s`, `2h 5m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return pair(seconds, 60, 'm', 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 1_440) return pair(minutes, 60, 'h', 'm')
  return pair(Math.round(minutes / 60), 24, 'd', 'h')
}

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

function pair(total: number, size: number, large: string, small: string): string {
  const rest = total % size
  return `${Math.floor(total / size)}${large}${rest === 0 ? '' : ` ${rest}${small}`}`
}

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

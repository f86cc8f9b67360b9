/** One thing that was looked at. `note` is worth knowing and harms nothing; only `fail` means that something needed is broken. */
export interface Check {
  readonly group: string
  readonly name: string
  readonly status: 'ok' | 'note' | 'warn' | 'fail'
  readonly detail: string
  /** What to do about it. */
  readonly fix?: string
}

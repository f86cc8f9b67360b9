const HEAD = /^=== attempt \d+ ===\n/gm

/** The line above what is kept of an attempt in a file of its run; `git apply` and `patch` pass over it. */
export function attemptHead(attempt: number): string {
  return `=== attempt ${attempt} ===`
}

/** The text of such a file without these lines. */
export function withoutHeads(text: string): string {
  return text.replace(HEAD, '')
}

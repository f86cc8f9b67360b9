/** How a verify command ended, in words. Without an exit code it was ended, at its time limit as a rule, or could not be started. */
export function exitWords(code: number | null): string {
  return code === null ? 'was stopped or did not start' : `exit ${code}`
}

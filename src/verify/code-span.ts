import { longestRun } from '../lib/scan.ts'

/** Text on one line as code in markdown, whatever backticks it holds. */
export function codeSpan(text: string): string {
  const fence = '`'.repeat(longestRun(text, '`') + 1)
  return fence.length === 1 ? `\`${text}\`` : `${fence} ${text} ${fence}`
}

/** Text as a block of code in markdown that nothing in it can end. */
export function codeBlock(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text, '`') + 1))
  return `${fence}\n${text}\n${fence}`
}

/** An absolute path as rules of Claude Code have it: `//` begins one; a character that means something in a rule is matched by `?`. */
export function pathInRule(path: string): string {
  const slashed = process.platform === 'win32' ? `/${path.replaceAll('\\', '/')}` : path
  return `/${slashed.replace(/[,()[\]{}\\*]/g, '?')}`
}

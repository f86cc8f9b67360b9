import type { FileChange } from '../domain/run.ts'
import { isAmong, relativePath } from './paths.ts'

/**
 * The changed files that no target file covers. A target is a file, a directory or a simple pattern, and may carry backticks, a line
 * number and a remark. None where a target is no path at all, such as `all the tests`: nobody can tell what it covers.
 */
export function outsideTargets(changes: readonly FileChange[], targetFiles: readonly string[], cwd: string): FileChange[] {
  const targets = targetFiles.map(withoutRemark)
  if (targets.length === 0 || !targets.every(isPath)) return []
  const inside = targets.map((target) => relativePath(target, cwd)).filter((target) => target !== undefined)
  if (inside.length === 0) return []
  return changes.filter((change) => !inside.some((target) => covers(target, change, cwd)))
}

/** `src/a.ts:12 - the handler` without what stands behind the path. */
function withoutRemark(target: string): string {
  const [, , code] = /(`+)([^`]+)\1/.exec(target) ?? []
  if (code !== undefined) return code.trim()
  return target
    .trim()
    .replace(/^["']|["']$/g, '')
    .split(/\s+[-–—#(]|:\s|,\s/, 1)
    .join('')
    .trim()
}

function isPath(target: string): boolean {
  return target !== '' && !target.startsWith('!') && (!/\s/.test(target) || /[/\\]|\.\w{1,10}$/.test(target))
}

function covers(target: string, change: FileChange, cwd: string): boolean {
  if (target === '.' || target === './') return true
  if (!/[*?]|\{.*,.*\}/.test(target)) return isAmong(target, [change], cwd)
  const pattern = patternOf(target)
  return pattern.test(change.path) || (!target.includes('/') && pattern.test(change.path.slice(change.path.lastIndexOf('/') + 1)))
}

const WILDCARDS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }

/** Brackets stand for themselves, as they do in the names of routes. */
function patternOf(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\*\*|[*?]|\{[^{}]*\}|[\\^$.+()[\]{}|]/g, (part) => {
    if (part.length > 1 && part.startsWith('{')) return `(?:${part.slice(1, -1).split(',').map(literal).join('|')})`
    return WILDCARDS[part] ?? literal(part)
  })
  return new RegExp(`^${source}(?:/.*)?$`, 'i')
}

function literal(text: string): string {
  return text.trim().replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

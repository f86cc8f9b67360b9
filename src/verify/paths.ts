import { posix } from 'node:path'
import type { FileChange } from '../domain/run.ts'
import { withoutTrailing } from '../lib/scan.ts'

/** Characters; no system knows longer ones. */
const LONGEST_PATH = 4096
/** Characters of a place within a file, behind its path. */
const LONGEST_PLACE = 100

/** Files that carry no extension, by name. */
const BARE_NAMES =
  /^(makefile|dockerfile|containerfile|jenkinsfile|gemfile|rakefile|procfile|vagrantfile|codeowners|licen[cs]e|readme|changelog)$/i

/** What may stand behind the dot of a name that has no directory before it; more is taken for a version, a method or a domain. */
const EXTENSIONS = new Set(
  [
    'ts tsx mts cts js jsx mjs cjs json jsonc json5 md mdx txt rst adoc tex ipynb csv tsv xml html htm css scss sass less svg vue svelte astro',
    'py pyi rb go rs java kt kts swift c h cc cpp cxx hpp cs fs vb php pl lua ex exs erl clj scala dart r jl m mm zig nim hs ml elm sol',
    'sh bash zsh fish ps1 bat cmd yml yaml toml ini cfg conf env sql graphql gql proto prisma tf hcl gradle cmake mk lock snap properties',
    'sln csproj patch',
  ].flatMap((line) => line.split(' ')),
)

/** Products that are named like files. */
const PRODUCTS =
  /^(node|next|vue|nuxt|react|express|three|d3|ember|backbone|angular|chart|moment|alpine|discord|p5|solid|preact|nest|knockout|underscore|handlebars|electron|tensorflow|babylon|ext|bun|deno|asp)\.(js|ts|net)$/i

/** Where things lie that are made and mostly ignored by git, so that a change of them cannot be seen. */
const IGNORED_DIRECTORY =
  /^(node_modules|bower_components|dist|build|out|target|coverage|tmp|temp|logs?|vendor|venv|__pycache__|\.(git|next|nuxt|cache|venv|idea|turbo|tox|gradle|pytest_cache|mypy_cache))$/i
const IGNORED_NAME = /^\.env(\..+)?$|\.local\.|\.local$|\.(log|pyc|tsbuildinfo|swp|bak|tmp)$|^\.ds_store$/i

/**
 * A path as changes name it: relative to the working directory, with `/`, without `./`, a line number or punctuation around it; a
 * directory keeps its `/` at the end. Undefined for what lies elsewhere.
 */
export function relativePath(written: string, cwd: string): string | undefined {
  if (written.length > LONGEST_PATH) return undefined
  const root = withoutTrailing(cwd.replaceAll('\\', '/'), '/')
  const path = withoutPlace(written.trim().replaceAll('\\', '/'))
  const isBelow = root !== '' && isSame(path.slice(0, root.length + 1), `${root}/`)
  const inside = isBelow ? path.slice(root.length + 1) : path
  if (/^([/~]|[A-Za-z]:)/.test(inside)) return undefined
  const normal = posix.normalize(inside)
  return normal === '..' || normal.startsWith('../') ? undefined : normal
}

/** Whether a word is surely meant as a file or a directory: no URL, package, version, option, pattern or product. */
export function looksLikePath(word: string): boolean {
  if (word.length > LONGEST_PATH) return false
  if (/^[-@#$&?]|[\s*<>{}|="'`,;!]|\.{3}|:\/\/|^(www|mailto)[.:]/.test(word)) return false
  const path = withoutPlace(word.replaceAll('\\', '/'))
  if (/[()]/.test(path) && !path.includes('/')) return false
  const [first = '', ...rest] = path.split('/').filter((part) => part !== '' && part !== '.')
  if (rest.length > 0 && /\.(com|org|net|io|dev|co|app|ai|sh)$/i.test(first) && !path.startsWith('.')) return false
  // Two files that are named as alternatives.
  if ([first, ...rest].slice(0, -1).some((part) => hasExtension(part))) return false
  if (path.endsWith('/')) return /[A-Za-z]/.test(first) && !/^\.\.?\/$/.test(path)
  const name = rest.at(-1) ?? first
  if (BARE_NAMES.test(name)) return /^[A-Z]/.test(name) || path.includes('/')
  const [, stem = '', extension = ''] = /^(.*)\.([A-Za-z][A-Za-z0-9]{0,9})$/.exec(name) ?? []
  if (extension === '') return false
  if (path.includes('/')) return true
  if (stem === '') return name.length > 3
  return hasExtension(name) && !PRODUCTS.test(name) && !/^(e|i|process|import\.meta|console)$/i.test(stem)
}

/** A path without the lines or the column that it names at its end. */
function withoutPlace(path: string): string {
  const end = Math.max(0, path.length - LONGEST_PLACE)
  return path.slice(0, end) + path.slice(end).replace(/(#L\d.*|:\d+([:-]\d+)*|\(\d+(,\d+)?\))$/, '')
}

function hasExtension(name: string): boolean {
  return EXTENSIONS.has(/.\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '')
}

/** Whether git is likely to ignore it. */
export function isLikelyIgnored(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '')
  return parts.some((part) => IGNORED_DIRECTORY.test(part)) || IGNORED_NAME.test(parts.at(-1) ?? '')
}

/** Tells whether a path that was named is among the changes: itself, something below it, or a file that ends as it does. */
export function changedPaths(changes: readonly FileChange[], cwd: string): (path: string) => boolean {
  const paths = new Set(changes.map(({ path }) => comparable(path)))
  // All in one text, since each of many names is looked for in each of many paths.
  const all = Array.from(paths, (path) => `/${path}/`).join('\0')
  return (path) => {
    const wanted = comparable(path).replace(/\/$/, '')
    return all.includes(`/${wanted}/`) || belowDirectory(wanted, cwd).some((below) => paths.has(below))
  }
}

/** What a path can mean that is named from above the working directory, as from the root of its repository. It is `comparable`, as they are. */
export function belowDirectory(wanted: string, cwd: string): string[] {
  const directory = comparable(`/${cwd.replaceAll('\\', '/')}`)
  const below: string[] = []
  for (let at = wanted.indexOf('/'); at >= 0 && at < directory.length; at = wanted.indexOf('/', at + 1)) {
    if (directory.endsWith(`/${wanted.slice(0, at)}`)) below.push(wanted.slice(at + 1))
  }
  return below
}

/** File systems differ in case and in how they compose letters; two names that any of them takes for one are one. */
export function comparable(path: string): string {
  return path.normalize('NFC').toLowerCase()
}

function isSame(one: string, other: string): boolean {
  return comparable(one) === comparable(other)
}

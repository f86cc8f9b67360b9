import { posix } from 'node:path'
import type { FileChange } from '../domain/run.ts'

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
  const root = cwd.replaceAll('\\', '/').replace(/\/+$/, '')
  const path = written
    .trim()
    .replaceAll('\\', '/')
    .replace(/(#L\d.*|:\d+([:-]\d+)*|\(\d+(,\d+)?\))$/, '')
  const isBelow = root !== '' && isSame(path.slice(0, root.length + 1), `${root}/`)
  const inside = isBelow ? path.slice(root.length + 1) : path
  if (/^([/~]|[A-Za-z]:)/.test(inside)) return undefined
  const normal = posix.normalize(inside)
  return normal === '..' || normal.startsWith('../') ? undefined : normal
}

/** Whether a word is surely meant as a file or a directory: no URL, package, version, option, pattern or product. */
export function looksLikePath(word: string): boolean {
  if (/^[-@#$&?]|[\s*<>{}|="'`,;!]|\.{3}|:\/\/|^(www|mailto)[.:]/.test(word)) return false
  const path = word.replaceAll('\\', '/').replace(/(#L\d.*|:\d+([:-]\d+)*|\(\d+(,\d+)?\))$/, '')
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

function hasExtension(name: string): boolean {
  return EXTENSIONS.has(/.\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '')
}

/** Whether git is likely to ignore it. */
export function isLikelyIgnored(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '')
  return parts.some((part) => IGNORED_DIRECTORY.test(part)) || IGNORED_NAME.test(parts.at(-1) ?? '')
}

/** Whether a path that was named is among the changes: itself, something below it, or a file that ends as it does. */
export function isAmong(path: string, changes: readonly FileChange[], cwd: string): boolean {
  const wanted = comparable(path).replace(/\/$/, '')
  return changes.some((change) => {
    const changed = comparable(change.path)
    if (`/${changed}`.endsWith(`/${wanted}`) || changed.startsWith(`${wanted}/`) || changed.includes(`/${wanted}/`)) return true
    // Named from above the working directory, as from the root of its repository.
    return (
      wanted.endsWith(`/${changed}`) && comparable(`/${cwd.replaceAll('\\', '/')}`).endsWith(`/${wanted.slice(0, -changed.length - 1)}`)
    )
  })
}

/** File systems differ in case and in how they compose letters; two names that any of them takes for one are one. */
function comparable(path: string): string {
  return path.normalize('NFC').toLowerCase()
}

function isSame(one: string, other: string): boolean {
  return comparable(one) === comparable(other)
}

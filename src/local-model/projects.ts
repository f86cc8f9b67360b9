import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** More than a person keeps side by side; what comes after in the order of names is not known. */
const MAX_PROJECTS = 50
/** The most directories that are looked into, and the most entries of each, so that a heap of files costs no time. */
const MAX_DIRECTORIES = 500
const MAX_ENTRIES = 1_000

const MARKERS: ReadonlySet<string> = new Set([
  '.git',
  'package.json',
  'deno.json',
  'pyproject.toml',
  'setup.py',
  'requirements.txt',
  'Cargo.toml',
  'go.mod',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'CMakeLists.txt',
  'Makefile',
  'composer.json',
  'Gemfile',
  'mix.exs',
  'Package.swift',
  'pubspec.yaml',
])
const MARKER_ENDINGS = /\.(?:sln|[a-z]{2}proj)$/

/**
 * The projects below a directory by their relative paths, with `/` between names: its directories that hold what marks a project,
 * and those in directories that do not. Never rejects; what cannot be read holds nothing.
 */
export async function listProjects(base: string): Promise<string[]> {
  const projects: string[] = []
  const others: string[] = []
  let looks = 0

  async function sort(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (projects.length >= MAX_PROJECTS || looks >= MAX_DIRECTORIES) return
      looks += 1
      const isProject = (await entriesOf(join(base, name))).some(isMarker)
      ;(isProject ? projects : others).push(name)
    }
  }

  await sort(await directoriesIn(base))
  for (const name of [...others]) await sort((await directoriesIn(join(base, name))).map((inner) => `${name}/${inner}`))
  return projects.sort()
}

function isMarker({ name }: Dirent): boolean {
  return MARKERS.has(name) || MARKER_ENDINGS.test(name)
}

async function directoriesIn(path: string): Promise<string[]> {
  const directories = (await entriesOf(path)).filter((entry) => entry.isDirectory())
  return directories.flatMap(({ name }) => (name.startsWith('.') || name === 'node_modules' ? [] : [name])).sort()
}

async function entriesOf(path: string): Promise<Dirent[]> {
  const entries: Dirent[] = []
  try {
    for await (const entry of await opendir(path)) if (entries.push(entry) >= MAX_ENTRIES) break
  } catch {
    // gone, not a directory, or not to be read: what was seen so far is what it holds
  }
  return entries
}

import { mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { replaceFile } from '../lib/atomic-file.ts'
import { packageFile } from '../lib/package-file.ts'

/** The program itself. */
const PROGRAM = packageFile('bin/orchestrator.js')

/** Writes the `orchestrator` that agents find on PATH into a directory: it starts this very program, installed or not. */
export function writeLauncher(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  replaceFile(join(directory, 'orchestrator'), `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"\n`, 0o755)
  if (process.platform === 'win32') replaceFile(join(directory, 'orchestrator.cmd'), `@"${process.execPath}" "${PROGRAM}" %*\r\n`)
}

/** The environment with a directory before all others on PATH. */
export function withFirstOnPath(directory: string, env: Readonly<Record<string, string>>): Record<string, string> {
  const name = Object.keys(env).find((one) => one.toUpperCase() === 'PATH') ?? 'PATH'
  const rest = env[name]
  return { ...env, [name]: rest ? directory + delimiter + rest : directory }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

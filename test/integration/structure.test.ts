import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const project = resolve(import.meta.dirname, '../..')

test('the dependency rule holds for every file of the product', async () => {
  const [report, files] = await Promise.all([checkDependencies(project), sourceFiles()])

  expect(report.violations).toEqual([])
  expect(report.modules).toEqual(expect.arrayContaining(files))
})

test('the dependency rule catches what it forbids, type-only imports too', async () => {
  const report = await checkDependencies(
    await plant({
      'src/scheduler/neighbour.ts': "import type { A } from '../inbox/a.ts'\nexport type B = A",
      'src/inbox/a.ts': 'export type A = string',
      'src/config/neighbour.ts': "export { a } from '../telemetry/a.ts'",
      'src/telemetry/a.ts': 'export const a = 1',
      'src/domain/neighbour.ts': "export { a } from '../lib/a.ts'",
      'src/lib/a.ts': 'export const a = 1',
      'src/lib/upward.ts': "import type { B } from '../domain/b.ts'\nexport type C = B",
      'src/domain/impure.ts': "export { existsSync } from 'node:fs'",
      'src/domain/b.ts': 'export type B = string',
      'src/control/upward.ts': "export async function load() { await using b = await import('../daemon/b.ts') }",
      'src/daemon/b.ts': 'export const b = 1',
      'src/daemon/compose.ts': "export { agents } from '../agents/index.ts'",
      'src/daemon/second-compose.ts': "export { agents } from '../agents/index.ts'",
      'src/agents/index.ts': 'export const agents = 1',
      'src/results/circle-1.ts': "import { b } from './circle-2.ts'\nexport const a = () => b",
      'src/results/circle-2.ts': "import { a } from './circle-1.ts'\nexport const b = () => a",
      'src/lib/exec.ts': "export { execa } from 'execa'",
      'src/verify/vendor.ts': "export { execa } from 'execa'",
      'src/utils/homeless.ts': "export { a } from '../lib/a.ts'",
      'src/verify/missing.ts': "export { a } from './nowhere.ts'",
      'src/verify/exempt.test.ts': "export { agents } from '../agents/index.ts'",
      'package.json': '{ "dependencies": { "execa": "1" } }',
      'node_modules/execa/package.json': '{ "name": "execa", "version": "1.0.0", "exports": { "import": "./index.js" } }',
      'node_modules/execa/index.js': 'export const execa = 1',
    }),
  )

  expect(report.violations.sort()).toEqual([
    'config-imports-lower-rows-only: src/config/neighbour.ts → src/telemetry/a.ts',
    'control-imports-lower-rows-only: src/control/upward.ts → src/daemon/b.ts',
    'domain-imports-lower-rows-only: src/domain/neighbour.ts → src/lib/a.ts',
    'domain-is-pure: src/domain/impure.ts → fs',
    'every-file-has-a-room: src/utils/homeless.ts → src/lib/a.ts',
    'lib-imports-lower-rows-only: src/lib/upward.ts → src/domain/b.ts',
    'no-circles: src/results/circle-1.ts → src/results/circle-2.ts',
    'nothing-unresolved: src/verify/missing.ts → ./nowhere.ts',
    'one-owner-of-execa: src/verify/vendor.ts → node_modules/execa/index.js',
    'registries-are-for-compose: src/daemon/second-compose.ts → src/agents/index.ts',
    'scheduler-imports-lower-rows-only: src/scheduler/neighbour.ts → src/inbox/a.ts',
  ])
})

test('only config/ reads the environment, and only cli/main.ts ends the process', async () => {
  const offenders: string[] = []
  for (const file of await sourceFiles()) {
    const text = await readFile(join(project, file), 'utf8')
    if (/process\.env\b|process\[['"]env|\benv\b[^\n]*from 'node:process'/.test(text) && !file.startsWith('src/config/'))
      offenders.push(`${file}: environment`)
    if (/process\.exit\(/.test(text) && file !== 'src/cli/main.ts') offenders.push(`${file}: exit`)
  }
  expect(offenders).toEqual([])
})

interface Report {
  readonly modules: readonly string[]
  /** `rule: from → to`, one for each violation. */
  readonly violations: string[]
}

/** What dependency-cruiser says of `src` in a directory, by the rules of the project. */
async function checkDependencies(directory: string): Promise<Report> {
  const cruiser = join(project, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const args = [cruiser, '--config', join(project, '.dependency-cruiser.cjs'), '--output-type', 'json', 'src']
  // It exits with the number of violations, which are read from its report instead.
  const stdout = await new Promise<string>((done) => {
    execFile(process.execPath, args, { cwd: directory, maxBuffer: 64 << 20 }, (_error, out) => done(out))
  })
  const { modules, summary } = JSON.parse(stdout)
  return {
    modules: modules.map((module: { source: string }) => module.source),
    violations: summary.violations.map(
      (one: { rule: { name: string }; from: string; to: string }) => `${one.rule.name}: ${one.from} → ${one.to}`,
    ),
  }
}

/** Every source file of the product, as `src/…`. */
async function sourceFiles(): Promise<string[]> {
  const entries = await readdir(join(project, 'src'), { recursive: true })
  return entries.filter((entry) => entry.endsWith('.ts') && !entry.endsWith('.test.ts')).map((entry) => `src/${entry.split(sep).join('/')}`)
}

/** A directory with these files, gone after the test. */
async function plant(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'structure-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  return directory
}

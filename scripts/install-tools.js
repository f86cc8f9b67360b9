/**
 * Installs what only the tests need into the git-ignored `.tools/<name>/`, from the npm registry: never a dependency of
 * the product. Does nothing for a tool that is already there. `node scripts/install-tools.js [name…]`, default all.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The one place that pins them. The second Node is the newest one that the product is tested on in CI. */
const TOOLS = {
  claude: { package: '@anthropic-ai/claude-code', version: '2.1.329' },
  node: { package: 'node', version: '24.21.0' },
}

const root = resolve(import.meta.dirname, '../.tools')
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TOOLS)
const unknown = names.filter((name) => !(name in TOOLS))
if (unknown.length > 0) fail(`No such tool: ${unknown.join(', ')}. There are: ${Object.keys(TOOLS).join(', ')}.`)

for (const name of names) {
  const { package: id, version } = TOOLS[name]
  const program = join(root, name, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name)
  if (printsVersion(program, version)) {
    console.log(`${id}@${version} is installed.`)
    continue
  }
  console.log(`Installing ${id}@${version} into .tools/${name} …`)
  mkdirSync(join(root, name), { recursive: true })
  writeFileSync(join(root, name, 'package.json'), '{ "private": true }\n')
  if (!npmInstall(join(root, name), `${id}@${version}`)) {
    fail(`Could not install ${id}@${version}. Is the npm registry reachable? The tests that need it are skipped without it.`)
  }
  if (!printsVersion(program, version)) fail(`${program} was installed but does not print ${version}.`)
}

function printsVersion(program, version) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' })
  return stdout?.includes(version) ?? false
}

function npmInstall(directory, spec) {
  const args = ['install', '--prefix', directory, '--save-exact', '--no-audit', '--no-fund', '--loglevel=error', spec]
  // npm tells the scripts it runs where it lives; a script file is started the same way on every system.
  const npm = process.env.npm_execpath
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], { stdio: 'inherit' })
    : spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' })
  return status === 0
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

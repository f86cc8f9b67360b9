import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { needs } from '../helpers/needs.ts'

const OUTPUT = pathToFileURL(join(import.meta.dirname, '../../dist/cli/output.js'))

/** A program that prints as a command does: what is left to be written is written at its end. It exits with 3 where nobody reads any more. */
function printing(code: string): string[] {
  const program = `
    import { outputs } from '${OUTPUT}'
    const { out, err, flushed } = outputs({}, () => process.exit(3))
    ${code}
    await flushed()
    process.exit()`
  return ['--input-type=module', '-e', program]
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'orc-output-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

test('what goes to both streams keeps its order, over turns of the program too', async () => {
  const file = join(newDirectory(), 'both.txt')
  const both = openSync(file, 'w')
  const code = `
    out.line('1'); err.line('2'); out.line('3')
    await new Promise((next) => setTimeout(next, 10))
    err.line('4'); out.line('5')`
  const child = spawn(process.execPath, printing(code), { env: {}, stdio: ['ignore', both, both] })
  closeSync(both)
  expect(await once(child, 'close')).toEqual([0, null])
  expect(readFileSync(file, 'utf8')).toBe('1\n2\n3\n4\n5\n')
})

test('a reader that is slow gets all of it', async () => {
  const child = spawn(process.execPath, printing("out.write('long '.repeat(200_000)); out.line('end')"), { env: {}, stdio: 'pipe' })
  await once(child.stdout, 'readable')
  expect(await text(child.stdout)).toBe(`${'long '.repeat(200_000)}end\n`)
})

test('a program whose reader has gone ends without a word', async () => {
  const untilAsked = "await new Promise((next) => process.stdin.on('end', next).resume())"
  for (const [code, status] of [
    [`${untilAsked}; setInterval(() => out.line('?'), 1); await new Promise(() => {})`, 3],
    [`${untilAsked}; out.line('?')`, 0],
  ] as const) {
    const child = spawn(process.execPath, printing(code), { env: {}, stdio: 'pipe' })
    child.stdout.destroy()
    await once(child.stdout, 'close')
    child.stdin.end()
    const complaint = text(child.stderr)
    expect(await once(child, 'exit')).toEqual([status, null])
    expect(await complaint).toBe('')
  }
})

test('what a full stream that does not block refuses comes when there is room', needs('posix'), async () => {
  const path = join(newDirectory(), 'socket')
  const server = createServer({ pauseOnConnect: true }).listen(path)
  await once(server, 'listening')
  const full = connect(path)
  const [[reader]] = (await Promise.all([once(server, 'connection'), once(full, 'connect')])) as [[Socket], unknown]
  server.close()
  while (full.write('-'.repeat(1000)));
  // A descriptor that Node hands on as standard output it makes blocking first; one behind that it leaves as it is.
  const child = spawn('sh', ['-c', 'exec "$@" >&3', 'sh', process.execPath, ...printing("err.line('ready'); out.line('late')")], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', full],
  })
  await once(child.stderr as NonNullable<typeof child.stderr>, 'data')
  full.destroy()
  expect((await text(reader)).replaceAll('-', '')).toBe('late\n')
})

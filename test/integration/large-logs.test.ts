import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Home, makeHome } from '../helpers/home.ts'

const MIB = 1024 * 1024
/** Of a process that has loaded the program and a few pieces of a log: about 60 MiB. */
const MOST_KIB = 250 * 1024

/** Tells at the end how much memory a process had at most. */
const TELLS_MEMORY = `
process.on('exit', () => require('node:fs').writeFileSync(process.env.MEMORY, String(process.resourceUsage().maxRSS)))
`

async function newHome(): Promise<Home> {
  const home = await makeHome({ files: { 'tells-memory.cjs': TELLS_MEMORY } })
  onTestFinished(() => home[Symbol.asyncDispose]())
  mkdirSync(dirname(home.paths.events), { recursive: true })
  return home
}

async function memoryOf(home: Home, ...args: string[]): Promise<{ kib: number; stdout: string }> {
  const memory = join(home.paths.home, 'memory')
  const env = { NODE_OPTIONS: `--require ${join(home.paths.home, 'tells-memory.cjs')}`, MEMORY: memory }
  const { code, stdout } = await home.run(args, { env })
  expect(code).toBe(0)
  return { kib: Number(readFileSync(memory, 'utf8')), stdout }
}

const rejected = (file: string) =>
  `${JSON.stringify({ ts: '2026-11-20T09:00:00.000Z', event: 'task_rejected', file, code: 'empty_file', message: 'the file is empty' })}\n`

test.each([['status'], ['tail-events'], ['list']])(
  '%s takes little memory for an event log that is one line of 300 MB',
  async (command) => {
    const home = await newHome()
    writeFileSync(home.paths.events, rejected('old.task.md'))
    truncateSync(home.paths.events, 300 * MIB)
    appendFileSync(home.paths.events, `\n${rejected('newest.task.md')}`)
    const { kib, stdout } = await memoryOf(home, command)
    expect(kib).toBeLessThan(MOST_KIB)
    if (command !== 'list') expect(stdout).toContain('newest')
  },
)

test('status takes little memory for an event log of a million lines that tell of no end', async () => {
  const home = await newHome()
  const line = `${JSON.stringify({ ts: '2026-11-20T09:00:00.000Z', event: 'noted', text: 'x'.repeat(100), task_id: 'a', run_id: 'b' })}\n`
  writeFileSync(home.paths.events, rejected('older.task.md'))
  for (let count = 0; count < 100; count += 1) appendFileSync(home.paths.events, line.repeat(5_000))
  const { kib } = await memoryOf(home, 'status')
  expect(kib).toBeLessThan(MOST_KIB)
})

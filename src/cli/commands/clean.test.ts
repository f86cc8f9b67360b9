import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FileHome, makeFileHome } from '../../../test/helpers/cli-home.ts'
import { exampleRecord } from '../../../test/helpers/examples.ts'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { writeRecord } from '../../inbox/records.ts'
import { keptId, requeueTask } from '../../inbox/requeue.ts'
import { clean } from './clean.ts'

let files: FileHome
let home: string
let paths: FileHome['paths']

beforeEach(() => {
  files = makeFileHome()
  ;({ home, paths } = files)
})
afterEach(() => files[Symbol.dispose]())

/** Files of the home, written so many days ago. */
async function put(days: number, ...names: string[]): Promise<void> {
  const time = new Date(Date.now() - days * 86_400_000)
  for (const name of names) {
    const path = join(home, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, 'four')
    await utimes(path, time, time)
  }
}

describe('clean tasks', () => {
  test('what is queued goes to the archive, over nothing that lies there', async () => {
    await put(0, 'tasks/a.task.md', 'tasks/b.task.md', 'tasks/.hidden.task.md', 'tasks/notes.txt', 'tasks/running/r.task.md')
    await writeFile(join(paths.processed, 'a.task.md'), 'the old one')

    const { code, out, err } = await runCommand(clean, { home, args: ['tasks'] })

    expect(code).toBe(0)
    expect(out.split('\n').sort()).toEqual([
      '',
      'tasks/a.task.md → tasks/processed/a.2.task.md',
      'tasks/b.task.md → tasks/processed/b.task.md',
    ])
    expect(err).toBe('archived 2 queued tasks\n')
    expect((await readdir(paths.processed)).sort()).toEqual(['a.2.task.md', 'a.task.md', 'b.task.md'])
    expect(await readFile(join(paths.processed, 'a.task.md'), 'utf8')).toBe('the old one')
    expect((await readdir(paths.tasks)).sort()).toEqual(
      ['.hidden.task.md', 'failed', 'notes.txt', 'processed', 'rejected', 'running', 'waiting'].sort(),
    )
    expect(await readdir(paths.running)).toEqual(['r.task.md'])
  })

  test('--dry-run moves nothing', async () => {
    await put(0, 'tasks/a.task.md')
    const { out, err } = await runCommand(clean, { home, args: ['tasks'], options: { dryRun: true } })
    expect({ out, err }).toEqual({ out: 'tasks/a.task.md → tasks/processed/a.task.md\n', err: 'would archive 1 queued task\n' })
    expect(await readdir(paths.processed)).toEqual([])
  })

  test('--json says the same for programs', async () => {
    await put(0, 'tasks/a.task.md')
    const { out, err } = await runCommand(clean, { home, args: ['tasks'], options: { json: true } })
    expect(JSON.parse(out)).toEqual({ dry_run: false, archived: [{ from: 'tasks/a.task.md', to: 'tasks/processed/a.task.md' }] })
    expect(err).toBe('')
  })

  test('a retry that is archived is forgotten, so that a new file of the name is a new task', async () => {
    await put(0, 'tasks/failed/a.task.md')
    await requeueTask(paths, 'a')
    await runCommand(clean, { home, args: ['tasks'] })
    expect(keptId(paths, 'a.task.md')).toBeUndefined()
  })
})

describe('clean artifacts', () => {
  test('what is older goes, with its size told; what is newer stays', async () => {
    await put(40, 'results/old_result.json', 'summaries/old_summary.txt', 'logs/runs/20260101-090000500-abcd.ndjson')
    await put(10, 'results/new_result.json', 'summaries/new_summary.txt')
    await put(40, 'results/README.md')

    const { code, out, err } = await runCommand(clean, { home, args: ['artifacts'], options: { days: '30' } })

    expect(code).toBe(0)
    expect(out.trimEnd().split('\n').sort()).toEqual([
      'logs/runs/20260101-090000500-abcd.ndjson',
      'results/old_result.json',
      'summaries/old_summary.txt',
    ])
    expect(err).toBe('removed 3 files, 12 B\n')
    expect((await readdir(paths.results)).sort()).toEqual(['README.md', 'new_result.json'])
    expect([await readdir(paths.summaries), await readdir(paths.runs)]).toEqual([['new_summary.txt'], []])
  })

  test('what came with a task goes with the last of its results, and stays with a live task', async () => {
    const files = ['old/a.png', 'old/b.txt', 'again/a.png', 'queued/a.png', 'unread/a.png', 'mixed/a.png'].map(
      (name) => `tasks/attachments/${name}`,
    )
    await put(40, ...files, 'tasks/attachments/stray.txt', 'results/old_result.json', 'results/again_result.1.json', 'tasks/queued.task.md')
    await put(10, 'results/again_result.json', 'tasks/attachments/mixed/new.png')

    const options = { days: '30' }
    const dry = await runCommand(clean, { home, args: ['artifacts'], options: { ...options, dryRun: true } })
    const { out, err } = await runCommand(clean, { home, args: ['artifacts'], options })

    expect(out).toBe(dry.out)
    expect(out.trimEnd().split('\n').sort()).toEqual([
      ...['results/again_result.1.json', 'results/old_result.json', 'tasks/attachments/mixed/a.png'],
      ...['tasks/attachments/old/a.png', 'tasks/attachments/old/b.txt', 'tasks/attachments/unread/a.png'],
    ])
    expect(err).toBe('removed 6 files, 24 B\n')
    expect((await readdir(paths.attachments)).sort()).toEqual(['again', 'mixed', 'queued', 'stray.txt'])
  })

  test('what has just come with a task that is not written yet stays, whatever the days', async () => {
    await put(0, 'tasks/attachments/coming/a.png')
    await runCommand(clean, { home, args: ['artifacts'], options: { days: '0' } })
    expect(await readdir(paths.attachments)).toEqual(['coming'])
  })

  test('--dry-run removes nothing', async () => {
    await put(40, 'results/old_result.json')
    const { out, err } = await runCommand(clean, { home, args: ['artifacts'], options: { days: '30', dryRun: true } })
    expect({ out, err }).toEqual({ out: 'results/old_result.json\n', err: 'would remove 1 file, 4 B\n' })
    expect(await readdir(paths.results)).toEqual(['old_result.json'])
  })

  test('live tasks keep theirs: queued under any name, running or waiting', async () => {
    await put(40, ...['queued', 'fix-login', 'asks', 'gone'].map((id) => `results/${id}_result.json`))
    await writeFile(join(paths.tasks, 'other-name.task.md'), '---\nid: queued\n---\ndo it')
    await put(40, 'tasks/running/fix-login.task.md', 'tasks/waiting/asks.task.md')
    await writeRecord(paths, exampleRecord())
    await put(40, `logs/runs/${exampleRecord().run_id}.ndjson`)

    const { out } = await runCommand(clean, { home, args: ['artifacts'], options: { days: '30' } })

    expect(out).toBe('results/gone_result.json\n')
    expect(await readdir(paths.runs)).toHaveLength(1)
  })

  test.each([{}, { days: 'many' }, { days: '-1' }, { days: '' }])('without a number of days nothing is done: %j', async (options) => {
    await put(40, 'results/old_result.json')
    await expect(runCommand(clean, { home, args: ['artifacts'], options })).rejects.toMatchObject({ code: 'usage', exitCode: 2 })
    expect(await readdir(paths.results)).toEqual(['old_result.json'])
  })
})

test('clean artifacts --json lists the files with their sizes', async () => {
  await put(40, 'results/old_result.json')
  const { out, err } = await runCommand(clean, { home, args: ['artifacts'], options: { days: '30', dryRun: true, json: true } })
  expect(JSON.parse(out)).toEqual({ dry_run: true, removed: [{ file: 'results/old_result.json', bytes: 4 }] })
  expect(err).toBe('')
})

test('anything else is refused with what was meant', async () => {
  await expect(runCommand(clean, { home, args: ['artefacts'] })).rejects.toThrow('did you mean artifacts?')
})

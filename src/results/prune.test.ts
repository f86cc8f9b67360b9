import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prune } from './prune.ts'

const OLD = new Date('2026-10-01T00:00:00Z')
const NEW = new Date('2026-11-19T00:00:00Z')
const LIVE_RUN = '20261001-000000000-live'
const RUN = '20261001-000000000-done'

let home = ''
const folder = (name: string) => join(home, name)

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'prune-'))
  for (const name of ['results', 'summaries', 'runs']) await mkdir(folder(name))
})
afterEach(() => rm(home, { recursive: true, force: true }))

async function put(path: string, modified: Date): Promise<void> {
  await writeFile(join(home, path), 'bytes')
  await utimes(join(home, path), modified, modified)
}

const order = (dryRun: boolean) => ({
  results: folder('results'),
  summaries: folder('summaries'),
  runs: folder('runs'),
  attachments: folder('attachments'),
  olderThan: new Date('2026-11-01T00:00:00Z'),
  keep: (id: string) => id === 'live',
  keepRun: (id: string) => id === LIVE_RUN,
  dryRun,
})

const GOES = [
  'results/.done_result.json.0123abcd.tmp',
  'results/done_result.1.json',
  'results/done_result.json',
  'summaries/done_summary.1.txt',
  'summaries/done_summary.txt',
  `runs/${RUN}.2.ndjson`,
  `runs/${RUN}.ndjson`,
]
const STAYS = [
  'results/live_result.json',
  'results/live_result.1.json',
  'results/notes.txt',
  'results/.live_result.json.0123abcd.tmp',
  'summaries/live_summary.txt',
  'summaries/done_result.json.bak',
  `runs/${LIVE_RUN}.ndjson`,
  'runs/mine.ndjson',
  `runs/${RUN}.txt`,
]

test('old artefacts go; those of live tasks, young ones and files that are not ours stay', async () => {
  for (const path of [...GOES, ...STAYS]) await put(path, OLD)
  await put('results/young_result.json', NEW)
  await mkdir(folder('results/folder_result.json'))

  const gone = GOES.map((path) => ({ path: join(home, path), bytes: 5 }))
  const everything = await readdir(home, { recursive: true })
  expect(prune(order(true))).toEqual(gone)
  expect(await readdir(home, { recursive: true })).toEqual(everything)
  expect(prune(order(false))).toEqual(gone)
  expect((await readdir(home, { recursive: true })).filter((path) => path.includes('/') || path.includes('\\')).sort()).toEqual(
    [...STAYS, 'results/young_result.json', 'results/folder_result.json'].map((path) => join(path)).sort(),
  )
  expect(prune(order(false))).toEqual([])
})

test('folders that do not exist hold nothing to prune', async () => {
  for (const name of ['results', 'summaries', 'runs']) await rm(folder(name), { recursive: true })

  expect(prune(order(false))).toEqual([])
})

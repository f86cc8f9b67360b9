import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { homePaths } from '../../src/config/home.ts'
import { newRunRecord } from '../../src/domain/run.ts'
import { archiveTask } from '../../src/inbox/archive.ts'
import { claimFile, unclaimFile } from '../../src/inbox/claim.ts'
import { makeFolders } from '../../src/inbox/folders.ts'
import { UsedIds } from '../../src/inbox/ids.ts'
import { readRecord, removeRecord } from '../../src/inbox/records.ts'
import { rejectFile } from '../../src/inbox/reject.ts'
import { dropNote, dropStrayNote, keptId, requeueTask } from '../../src/inbox/requeue.ts'
import { tidyInbox } from '../../src/inbox/tidy.ts'
import { InboxWatch } from '../../src/inbox/watch.ts'
import { amount, SEED } from './form.ts'

const STATES = ['running', 'processed', 'failed', 'rejected'] as const
type State = (typeof STATES)[number]

/** What should be where: texts by the names of files. */
interface Model {
  /** Every text that was ever dropped is another one. */
  dropped: number
  readonly queued: Map<string, Queued>
  readonly places: Readonly<Record<State, Map<string, string>>>
}

interface Queued {
  readonly text: string
  readonly isQuiet: boolean
  /** The id of the task of which it is a further run. */
  readonly kept: string | undefined
}

/** The inbox on a disk, as a daemon without agents would use it. */
interface Real {
  readonly folders: ReturnType<typeof homePaths>
  readonly candidates: Set<string>
  /** Ids that have a result. */
  readonly results: Set<string>
  watch: InboxWatch
  ids: UsedIds
}

const NAMES = ['a', 'b']
const file = (name: string) => `${name}.task.md`
const stem = (file: string) => file.slice(0, -'.task.md'.length)
const REASON = { code: 'unknown_key', message: 'no', hint: 'none' } as const
const LONG_AGO = new Date('2026-01-01')

test('no file is ever lost or in two places, whatever people and daemon do with it', async () => {
  const property = fc.asyncProperty(
    fc.commands([...incidents, ...progress, ...progress, ...progress], { maxCommands: 200, size: 'max' }),
    async (commands) => {
      await using inbox = await makeInbox()
      await fc.asyncModelRun(() => ({ model: newModel(), real: inbox.real }), commands)
    },
  )
  await fc.assert(property, { seed: SEED, numRuns: amount(100, 250, 5_000) })
})

const anyName = fc.constantFrom(...NAMES)

/** The way that a task goes. */
const progress = [
  onOne('settle', queued, (name, model, { folders }) => {
    utimesSync(join(folders.tasks, file(name)), LONG_AGO, LONG_AGO)
    model.queued.set(name, { ...taken(model.queued, name), isQuiet: true })
  }),
  onOne('claim', arrived, async (name, model, real) => {
    const used = [...real.results, ...everyId(model)]
    const { text, kept } = taken(model.queued, name)
    const id = (await claim(real, name)) ?? 'nothing'
    if (kept === undefined) expect(used, 'the id of a new task').not.toContain(id)
    else expect(id, 'the id of a further run').toBe(kept)
    model.places.running.set(id, text)
  }),
  fc.constantFrom('completed' as const, 'failed' as const, 'cancelled' as const).chain((status) =>
    onOne(`archive as ${status}`, inPlace('running'), async (id, model, { folders, results }) => {
      results.add(id)
      const to = await archiveTask(folders, id, status)
      await archiveTask(folders, id, status) // as after a crash: it moves nothing more
      removeRecord(folders, id)
      putAt(model, to, taken(model.places.running, id))
    }),
  ),
  onOne(
    'requeue',
    ({ places }) => [...places.failed.keys(), ...places.processed.keys()],
    async (id, model, { folders }) => {
      const from = model.places.failed.has(id) ? 'failed' : 'processed'
      const isFree = !model.queued.has(id)
      expect(await requeueTask(folders, id)).toBe(isFree)
      if (isFree) model.queued.set(id, { text: taken(model.places[from], id), isQuiet: true, kept: id })
    },
  ),
]

/** What people do with queued files, and what else may come in between. */
const incidents = [
  anyName.map((name) =>
    action(`drop ${name}`, always, (model, { folders }) => {
      const text = `text ${++model.dropped}\n`
      writeFileSync(join(folders.home, 'aside'), text)
      renameSync(join(folders.home, 'aside'), join(folders.tasks, file(name)))
      model.queued.set(name, { text, isQuiet: false, kept: model.queued.get(name)?.kept })
    }),
  ),
  onOne('edit', queued, (name, model, { folders }) => {
    appendFileSync(join(folders.tasks, file(name)), 'edited\n')
    const before = taken(model.queued, name)
    model.queued.set(name, { ...before, text: `${before.text}edited\n`, isQuiet: false })
  }),
  anyName.chain((to) =>
    onOne(`rename to ${to}`, queued, (name, model, { folders }) => {
      renameSync(join(folders.tasks, file(name)), join(folders.tasks, file(to)))
      if (name !== to) model.queued.set(to, { ...taken(model.queued, name), kept: model.queued.get(to)?.kept })
    }),
  ),
  onOne('delete', queued, (name, model, { folders }) => {
    rmSync(join(folders.tasks, file(name)))
    model.queued.delete(name)
  }),
  onOne('claim the just deleted', arrived, async (name, model, real) => {
    rmSync(join(real.folders.tasks, file(name)))
    model.queued.delete(name)
    expect(await claim(real, name)).toBeUndefined()
  }),
  onOne('unclaim', inPlace('running'), (id, model, { folders }) => {
    const record = readRecord(folders, id) ?? newRunRecord({ taskId: id, file: '', queued: new Date() }, new Date())
    const before = new Set(readdirSync(folders.tasks))
    unclaimFile(folders, record)
    const [back = ''] = readdirSync(folders.tasks).filter((one) => !before.has(one))
    utimesSync(join(folders.tasks, back), LONG_AGO, LONG_AGO)
    const name = stem(back)
    expect(name.startsWith(stem(record.file)), `${back} for ${record.file}`).toBe(true)
    model.queued.set(name, { text: taken(model.places.running, id), isQuiet: true, kept: undefined })
  }),
  onOne('reject', arrived, async (name, model, { folders }) => {
    const to = await rejectFile(folders, join(folders.tasks, file(name)), file(name), REASON, new Date())
    putAt(model, `tasks/rejected/${to}`, taken(model.queued, name).text)
  }),
  fc.constant(
    action('restart', always, async (_model, real) => {
      await real.watch[Symbol.asyncDispose]()
      await tidyInbox(real.folders)
      real.candidates.clear()
      Object.assign(real, await open(real))
    }),
  ),
]

type Which = (model: Readonly<Model>) => readonly string[]

function always(): boolean {
  return true
}

function queued({ queued }: Readonly<Model>): readonly string[] {
  return [...queued.keys()]
}

function arrived({ queued }: Readonly<Model>): readonly string[] {
  return [...queued].flatMap(([name, { isQuiet }]) => (isQuiet ? [name] : []))
}

function inPlace(state: State): Which {
  return ({ places }) => [...places[state].keys()]
}

/** An action on one of the files that it can be done to. */
function onOne(what: string, which: Which, run: (one: string, model: Model, real: Real) => void | Promise<void>) {
  return fc.nat().map((pick) => {
    const chosen = (model: Readonly<Model>) => which(model)[pick % Math.max(which(model).length, 1)]
    return action(
      `${what}, ${pick}`,
      (model) => chosen(model) !== undefined,
      (model, real) => run(chosen(model) ?? '', model, real),
    )
  })
}

/** Something that happens, after which the disk must look as the model says. */
function action(
  what: string,
  check: (model: Readonly<Model>) => boolean,
  run: (model: Model, real: Real) => void | Promise<void>,
): fc.AsyncCommand<Model, Real> {
  return {
    check,
    async run(model, real) {
      await run(model, real)
      await agree(model, real)
    },
    toString: () => what,
  }
}

async function agree(model: Model, { folders, candidates, watch }: Real): Promise<void> {
  // A look that was under way may have been too early to see everything.
  await watch.rescan()
  await watch.rescan()
  expect({ files: filesOf(folders), candidates: [...candidates].sort() }).toEqual({
    files: {
      tasks: Object.fromEntries([...model.queued].map(([one, { text }]) => [one, text])),
      ...Object.fromEntries(STATES.map((state) => [state, Object.fromEntries(model.places[state])])),
    },
    candidates: arrived(model).map(file).sort(),
  })
  const records = readdirSync(folders.running).filter((one) => one.endsWith('.run.json'))
  expect(records.sort()).toEqual([...model.places.running.keys()].map((one) => `${one}.run.json`).sort())
}

function filesOf(folders: Real['folders']): Record<string, Record<string, string>> {
  const states = ['tasks', ...STATES] as const
  return Object.fromEntries(
    states.map((state) => {
      const names = readdirSync(folders[state]).filter((one) => one.endsWith(file('')) && !one.startsWith('.'))
      return [state, Object.fromEntries(names.map((one) => [stem(one), readFileSync(join(folders[state], one), 'utf8')]))]
    }),
  )
}

/** Claims as a daemon does; the id, or undefined where the file is gone. */
async function claim({ folders, ids }: Real, one: string): Promise<string | undefined> {
  const kept = keptId(folders, file(one))
  const taskId = kept ?? (await ids.take(one))
  const claimed = await claimFile(folders, file(one), newRunRecord({ taskId, file: file(one), queued: new Date() }, new Date()))
  if (claimed) dropNote(folders, file(one))
  else if (kept === undefined) await ids.release(taskId)
  return claimed && taskId
}

function everyId({ places }: Model): string[] {
  return [...places.running.keys(), ...places.processed.keys(), ...places.failed.keys()]
}

/** What was there; it is there no more. */
function taken<T>(map: Map<string, T>, key: string): T {
  const value = map.get(key)
  if (value === undefined) throw new Error(`the model has no ${key}`)
  map.delete(key)
  return value
}

/** Puts a text where the inbox says that the file lies now, which must have been free. */
function putAt(model: Model, path: string, text: string): void {
  const [, state, one = ''] = /^tasks\/(\w+)\/(.+)\.task\.md$/.exec(path) ?? []
  const place = model.places[STATES.find((known) => known === state) ?? 'running']
  expect([...place.keys()], 'files that would be overwritten').not.toContain(one)
  place.set(one, text)
}

function newModel(): Model {
  return { dropped: 0, queued: new Map(), places: { running: new Map(), processed: new Map(), failed: new Map(), rejected: new Map() } }
}

async function makeInbox(): Promise<AsyncDisposable & { readonly real: Real }> {
  const folders = homePaths(mkdtempSync(join(tmpdir(), 'inbox-machine-')))
  makeFolders(folders)
  const seen = { folders, candidates: new Set<string>(), results: new Set<string>() }
  const real: Real = { ...seen, ...(await open(seen)) }
  return {
    real,
    async [Symbol.asyncDispose]() {
      await real.watch[Symbol.asyncDispose]()
      rmSync(folders.home, { recursive: true })
    },
  }
}

/** A daemon's eyes and memory at its start. Files count as quiet only if they are old. */
async function open({
  folders,
  candidates,
  results,
}: Pick<Real, 'folders' | 'candidates' | 'results'>): Promise<Pick<Real, 'watch' | 'ids'>> {
  const watch = new InboxWatch(
    { folders, polling: false, settleMs: () => 3_600_000, rescanMs: () => 3_600_000 },
    {
      arrived: (arrival) => candidates.add(arrival.name),
      gone(gone) {
        dropStrayNote(folders, gone)
        candidates.delete(gone)
      },
      looked: () => undefined,
      odd: () => undefined,
      problem: (message) => {
        throw new Error(message)
      },
    },
  )
  await watch.start()
  return { watch, ids: new UsedIds(folders, (id) => results.has(id)) }
}

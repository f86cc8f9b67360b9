import { existsSync, readFileSync, watch } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '../../../config/schema.ts'
import { CONTAINMENT_HINT } from '../../../daemon/containment.ts'
import { type Containment, type ContainmentChoice, findContainment } from '../../../lib/containment.ts'
import { wordsOf } from '../../../lib/words-of.ts'
import { formatBytes } from '../../render/bytes.ts'
import type { Check } from './check.ts'

const GROUP = 'System'
const LITTLE_SPACE = 1024 ** 3
/** The oldest Node that this is made for, as package.json says. */
const OLDEST_NODE = [20, 19] as const

/** How agents are ended where there is no namespace. */
const SWEEPS: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'by process group, session, parents and a mark in the environment',
  win32: 'by taskkill /T, which misses processes that lost their parent',
}

/** What the machine gives: Node, file events, disk, and how agents are ended on it. */
export async function checkSystem({ home, settings, environment }: Config): Promise<readonly Check[]> {
  const place = nearestExisting(home)
  const containment = await findContainment(settings.PROCESS_FENCE, environment.PATH)
  return [
    checkNode(process.versions.node),
    checkWatching(place, settings.WATCH_POLLING),
    await checkDisk(place),
    judgeContainment(containment, settings.PROCESS_FENCE, process.platform),
    judgeProtection(containment),
  ]
}

/** Whether that version of Node is new enough. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])
  const base = { group: GROUP, name: 'node', detail: version }
  return old ? { ...base, status: 'fail', fix: `Install Node ${OLDEST_NODE.join('.')} or newer.` } : { ...base, status: 'ok' }
}

function checkWatching(directory: string, polling: boolean): Check {
  const base = { group: GROUP, name: 'file events' }
  if (polling) return { ...base, status: 'ok', detail: 'not used: tasks/ is polled (WATCH_POLLING=true)' }
  try {
    watch(directory).close()
    return { ...base, status: 'ok', detail: ['usable', ...inotifyLimits()].join(' · ') }
  } catch (error) {
    const fix = 'Raise it (sudo sysctl fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288), or set WATCH_POLLING=true.'
    return { ...base, status: 'warn', detail: ["the system's limit is reached", wordsOf(error), ...inotifyLimits()].join(' · '), fix }
  }
}

/** The limits of inotify(7); nothing where the system has none. */
function inotifyLimits(): string[] {
  const read = (name: string, what: string) => {
    const path = `/proc/sys/fs/inotify/max_user_${name}`
    return existsSync(path) ? [`at most ${readFileSync(path, 'utf8').trim()} ${what}`] : []
  }
  return [...read('watches', 'watches'), ...read('instances', 'watchers')]
}

async function checkDisk(directory: string): Promise<Check> {
  const { bavail, bsize } = await statfs(directory)
  return judgeSpace(bavail * bsize)
}

/** Whether so many bytes are enough to go on. */
export function judgeSpace(bytes: number): Check {
  const base = { group: GROUP, name: 'disk', detail: `${formatBytes(bytes)} free` }
  if (bytes >= LITTLE_SPACE) return { ...base, status: 'ok' }
  return { ...base, status: 'warn', fix: 'Free some space; `orchestrator clean artifacts --days 30` removes old results.' }
}

/** How no process of an agent is left, and why not by a better containment. */
export function judgeContainment({ namespace, lacking }: Containment, choice: ContainmentChoice, platform: NodeJS.Platform): Check {
  const base = { group: GROUP, name: 'end of agents' }
  const why = because(lacking)
  if (namespace) return { ...base, status: 'ok', detail: `with their PID namespace, made by ${namespace.tool}${why}` }
  const detail = `${SWEEPS[platform] ?? 'by process group and parents'}${why}`
  if (choice === 'namespace') return { ...base, status: 'fail', detail: `no PID namespace can be had${why}`, fix: CONTAINMENT_HINT }
  return platform === 'linux' && choice === 'auto'
    ? { ...base, status: 'note', detail, fix: CONTAINMENT_HINT }
    : { ...base, status: 'ok', detail }
}

/** Whether an agent can reach the files of the home that govern it. */
export function judgeProtection({ namespace, lacking }: Containment): Check {
  const base = { group: GROUP, name: 'protection' }
  if (namespace?.mounts) return { ...base, status: 'ok', detail: 'agents can neither change what governs them nor read .env' }
  const detail = `an agent with a shell can write the home and read .env; its file tools are denied that${because(lacking)}`
  return { ...base, status: 'warn', detail, fix: PROTECTION_HINT }
}

const PROTECTION_HINT =
  'Install bubblewrap on Linux and let this user make namespaces. Until then edits of the configuration wait for `orchestrator reload`.'

function because(lacking: readonly string[]): string {
  return lacking.length === 0 ? '' : ` (${lacking.join('; ')})`
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path))
}

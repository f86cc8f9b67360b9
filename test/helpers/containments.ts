import { type Containment, SWEEP, tryTool } from '../../src/lib/containment.ts'
import { needs } from './needs.ts'

/** A containment that tests of processes are run with. */
export interface ContainmentCase {
  readonly name: string
  /** For `describe`: skipped where the machine cannot have it. */
  readonly options: ReturnType<typeof needs>
  /** Throws where it cannot be had after all. */
  find(): Promise<Containment>
}

const sweep: ContainmentCase = { name: 'a sweep', options: needs(), find: async () => SWEEP }
const unshare: ContainmentCase = { name: 'a PID namespace by unshare', options: needs('pid namespace'), find: () => by('unshare') }
const bwrap: ContainmentCase = { name: 'a PID namespace by bwrap', options: needs('bwrap'), find: () => by('bwrap') }

/** The namespaces that this system knows. */
export const NAMESPACES: readonly ContainmentCase[] = process.platform === 'linux' ? [unshare, bwrap] : []
/** Every containment that this system knows: the same tests hold for all of them. */
export const CONTAINMENTS: readonly ContainmentCase[] = [sweep, ...NAMESPACES]

/** What runs for an agent, of a list of commands: without those that only keep its namespace. */
export function withoutKeepers(commands: readonly string[]): string[] {
  return commands.filter((command) => !command.includes('ns_last_pid'))
}

async function by(tool: 'unshare' | 'bwrap'): Promise<Containment> {
  const namespace = await tryTool(tool, process.env.PATH)
  if (typeof namespace === 'string') throw new Error(namespace)
  return { namespace, lacking: [] }
}

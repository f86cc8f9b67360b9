import { type Fence, SWEEP, tryTool } from '../../src/lib/process-fence.ts'
import { needs } from './needs.ts'

/** A fence that tests of processes are run with. */
export interface FenceCase {
  readonly name: string
  /** For `describe`: skipped where the machine cannot have it. */
  readonly options: ReturnType<typeof needs>
  /** Throws where it cannot be had after all. */
  raise(): Promise<Fence>
}

const sweep: FenceCase = { name: 'a sweep', options: needs(), raise: async () => SWEEP }
const unshare: FenceCase = { name: 'a PID namespace by unshare', options: needs('pid namespace'), raise: () => by('unshare') }
const bwrap: FenceCase = { name: 'a PID namespace by bwrap', options: needs('bwrap'), raise: () => by('bwrap') }

/** The namespaces that this system knows. */
export const NAMESPACES: readonly FenceCase[] = process.platform === 'linux' ? [unshare, bwrap] : []
/** Every fence that this system knows: the same tests hold for all of them. */
export const FENCES: readonly FenceCase[] = [sweep, ...NAMESPACES]

/** What runs for an agent, of a list of commands: without those that only keep its namespace. */
export function withoutKeepers(commands: readonly string[]): string[] {
  return commands.filter((command) => !command.includes('ns_last_pid'))
}

async function by(tool: 'unshare' | 'bwrap'): Promise<Fence> {
  const namespace = await tryTool(tool, process.env.PATH)
  if (typeof namespace === 'string') throw new Error(namespace)
  return { namespace, lacking: [] }
}

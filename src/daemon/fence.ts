import type { Config } from '../config/schema.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { type Fence, raiseFence } from '../lib/process-fence.ts'

/** The fence that PROCESS_FENCE asks for, found out by trying; throws `bad_config` where it demands a namespace and none can be had. */
export async function requireFence({ settings, environment }: Pick<Config, 'settings' | 'environment'>): Promise<Fence> {
  const fence = await raiseFence(settings.PROCESS_FENCE, environment.PATH)
  if (fence.namespace || settings.PROCESS_FENCE !== 'namespace') return fence
  const problem = `PROCESS_FENCE=namespace: no PID namespace can be had here: ${fence.lacking.join('; ')}.`
  throw new OrchestratorError('bad_config', problem, { hint: FENCE_HINT })
}

/** What to do where no PID namespace can be had. */
export const FENCE_HINT = 'Install util-linux or bubblewrap, let this user make namespaces, or do without: PROCESS_FENCE=sweep.'

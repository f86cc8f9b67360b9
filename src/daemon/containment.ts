import type { Config } from '../config/schema.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { type Containment, findContainment } from '../lib/containment.ts'

/** The containment that PROCESS_FENCE asks for, found out by trying; throws `bad_config` where it demands a namespace and none can be had. */
export async function requireContainment({ settings, environment }: Pick<Config, 'settings' | 'environment'>): Promise<Containment> {
  const containment = await findContainment(settings.PROCESS_FENCE, environment.PATH)
  if (containment.namespace || settings.PROCESS_FENCE !== 'namespace') return containment
  const problem = `PROCESS_FENCE=namespace: no PID namespace can be had here: ${containment.lacking.join('; ')}.`
  throw new OrchestratorError('bad_config', problem, { hint: CONTAINMENT_HINT })
}

/** What to do where no PID namespace can be had. */
export const CONTAINMENT_HINT = 'Install util-linux or bubblewrap, let this user make namespaces, or do without: PROCESS_FENCE=sweep.'

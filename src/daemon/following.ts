import { resolve } from 'node:path'
import { directories } from '../config/directories.ts'
import type { Config } from '../config/schema.ts'
import { type Containment, SWEEP } from '../lib/containment.ts'
import { createRedactor, SECRET_NAME } from '../lib/redact.ts'
import { resolveInside } from '../lib/safe-path.ts'
import type { LocalModel } from '../local-model/contract.ts'
import { createLocalModel } from '../local-model/create.ts'
import { listProjects } from '../local-model/projects.ts'
import type { Logger } from '../telemetry/logger.ts'
import { requireContainment } from './containment.ts'

/** The local model of the present configuration; a new one where the configuration names another. */
export function modelFollowing(config: () => Config): () => LocalModel {
  const isUsable = async (cwd: string) => {
    const { base, root } = directories(config())
    return resolveInside(root, resolve(base, cwd)).ok
  }
  return following(
    () => `${config().settings.OLLAMA_HOST} ${config().settings.OLLAMA_MODEL}`,
    () => createLocalModel(config().settings, isUsable, () => listProjects(directories(config()).base)),
  )
}

/**
 * The containment of the present configuration, tried out when the first attempt wants it. Throws where the start cannot have what it
 * demands; of an edit that demands in vain the log tells, and it changes nothing, since there was no better containment before.
 */
export async function containmentFollowing(config: () => Config, log: Logger): Promise<() => Promise<Containment>> {
  const choice = () => config().settings.PROCESS_FENCE
  if (choice() === 'namespace') await requireContainment(config())
  return following(choice, async () => {
    const containment = await requireContainment(config()).catch((error: unknown) => {
      log.error('the containment that is demanded cannot be had', { error })
      return SWEEP
    })
    const lacking = containment.lacking.length > 0 && { lacking: containment.lacking.join('; ') }
    log.info('the processes of agents are kept together', { by: containment.namespace?.tool ?? 'sweep', ...lacking })
    return containment
  })
}

/** Masks the secrets of the present configuration, and those that were taken out of it: whoever took them out may still know them. */
export function redactorFollowing(config: () => Config): (text: string) => string {
  const known: Record<string, string> = {}
  const redactor = following(config, () => {
    for (const [name, value] of Object.entries(config().environment)) if (SECRET_NAME.test(name)) known[`${value}_${name}`] = value
    return createRedactor(known)
  })
  return (text) => redactor()(text)
}

/** What was made of something, made anew only when that is another. */
function following<Key, Made>(key: () => Key, make: () => Made): () => Made {
  let last: { readonly key: Key; readonly made: Made } | undefined
  return () => {
    const now = key()
    if (last === undefined || last.key !== now) last = { key: now, made: make() }
    return last.made
  }
}

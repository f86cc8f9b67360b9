import { resolve } from 'node:path'
import { directories } from '../config/directories.ts'
import { environmentsOf } from '../config/redactor.ts'
import type { Config } from '../config/schema.ts'
import { type Containment, SWEEP } from '../lib/containment.ts'
import { createRedactor, namesMasked, type Redactor, secretsIn } from '../lib/redact.ts'
import { resolveInside } from '../lib/safe-path.ts'
import type { LocalModel } from '../local-model/contract.ts'
import { createLocalModel } from '../local-model/create.ts'
import { maskedModel } from '../local-model/masked.ts'
import { listProjects } from '../local-model/projects.ts'
import type { Logger } from '../telemetry/logger.ts'
import { requireContainment } from './containment.ts'

/** The local model of the present configuration, told no secrets; a new one where the configuration names another. */
export function modelFollowing(config: () => Config, redact: Redactor): () => LocalModel {
  const isUsable = async (cwd: string) => {
    const { base, root } = directories(config())
    return resolveInside(root, resolve(base, cwd)).ok
  }
  const make = () => createLocalModel(config().settings, isUsable, () => listProjects(directories(config()).base))
  return following(
    () => `${config().settings.OLLAMA_HOST} ${config().settings.OLLAMA_MODEL}`,
    () => maskedModel(make(), redact),
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

/**
 * Masks the secrets of the present configuration, those that it gives to single agents as well, and those that were taken out of it: whoever
 * took them out may still know them.
 */
export function redactorFollowing(config: () => Config): Redactor {
  const known: Record<string, string> = {}
  const redactor = following(config, () => {
    for (const { name, value } of secretsIn(...environmentsOf(config()))) known[`${value}_${name}_SECRET`] = value
    return createRedactor(known)
  })
  const redact = (text: string) => redactor()(text)
  return Object.defineProperties(redact, {
    inNames: { value: (text: string) => namesMasked(redactor(), text) },
    secrets: { get: () => redactor().secrets },
  })
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

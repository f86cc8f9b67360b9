import type { Overrides } from '../config/settings.ts'
import type { Options } from './context.ts'

/** The options of `start` and `run` that stand for variables of the configuration. */
export function overridesFrom(options: Options): Overrides {
  return {
    ...(typeof options.agent === 'string' && { DEFAULT_AGENT: options.agent }),
    ...(typeof options.concurrency === 'string' && { MAX_CONCURRENT_TASKS: options.concurrency }),
  }
}

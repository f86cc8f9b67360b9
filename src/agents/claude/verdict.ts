import type { Denial } from '../../domain/attempt.ts'
import { type Failure, failure } from '../../domain/errors.ts'
import type { ProcessExit } from '../../lib/running.ts'
import { badEnd, failedResult, failedStart, missingResult } from './failures.ts'
import type { ApiError, ResultLine, UsageLimit } from './lines.ts'

/** What was read of an attempt, as far as the verdict depends on it. */
export interface Story {
  /** Whether any line of the stream was understood. */
  readonly spoke: boolean
  /** The result that counts: the last one. */
  readonly result: ResultLine | undefined
  /** The failed API call that the result is about. */
  readonly api: ApiError | undefined
  readonly limit: UsageLimit | undefined
  /** What the CLI itself said in place of the model. */
  readonly cliText: string
  readonly calls: number
  /** Denied calls that were not carried out later on either. */
  readonly unmet: readonly Denial[]
}

/** Why an attempt failed; undefined only where process, result and permissions all say that it did not. */
export function verdict(story: Story, exit: ProcessExit): Failure | undefined {
  const { result } = story
  if (exit.startError) return failedStart(exit.startError)
  if (!result) return missingResult(exit, story.spoke)
  if (result.isError || result.subtype !== 'success') return failedResult(result, story.api, story.limit)
  if (exit.code !== 0) return badEnd(exit, 'after it had reported success')
  if (result.turns === 0) return failure('nothing_done', `The model was never asked. ${story.cliText}`.trim())
  if (story.unmet.length > 0) return failure('permission_denied', `Denied: ${story.unmet.map(inWords).join('; ')}`)
  if (story.calls === 0 && (result.text ?? '').trim() === '') {
    return failure('nothing_done', 'The model neither used a tool nor said anything.')
  }
  return undefined
}

function inWords({ tool, detail }: Denial): string {
  return detail === '' ? tool : `${tool} (${detail})`
}

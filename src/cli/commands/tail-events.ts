import type { HomePaths } from '../../config/home.ts'
import { lastEvents, readEvent } from '../../control/view/event-history.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { resolveId } from '../../control/view/resolve-id.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import type { LoggedEvent } from '../../domain/events.ts'
import { TASK_SUFFIX } from '../../domain/task-name.ts'
import { followLines } from '../../lib/tail.ts'
import type { Command, Context, Options } from '../context.ts'
import { printJson } from '../print-json.ts'
import { readCount } from '../read-count.ts'
import { eventLine } from '../render/event-line.ts'
import { createStyle, type Style } from '../render/style.ts'
import { oneLine } from '../render/text.ts'

const DEFAULT_LINES = 20

/** `tail-events`: what happened last, and with `-f` what happens next. It only reads files, so no daemon waits for it. */
export const tailEvents: Command = async (context, _args, options) => {
  const paths = requireHome(context.home)
  const count = readCount(options, 'lines', DEFAULT_LINES)
  const id = await taskOf(context, options)
  const wanted = (event: LoggedEvent) => id === undefined || isAbout(event, id)
  const print = printer(context, options.json === true)

  // Where the log ends is fixed before its past is read, so that nothing is lost between the two.
  const news = followLines(paths.events, { signal: context.signal, fromEnd: true })
  let next = options.follow === true ? news.next() : undefined
  const past = lastEvents(paths.events, count, wanted, id === undefined ? undefined : [id])
  for (const event of past) print(event)
  if (past.length === 0 && count > 0) sayNothingYet(context, paths, id)

  while (next !== undefined) {
    const { done, value } = await next
    if (done === true) break
    const event = readEvent(value)
    if (event && wanted(event)) print(event)
    next = news.next()
  }
  return 0
}

/** With `-f` the task may be one that is still to come. */
async function taskOf({ home }: Context, { task, follow }: Options): Promise<string | undefined> {
  if (typeof task !== 'string') return undefined
  try {
    return await resolveId(home, task)
  } catch (error) {
    if (follow === true && error instanceof OrchestratorError && error.code === 'no_such_task') return task
    throw error
  }
}

function isAbout(event: LoggedEvent, id: string): boolean {
  return 'task_id' in event ? event.task_id === id : event.event === 'task_rejected' && event.file === id + TASK_SUFFIX
}

function printer({ out }: Context, json: boolean): (event: LoggedEvent) => void {
  const style = createStyle(out.color)
  return (event) => (json ? printJson(out, event, 0) : out.line(lineOf(event, style)))
}

/** A line of the log may be of another version, or of anybody. */
function lineOf(event: LoggedEvent, style: Style): string {
  try {
    return eventLine(event, style)
  } catch {
    return oneLine(`${event.ts} ${event.event}`)
  }
}

function sayNothingYet({ err }: Context, { events }: HomePaths, id: string | undefined): void {
  err.line(id === undefined ? `There are no events yet in ${events}.` : `There are no events of ${id}.`)
}

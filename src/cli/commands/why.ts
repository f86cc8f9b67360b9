import { basename } from 'node:path'
import type { Environment } from '../../config/environment.ts'
import type { HomePaths } from '../../config/home.ts'
import { tellDaemon } from '../../control/client.ts'
import type { PlaceInQueue } from '../../control/protocol.ts'
import { type TaskView, viewTask } from '../../control/view/home-view.ts'
import { openQuestion } from '../../control/view/open-questions.ts'
import { queuedFile } from '../../control/view/queued-files.ts'
import { requireHome } from '../../control/view/require-home.ts'
import { resolveId } from '../../control/view/resolve-id.ts'
import { questionWords } from '../../control/words/question-words.ts'
import { isOpen } from '../../domain/question.ts'
import { readQuestions } from '../../inbox/questions.ts'
import { formatDuration } from '../../lib/duration.ts'
import { formatMoment } from '../../lib/moment.ts'
import { namesMasked } from '../../lib/redact.ts'
import { askDaemon } from '../ask-daemon.ts'
import type { Command } from '../context.ts'
import { homeRedactor } from '../home-redactor.ts'
import { oneLine } from '../render/text.ts'

/** `why ID`: in one line why a task does not run, or how it stands with it. */
export const why: Command = async ({ home, env, out }, [text = '']) => {
  const paths = requireHome(home)
  const id = await resolveId(home, text)
  const task = viewTask(paths, id)
  const reason = task ? await reasonFor(task, paths, env) : `${id} is gone: its file was removed`
  out.line(oneLine(namesMasked(await homeRedactor(paths, env), reason)))
  return 0
}

async function reasonFor(task: TaskView, paths: HomePaths, environment: Environment): Promise<string> {
  const { id, state, result, reason } = task
  switch (state) {
    case 'queued':
      return `${id} is queued: ${await whyQueued(task, paths, environment)}`
    case 'running':
      return whyRunning(task, paths, environment)
    case 'waiting':
      return whyWaiting(task, paths)
    case 'archived':
      return `${id} lies in tasks/processed and has no result`
    case 'rejected':
      return `${id} was rejected${reason ? `: ${reason.message} → ${reason.hint}` : ''}`
    case 'completed':
      return `${id} completed${result ? ` at ${formatMoment(result.timings.finished)}` : ''}`
    default: {
      const verb = state === 'cancelled' ? 'was cancelled' : 'failed'
      const { failure } = result ?? {}
      return failure ? `${id} ${verb}: ${failure.message} (${failure.code}) → ${failure.hint}` : `${id} ${verb}`
    }
  }
}

function whyWaiting({ id, record }: TaskView, paths: HomePaths): string {
  const open = readQuestions(paths, id, record?.run_id).filter(isOpen)
  if (open.length === 0) return `${id} has its answer and goes on with the daemon; start it with: orchestrator start`
  const which = open.length > 1 ? ' --question …' : ''
  const asked = open.map((question) => `${open.length > 1 ? `${question.id} ` : ''}${questionWords(openQuestion(question))}`)
  return `${id} waits for an answer to ${asked.join(', and to ')}; give it with: orchestrator answer ${id} "…"${which}`
}

async function whyQueued({ id, file }: TaskView, paths: HomePaths, environment: Environment): Promise<string> {
  const name = file === undefined ? id : basename(file)
  const daemon = await askDaemon(paths)
  if (daemon.kind === 'none') return withoutDaemon(await reasonOnFiles(name, paths, environment)) ?? NO_DAEMON
  if (daemon.kind === 'silent') return `the daemon (process ${daemon.pid}) does not answer; look at ${paths.log}`
  const { before, waitsFor } = await placeInQueue(name, paths)
  const { holds, concurrency, running } = daemon.status
  // The hold of one agent need not concern this task.
  const reason = waitsFor ?? holds.find(({ kind }) => kind !== 'agent')?.reason
  if (reason) return reason
  if (before === null) return 'the daemon has not taken it in yet; it waits until the file is quiet'
  return `it waits for a free slot: ${running.length} of ${concurrency} in use, ${before} before it`
}

async function whyRunning({ id, record }: TaskView, paths: HomePaths, environment: Environment): Promise<string> {
  const daemon = await askDaemon(paths)
  const live = daemon.kind === 'answers' ? daemon.status.running.find((task) => task.id === id) : undefined
  if (live) {
    const attempt = live.attempt > 1 ? `, attempt ${live.attempt}` : ''
    return `${id} runs since ${formatMoment(live.since)}${attempt}${live.note ? `: ${live.note}` : live.tool ? `: ${live.tool}` : ''}`
  }
  if (daemon.kind === 'none') {
    const reason = withoutDaemon(await reasonOnFiles(`running/${id}`, paths, environment))
    return reason ? `${id} has begun and goes on later: ${reason}` : `${id} was interrupted; it goes on at the next: orchestrator start`
  }
  const next = record?.next_attempt ? Date.parse(record.next_attempt) - Date.now() : 0
  const last = record?.attempts.at(-1)?.outcome
  if (next > 0) return `${id} is attempted again in ${formatDuration(next)}${last ? `, after ${last}` : ''}`
  const reason = daemon.kind === 'answers' && (await placeInQueue(id, paths)).waitsFor
  return `${id} has begun and goes on later: ${reason || 'it waits for a free slot'}`
}

const NO_DAEMON = 'no daemon runs; start it with: orchestrator start'

/** What a task waits for besides a daemon; undefined where that is all. */
function withoutDaemon(reason: string | undefined): string | undefined {
  return reason && `${reason.replace(/\.$/, '')}. Besides, ${NO_DAEMON}`
}

/** What keeps a task from starting by what the files say. The key is the name of a queued file, or `running/<id>`. */
async function reasonOnFiles(key: string, paths: HomePaths, environment: Environment): Promise<string | undefined> {
  const { lookAheadOn } = await import('../queue-from-files.ts')
  const file = queuedFile(paths, key)
  return (await lookAheadOn(paths, environment, file ? [file] : [])).reasons.get(key)
}

async function placeInQueue(id: string, paths: HomePaths): Promise<PlaceInQueue> {
  return tellDaemon(paths, 'why', { id })
}

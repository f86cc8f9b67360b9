import type { TaskState } from '../../control/view/home-view.ts'
import { accountOf } from '../../control/words/event-words.ts'
import type { LoggedEvent, Progress } from '../../domain/events.ts'
import { activityWords, continuedText, liveText } from './format.ts'
import type { LiveMessages } from './live-message.ts'
import type { Memory } from './memory.ts'

/** How many tasks are kept in mind whose message is still on its way. */
const MOST = 500

interface Standing {
  readonly state: TaskState
  readonly words: string
  readonly turns: number
  /** The question that is open. */
  readonly asks?: string | undefined
}

/** Keeps the one message of each task that came from here as the task stands. */
export class Follower {
  readonly #memory: Memory
  readonly #live: LiveMessages
  readonly #standings = new Map<string, Standing>()
  /** The ids of tasks by their files: an id that was used before becomes another one when the file is claimed. */
  readonly #ids = new Map<string, string>()

  constructor(memory: Memory, live: LiveMessages) {
    this.#memory = memory
    this.#live = live
  }

  /** What the message of a task shows before anything is known of it. */
  first(
    task: string,
    title: string,
    words: string,
  ): { readonly html: string; readonly buttons: readonly { label: string; key: string }[][] } {
    this.#standings.delete(task)
    return this.#face(task, title, { state: 'queued', words, turns: 0 })
  }

  /** Has the file of a task stand for its id until it is claimed. */
  expect(file: string, task: string): void {
    this.#ids.set(file, task)
  }

  /** The message of a task was sent, showing what `first` gave. */
  sent(chat: number, id: number, task: string, title: string, file: string | undefined, face: ReturnType<Follower['first']>): void {
    const now = (file === undefined ? undefined : this.#ids.get(file)) ?? task
    for (const earlier of this.#memory.messages(now, 'live')) {
      const html = continuedText({ id: now, title: earlier.about.title ?? now })
      this.#live.show(earlier.chat, earlier.id, { html, buttons: [] }, { last: true })
    }
    this.#memory.note(chat, id, { task: now, as: 'live', title })
    this.#live.show(chat, id, face, { sent: true })
    this.#show(now)
  }

  event(event: LoggedEvent): void {
    if (!('task_id' in event)) return
    const { task_id: task } = event
    if (event.event === 'task_received') this.#claimed(event.file, task)
    const standing = standingOf(event, this.#standings.get(task))
    if (standing) this.#stand(task, standing)
  }

  progress({ task_id: task, activity }: Progress): void {
    const { turns, asks }: Pick<Standing, 'turns' | 'asks'> = this.#standings.get(task) ?? { turns: 0 }
    const works = (words: string, turn = turns) => this.#stand(task, { state: 'running', words, turns: turn, asks })
    if (activity.kind === 'turn') works(activityWords({ turns: activity.turns, tool: undefined }), activity.turns)
    else if (activity.kind === 'tool') works(activityWords({ turns, tool: `${activity.name} ${activity.detail}`.trim() }))
    else if (activity.kind === 'api_retry') works(`waits for its API: ${activity.reason}`)
  }

  #claimed(file: string, task: string): void {
    const before = this.#ids.get(file)
    this.#ids.delete(file)
    if (before === undefined || before === task) return
    this.#ids.set(file, task) // its message may still be on the way
    for (const { chat, id, about } of this.#memory.messages(before, 'live').slice(-1)) this.#memory.note(chat, id, { ...about, task })
  }

  #stand(task: string, standing: Standing): void {
    this.#standings.delete(task)
    this.#standings.set(task, standing)
    const [oldest] = this.#standings.keys()
    if (this.#standings.size > MOST && oldest !== undefined) this.#standings.delete(oldest)
    this.#show(task)
  }

  #show(task: string): void {
    const message = this.#memory.messages(task, 'live').at(-1)
    const standing = this.#standings.get(task)
    if (!message || !standing) return
    const { chat, id, about } = message
    this.#live.show(chat, id, this.#face(task, about.title ?? task, standing), { last: isEnd(standing.state) })
  }

  #face(task: string, title: string, { state, words }: Standing) {
    const cancel = [{ label: 'Cancel', key: this.#memory.button({ does: 'cancel', task }) }]
    const show = [{ label: 'Show', key: this.#memory.button({ does: 'show', task }) }]
    return { html: liveText({ id: task, title }, state, words), buttons: [isEnd(state) ? show : cancel] }
  }
}

/** How a task stands after an event; undefined where it says nothing new. */
function standingOf(event: LoggedEvent, before: Standing | undefined): Standing | undefined {
  const { mark, words } = accountOf(event)
  const { turns = 0, asks } = before ?? {}
  switch (event.event) {
    case 'task_received':
      return { state: 'running', words: 'taken up', turns: 0 }
    case 'noted':
      return { state: 'running', words: `💬 ${event.text}`, turns, asks }
    case 'asked':
      return { state: before?.state ?? 'running', words: `asks: ${event.text}`, turns, asks: event.text }
    case 'parked':
      return { state: 'waiting', words: asks === undefined ? 'waits for an answer' : `asks: ${asks}`, turns, asks }
    case 'answered':
      return { state: 'running', words: `${event.by} answered: ${event.answer}`, turns }
    case 'task_archived':
      return { state: event.status, words: event.code ?? event.status, turns }
    case 'retry':
    case 'recovered':
    case 'interrupted':
    case 'question_expired':
      return { state: 'running', words: `${mark} ${words}`, turns }
    default:
      return 'cwd' in event ? { state: 'running', words: `${event.event.replace(/_started$/, '')} works`, turns } : undefined
  }
}

function isEnd(state: TaskState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled'
}

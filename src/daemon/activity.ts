import type { EventSource, Progress } from '../domain/events.ts'
import { formatDuration } from '../lib/duration.ts'

/** What a running attempt is doing, for live views. */
export interface Activity {
  readonly turns: number
  /** The tool call under way, such as `Bash npm test`; undefined between calls. */
  readonly tool: string | undefined
  readonly costUsd: number | undefined
  /** Why nothing moves, such as a wait of the agent for its API. */
  readonly note: string | undefined
  /** What it last said with `orchestrator respond`. */
  readonly said: string | undefined
}

const IDLE: Activity = { turns: 0, tool: undefined, costUsd: undefined, note: undefined, said: undefined }

/** Keeps the latest news of each run until the run has ended. */
export class Activities {
  readonly #byRun = new Map<string, Activity>()

  constructor(source: EventSource) {
    source.onProgress((progress) => this.#note(progress))
    source.onEvent((event) => {
      if (event.event === 'task_archived' || event.event === 'parked') this.#byRun.delete(event.run_id)
      else if (event.event === 'noted') this.#byRun.set(event.run_id, { ...this.of(event.run_id), said: event.text })
      else if (event.event === 'asked') this.#byRun.set(event.run_id, { ...this.of(event.run_id), note: `asks: ${event.text}` })
    })
  }

  of(runId: string): Activity {
    return this.#byRun.get(runId) ?? IDLE
  }

  #note({ run_id, activity }: Progress): void {
    const before = this.of(run_id)
    switch (activity.kind) {
      case 'session':
        this.#byRun.set(run_id, IDLE)
        return
      case 'turn':
        this.#byRun.set(run_id, { ...before, turns: activity.turns, note: undefined })
        return
      case 'tool':
        this.#byRun.set(run_id, { ...before, tool: `${activity.name} ${activity.detail}`.trim(), note: undefined })
        return
      case 'tool_done':
      case 'text':
      case 'result':
        this.#byRun.set(run_id, { ...before, tool: undefined, note: undefined })
        return
      case 'cost':
        this.#byRun.set(run_id, { ...before, costUsd: activity.costUsd })
        return
      case 'api_retry':
        this.#byRun.set(run_id, { ...before, note: `${activity.reason}, trying again in ${formatDuration(activity.delayMs)}` })
        return
      case 'denied':
        this.#byRun.set(run_id, { ...before, note: `denied: ${activity.tool}` })
    }
  }
}

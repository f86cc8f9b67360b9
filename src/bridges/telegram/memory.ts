import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../lib/atomic-file.ts'
import { readState } from '../../lib/read-state.ts'
import type { Keeper } from './keeper.ts'

/** How many messages and buttons are remembered; older ones are answered as such. */
const MOST = 1_000

const aboutSchema = z.object({
  task: z.string(),
  /** `live` is the one message of a task that is edited as it goes on. */
  as: z.enum(['live', 'notice', 'question']),
  question: z.string().optional(),
  title: z.string().optional(),
})

/** What a message of the bot is about. */
export type About = z.infer<typeof aboutSchema>

const actionSchema = z.object({
  does: z.enum(['cancel', 'retry', 'show', 'answer']),
  task: z.string(),
  question: z.string().optional(),
  text: z.string().optional(),
})

/** What a button does. */
export type Action = z.infer<typeof actionSchema>

const fileSchema = z.object({
  messages: z.array(z.tuple([z.string(), aboutSchema])),
  buttons: z.array(z.tuple([z.string(), actionSchema])),
})

/** Which message is about what, and what each button does; kept in a file, so that both still work after a restart. Never throws. */
export class Memory {
  readonly #path: string
  readonly #keeper: Pick<Keeper, 'keep'>
  readonly #messages: Map<string, About>
  readonly #buttons: Map<string, Action>

  constructor(path: string, keeper: Pick<Keeper, 'keep'>) {
    this.#path = path
    this.#keeper = keeper
    const kept = read(path)
    this.#messages = new Map(kept.messages)
    this.#buttons = new Map(kept.buttons)
  }

  /** What a message is about; undefined where nobody knows any more. */
  about(chat: number, message: number): About | undefined {
    return this.#messages.get(`${chat}:${message}`)
  }

  note(chat: number, message: number, about: About): void {
    put(this.#messages, `${chat}:${message}`, about)
    this.#save()
  }

  /** The messages about a task, or about one question of it, oldest first. */
  messages(
    task: string,
    as: About['as'],
    question?: string,
  ): readonly { readonly chat: number; readonly id: number; readonly about: About }[] {
    return [...this.#messages].flatMap(([key, about]) => {
      if (about.task !== task || about.as !== as || (question !== undefined && about.question !== question)) return []
      const [chat = 0, id = 0] = key.split(':').map(Number)
      return [{ chat, id, about }]
    })
  }

  /** The key of a button that does this: always the same one, short whatever it stands for. */
  button(action: Action): string {
    const key = createHash('sha256').update(JSON.stringify(action)).digest('base64url').slice(0, 20)
    put(this.#buttons, key, action)
    this.#save()
    return key
  }

  action(key: string): Action | undefined {
    return this.#buttons.get(key)
  }

  #save(): void {
    this.#keeper.keep(this.#path, () => {
      mkdirSync(dirname(this.#path), { recursive: true })
      replaceFile(this.#path, JSON.stringify({ messages: [...this.#messages], buttons: [...this.#buttons] }))
    })
  }
}

/** Adds behind all others, and lets the oldest go. */
function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > MOST && oldest !== undefined) map.delete(oldest)
}

/** What is missing or torn is forgotten: then old buttons say so, and nothing else is lost. */
function read(path: string): z.infer<typeof fileSchema> {
  return readState(path, fileSchema) ?? { messages: [], buttons: [] }
}

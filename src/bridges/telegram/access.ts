import type { Settings } from '../../config/schema.ts'

/** Who may use the bot, and where. */
export interface Access {
  readonly users: ReadonlySet<number>
  /** The chat for notices; a group is obeyed only if it is this one. */
  readonly chat: number | undefined
}

/** Where a message comes from, and from whom. */
export interface Sender {
  readonly chat: { readonly id: number; readonly type: string }
  readonly user: { readonly id: number; readonly name: string }
}

/** The access that the configuration gives. The id of a private chat is that of its user, who is thereby allowed. */
export function accessOf(settings: Pick<Settings, 'TELEGRAM_ALLOWED_USERS' | 'TELEGRAM_CHAT_ID'>): Access {
  const chat = settings.TELEGRAM_CHAT_ID === undefined ? undefined : Number(settings.TELEGRAM_CHAT_ID)
  const users = new Set(settings.TELEGRAM_ALLOWED_USERS.map(Number))
  if (chat !== undefined && chat > 0) users.add(chat)
  return { users, chat }
}

/** Whether a sender is obeyed: in private by the user alone, in a group by the group and the user, anywhere else not at all. */
export function isObeyed({ chat, user }: Sender, access: Access): boolean {
  if (!access.users.has(user.id)) return false
  if (chat.type === 'private') return chat.id === user.id
  return (chat.type === 'group' || chat.type === 'supergroup') && chat.id === access.chat
}

/** Whether a message holds words of somebody who may not use the bot, passed on by one who may: they are data at most, and no command. */
export function isPassedOn(forwarded: { readonly user: number | undefined } | undefined, { users }: Access): boolean {
  return forwarded !== undefined && !(forwarded.user !== undefined && users.has(forwarded.user))
}

/** Where notices go of a task that came from this chat, or from elsewhere: no task file can have the bot write to strangers. */
export function audience(from: number | undefined, { users, chat }: Access): readonly number[] {
  if (from !== undefined && (users.has(from) || from === chat)) return [from]
  return chat === undefined ? [...users] : [chat]
}

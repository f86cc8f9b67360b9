import type { SettingName } from '../../config/schema.ts'

/** The variables that the bridge is made of. */
export const TELEGRAM_SETTINGS = [
  'TELEGRAM_BOT_TOKEN',
  'TELEGRAM_ALLOWED_USERS',
  'TELEGRAM_CHAT_ID',
  'TELEGRAM_API_ROOT',
  'NOTIFY',
] as const satisfies readonly SettingName[]

/** Why the bridge does not start; undefined where it does. Takes the values as they are written. */
export function telegramOff(written: (name: (typeof TELEGRAM_SETTINGS)[number]) => string | undefined): string | undefined {
  if (!written('TELEGRAM_BOT_TOKEN')) return 'off: TELEGRAM_BOT_TOKEN is not set'
  if (written('TELEGRAM_ALLOWED_USERS') || written('TELEGRAM_CHAT_ID')) return undefined
  return 'off: neither TELEGRAM_ALLOWED_USERS nor TELEGRAM_CHAT_ID is set, so that nobody could use it'
}

import type { BridgeEntry } from './contract.ts'
import { TELEGRAM_SETTINGS, telegramOff } from './telegram/wanted.ts'

/** Every bridge there is, each loaded when it is wanted. */
export const bridges: Readonly<Record<string, BridgeEntry>> = {
  telegram: {
    settings: TELEGRAM_SETTINGS,
    off: (settings) => telegramOff((name) => settings[name]?.toString()),
    load: () =>
      import('./telegram/bridge.ts').then(
        ({ TelegramBridge }) =>
          () =>
            new TelegramBridge(),
      ),
  },
}

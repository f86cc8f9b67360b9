import { mkdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import type { RunningOrchestrator } from '../helpers/process.ts'
import { ENOSPC, EROFS } from '../helpers/refusing-disk.ts'
import { makeStandInHome, taskFile } from '../helpers/stand-in.ts'
import { ANN, startTelegramServer, type TelegramServer, TOKEN } from '../helpers/telegram-server.ts'
import { until } from '../helpers/until.ts'

/** How the bridge stands, as `status` tells it. */
async function bridgeOf(home: Home): Promise<{ ok: boolean | null; detail: string } | undefined> {
  const { stdout } = await home.run(['status', '--json'])
  const { components } = JSON.parse(stdout) as { components: { name: string; ok: boolean | null; detail: string }[] }
  return components.find(({ name }) => name === 'telegram')
}

describe('while what Telegram has to remember', needs('small disk'), () => {
  let telegram: TelegramServer
  let home: Home
  let prepared: AsyncDisposable
  let daemon: RunningOrchestrator

  beforeAll(async () => {
    telegram = await startTelegramServer()
    home = await makeStandInHome({
      env: { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_ALLOWED_USERS: '7', TELEGRAM_API_ROOT: telegram.url, TASK_SETTLE_MS: '0' },
    })
    await mkdir(home.paths.telegram, { recursive: true })
    prepared = await ENOSPC.prepare(home, home.paths.telegram)
    daemon = home.start(['start'])
  })
  afterAll(async () => {
    await daemon.stop()
    await prepared[Symbol.asyncDispose]()
    await home[Symbol.asyncDispose]()
    await telegram[Symbol.asyncDispose]()
  })

  test.each([
    ['is read-only', 'EROFS', EROFS],
    ['is full', 'ENOSPC', ENOSPC],
  ])('%s, messages are dealt with, status says so, and it clears by itself', async (_what, code, refusal) => {
    const texts = () => telegram.messages.map(({ text }) => text)
    const { length } = await readFile(home.paths.log, 'utf8').catch(() => '')
    const logged = (pattern: RegExp) =>
      until(async () => expect((await readFile(home.paths.log, 'utf8').catch(() => '')).slice(length)).toMatch(pattern))
    const before = telegram.messages.length
    telegram.say(ANN, '/status')
    await until(() => expect(texts().slice(before)).toContainEqual(expect.stringMatching(/0 of 3 running/)))
    await until(async () => expect(await bridgeOf(home)).toMatchObject({ ok: true }))

    await using cure = await refusal.strike(home.paths.telegram)
    telegram.say(ANN, '/start')
    await until(() => expect(texts().slice(before)).toContainEqual(expect.stringMatching(/Hello Ann/)))
    telegram.say(ANN, `Do it in spite of ${code}.`)
    await until(() => expect(texts()).toContainEqual(expect.stringMatching(new RegExp(`^✔ completed · Do it in spite of ${code}`))))
    await logged(/has to be remembered cannot be written/)
    await until(async () =>
      expect(await bridgeOf(home)).toMatchObject({ ok: false, detail: expect.stringContaining(`cannot be written: ${code}`) }),
    )

    await cure[Symbol.asyncDispose]()
    await logged(/telegram works again/)
    await until(async () => expect(await bridgeOf(home)).toMatchObject({ ok: true }))
    const later = `later-${code}`
    await home.drop(later, taskFile({ id: later }))
    await until(() => expect(texts()).toContainEqual(expect.stringMatching(new RegExp(`^✔ completed[\\s\\S]*${later}$`))))
  })
})

import { mkdir } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { needs } from '../helpers/needs.ts'
import { ENOSPC, EROFS } from '../helpers/refusing-disk.ts'
import { makeStandInHome, taskFile } from '../helpers/stand-in.ts'
import { ANN, startTelegramServer, TOKEN } from '../helpers/telegram-server.ts'
import { until } from '../helpers/until.ts'

/** How the bridge stands, as `status` tells it. */
async function bridgeOf(home: Awaited<ReturnType<typeof makeStandInHome>>): Promise<{ ok: boolean | null; detail: string } | undefined> {
  const { stdout } = await home.run(['status', '--json'])
  const { components } = JSON.parse(stdout) as { components: { name: string; ok: boolean | null; detail: string }[] }
  return components.find(({ name }) => name === 'telegram')
}

test.each([
  ['is read-only', EROFS, needs('small disk')],
  ['is full', ENOSPC, needs('small disk')],
])(
  'while what Telegram has to remember %s, messages are dealt with, status says so, and it clears by itself',
  async (_what, refusal, need) => {
    if (need.skip) return
    await using telegram = await startTelegramServer()
    await using home = await makeStandInHome({
      env: { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_ALLOWED_USERS: '7', TELEGRAM_API_ROOT: telegram.url, TASK_SETTLE_MS: '0' },
    })
    await mkdir(home.paths.telegram, { recursive: true })
    await using prepared = await refusal.prepare(home, home.paths.telegram)
    const daemon = home.start(['start'], prepared.options)
    onTestFinished(() => daemon[Symbol.asyncDispose]())
    const texts = () => telegram.messages.map(({ text }) => text)
    telegram.say(ANN, '/status')
    await until(() => expect(texts()).toContainEqual(expect.stringMatching(/0 of 3 running/)))
    await until(async () => expect(await bridgeOf(home)).toMatchObject({ ok: true }))

    await using cure = await refusal.strike(home.paths.telegram)
    telegram.say(ANN, '/list')
    await until(() => expect(texts()).toContainEqual(expect.stringMatching(/No tasks yet/)))
    telegram.say(ANN, 'Do it meanwhile.')
    await until(() => expect(texts()).toContainEqual(expect.stringMatching(/^✔ completed · Do it meanwhile/)))
    await until(async () =>
      expect(await bridgeOf(home)).toMatchObject({ ok: false, detail: expect.stringMatching(/cannot be written: E/) }),
    )

    await cure[Symbol.asyncDispose]()
    await until(async () => expect(await bridgeOf(home)).toMatchObject({ ok: true }))
    await home.drop('later', taskFile({ id: 'later' }))
    await until(() => expect(texts()).toContainEqual(expect.stringMatching(/^✔ completed[\s\S]*later$/)))
    await daemon.stop()
  },
)

import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { makeStandInHome } from '../helpers/stand-in.ts'
import { startTelegramServer, TOKEN } from '../helpers/telegram-server.ts'
import { until } from '../helpers/telegram-talk.ts'

test('without users and chat it does not start and says so; configured later it starts without a restart', async () => {
  await using telegram = await startTelegramServer()
  await using home = await makeStandInHome({ env: { TELEGRAM_API_ROOT: telegram.url }, files: { '.env': `TELEGRAM_BOT_TOKEN=${TOKEN}\n` } })
  home.start(['start'])
  await until(async () => expect(await readFile(home.paths.log, 'utf8')).toMatch(/telegram is off: neither TELEGRAM_ALLOWED_USERS/))
  expect((await home.run(['status'])).stdout).toMatch(/telegram.*off: neither/)
  expect(telegram.calls).toEqual([])

  await writeFile(home.paths.env, `TELEGRAM_BOT_TOKEN=${TOKEN}\nTELEGRAM_ALLOWED_USERS=7\n`)
  await until(() => expect(telegram.calls.map(({ method }) => method)).toContain('getUpdates'))
  expect((await home.run(['status'])).stdout).toMatch(/telegram.*as @orchestrator_bot/)
})

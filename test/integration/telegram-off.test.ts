import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { makeStandInHome, taskFile } from '../helpers/stand-in.ts'
import { startTelegramServer, TOKEN } from '../helpers/telegram-server.ts'
import { until } from '../helpers/until.ts'

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

test('a daemon that only drains the inbox tells of the failure before it ends, and does not wait where nobody listens', async () => {
  await using telegram = await startTelegramServer()
  const env = { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_CHAT_ID: '7', TELEGRAM_API_ROOT: telegram.url, NOTIFY: 'failures' }
  await using home = await makeStandInHome({ env, files: { 'tasks/bad.task.md': taskFile({ id: 'bad' }, 'play: status=400') } })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  expect(telegram.messages).toMatchObject([{ chat: 7, text: expect.stringMatching(/^✖ failed[\s\S]*bad$/) }])

  await telegram.goDown()
  await home.drop('worse', taskFile({ id: 'worse' }, 'play: status=400'))
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  await telegram.comeBack()
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  expect(telegram.messages.map(({ text }) => text.split('\n').at(-1))).toEqual(['bad', 'worse'])
})

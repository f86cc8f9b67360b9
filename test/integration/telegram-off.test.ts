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

test('a daemon that only drains the inbox does not wait where nobody listens; the next one tells of both failures before it ends, and of nothing that NOTIFY leaves out', async () => {
  await using telegram = await startTelegramServer()
  const env = { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_CHAT_ID: '7', TELEGRAM_API_ROOT: telegram.url, NOTIFY: 'failures' }
  const bad = taskFile({ id: 'bad' }, 'play: status=400')
  await using home = await makeStandInHome({ env, files: { 'tasks/bad.task.md': bad, 'tasks/good.task.md': taskFile({ id: 'good' }) } })
  await telegram.goDown()
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })

  await telegram.comeBack()
  await home.drop('worse', taskFile({ id: 'worse' }, 'play: status=400'))
  await home.drop('better', taskFile({ id: 'better' }))
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  expect(telegram.messages).toMatchObject(
    ['bad', 'worse'].map((id) => ({ chat: 7, text: expect.stringMatching(new RegExp(`^✖ failed[\\s\\S]*${id}$`)) })),
  )
  for (const id of ['good', 'better']) expect(await home.waitForResult(id)).toMatchObject({ status: 'completed' })
})

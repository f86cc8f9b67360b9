import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { leaked } from '../helpers/leaked.ts'
import { makeStandInHome, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const TOKEN = `ghp_${'Zq8Lm4Xw'.repeat(5)}`
const VALUE = 'vK3#mQ9"xT\\7pL-w2'
const OF_AGENT = 'hN6$bR1&yU4*cE8'
const KEY = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj',
  'MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu',
]

test('secrets in every field of a run come out nowhere, and what is kept of it is its owner alone to read', async () => {
  const home = await makeStandInHome({
    env: { DEPLOY_PASSWORD: VALUE, OLLAMA_HOST: 'http://me:s3cr3t-at-home@127.0.0.1:9' },
    files: { 'config/orchestrator.yaml': `agents:\n  claude:\n    environment:\n      SERVICE_TOKEN: '${OF_AGENT}'\n` },
  })
  onTestFinished(() => home[Symbol.asyncDispose]())
  await writeFile(
    join(home.work, 'leak.sh'),
    `cat <<'END'\n-----BEGIN PRIVATE KEY-----\n${KEY.join('\n')}\n-----END PRIVATE KEY-----\n${VALUE}\nEND\nexit 1\n`,
  )
  const all = `${TOKEN} ${VALUE} ${OF_AGENT}`
  const text = `# ${'Long words before it, '.repeat(3)} ${all}\n\n**Prompt:**\nUse ${all}.\n\n**Success Criteria:**\n- [ ] ${all} works\n`
  await home.drop('leaky', `---\nverify: sh leak.sh\nfix_attempts: 0\ntags: ["${TOKEN}"]\n---\n${text}`)
  await home.drop('refused', `---\npriority: "${TOKEN}"\n---\nDo it.`)
  await home.drop('queued', `---\nnot_before: 2999-01-01T00:00:00Z\n---\n${text}`)
  await home.run(['start', '--once'])

  const printed: string[] = []
  for (const args of [
    ['status', '--json'],
    ['status'],
    ['list', '--json'],
    ['list'],
    ['show', 'leaky'],
    ['show', 'leaky', '--json'],
    ['show', 'queued'],
    ['logs', 'leaky'],
    ['tail-events', '--json'],
    ['why', 'refused'],
    ['doctor', '--json'],
    ['show', TOKEN],
  ]) {
    const { stdout, stderr } = await home.run(args)
    printed.push(stdout, stderr)
  }
  const names = (await readdir(home.paths.home, { recursive: true })).filter((name) => !/^tasks\/.*\.task\.md$|^config\//.test(name))
  const files = (await Promise.all(names.map(async (name) => ({ name, info: await stat(join(home.paths.home, name)) })))).filter(
    ({ info }) => info.isFile(),
  )
  const kept = await Promise.all(files.map(async ({ name }) => `${name}\n${await readFile(join(home.paths.home, name), 'utf8')}`))
  for (const secret of [TOKEN.slice(4), VALUE, OF_AGENT, ...KEY, 's3cr3t-at-home']) {
    for (const said of [...printed, ...kept]) expect(leaked(said, secret), said.slice(0, 2_000)).toBeUndefined()
  }
  expect(kept.filter((said) => said.includes('[redacted]')).length).toBeGreaterThan(4)
  const open = files.filter(
    ({ name, info }) => /^(results|summaries|logs|tasks)\//.test(name) && !name.endsWith('.task.md') && (info.mode & 0o077) !== 0,
  )
  expect(open.map(({ name }) => name)).toEqual([])
})

test('a secret that is an ordinary word is masked in texts, breaks no id, and doctor says so', async () => {
  const home = await makeStandInHome({ env: { DB_PASSWORD: 'postgres' } })
  onTestFinished(() => home[Symbol.asyncDispose]())
  await home.drop('upgrade-postgres-to-17', taskFile({}, 'Upgrade postgres to 17.'))
  await home.run(['start', '--once'])
  const result = await home.waitForResult('upgrade-postgres-to-17')
  expect(result).toMatchObject({
    task_id: 'upgrade-postgres-to-17',
    source: { file: 'upgrade-postgres-to-17.task.md' },
    title: 'Upgrade [redacted] to 17.',
  })
  const events = await home.events('upgrade-postgres-to-17')
  expect(events.map(({ event }) => event)).toContain('task_archived')
  expect(JSON.stringify(events)).not.toContain('upgrade-[redacted]')
  expect(await readFile(home.paths.log, 'utf8')).toContain('[upgrade-postgres-to-17]')
  expect((await home.run(['list'])).stdout).toContain('upgrade-postgres-to-17')
  expect((await home.run(['new', 'Move postgres elsewhere'])).stdout).toMatch(/^move-postgres-elsewhere-/)
  expect((await home.run(['doctor'])).stdout).toContain('DB_PASSWORD is an ordinary word')
  await until(async () => expect(await home.stateOf('upgrade-postgres-to-17')).toBe('processed'))
})

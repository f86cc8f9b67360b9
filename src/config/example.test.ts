import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseDotenv } from './dotenv.ts'
import { renderEnvExample } from './example.ts'
import { settingsSchema } from './schema.ts'
import { gatherSettings, SETTING_NAMES } from './settings.ts'
import { parseYaml } from './yaml-file.ts'

test('.env.example has every variable once, explained, in the order of the schema, and its values are the defaults', () => {
  const text = renderEnvExample()
  const { entries, problems } = parseDotenv(text)

  expect(problems).toEqual([])
  expect(entries.map(({ name }) => name)).toEqual(SETTING_NAMES)
  expect(gatherSettings({ flags: {}, env: {}, file: entries })).toMatchObject({ settings: settingsSchema.parse({}), problems: [] })
  for (const name of SETTING_NAMES) expect(text).toMatch(new RegExp(`^# \\S.+\\n${name}=`, 'm'))
})

test('the orchestrator.yaml that a home begins with is valid, and so is everything that it shows as a comment', async () => {
  const text = await readFile(join(import.meta.dirname, '../../config/orchestrator.yaml'), 'utf8')
  expect(await parseYaml(text)).toEqual({ problems: [], value: { agents: {}, types: {} } })

  const shown = text.replace(/: \{\}$/gm, ':').replace(/^# {2}/gm, '  ')
  expect(await parseYaml(shown)).toMatchObject({
    problems: [],
    value: { agents: { claude: { command: expect.any(String) } }, types: { review: { timeout: '15m' } } },
  })
})

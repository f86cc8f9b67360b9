import { describe, expect, it } from 'vitest'
import { exampleSpec } from '../../test/helpers/examples.ts'
import { AGENT_NAMES, loadAgent } from './index.ts'

const spec = exampleSpec()

describe('the registry of agents', () => {
  it('loads every agent under its own name', async () => {
    const loaded = await Promise.all(AGENT_NAMES.map((name) => loadAgent(name)))
    expect(loaded.map((agent) => agent?.name)).toEqual(['claude', 'demo'])
    expect(loaded.map((agent) => agent?.demo)).toEqual([false, true])
  })

  it('knows no others, properties of every object included', async () => {
    expect(await loadAgent('gemini')).toBeUndefined()
    expect(await loadAgent('toString')).toBeUndefined()
    expect(await loadAgent('__proto__')).toBeUndefined()
  })

  it('takes program and variables from the configuration', async () => {
    const asked: string[] = []
    const agent = await loadAgent('claude', { claude: { command: '/opt/claude', environment: { ANTHROPIC_BASE_URL: 'http://proxy' } } })
    expect(agent?.command(spec)).toMatchObject({
      file: '/opt/claude',
      env: { CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1', ANTHROPIC_BASE_URL: 'http://proxy' },
      stdin: 'Do it.',
    })
    await agent?.detect(async (file) => {
      asked.push(file)
      return undefined
    })
    expect(asked).toEqual(['/opt/claude'])
  })

  it('leaves the program alone where the configuration names none', async () => {
    expect((await loadAgent('claude', { claude: { environment: {} } }))?.command(spec).file).toBe('claude')
  })
})

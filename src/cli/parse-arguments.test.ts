import { expect, test } from 'vitest'
import { parseArguments } from './parse-arguments.ts'
import { parseInFull } from './parse-in-full.ts'
import { COMMANDS } from './program.ts'

test('understands a bare word like the parser that is not loaded for it', async () => {
  for (const word of [...COMMANDS.map(({ name }) => name), 'help', '--help', '-h', '--version', '-V', 'nonsense', '--nonsense']) {
    const text = (await parseInFull([word], 80)).kind === 'text'
    expect(await parseArguments([word], 80), word).toEqual(await parseInFull([word], 80))
    expect(text).toBe(!COMMANDS.some(({ name, args }) => name === word && !args?.startsWith('<')))
  }
})

test('hands options, arguments and the home to the command', async () => {
  expect(await parseArguments(['--home', '/h', 'new', 'fix', 'it', '--type', 'fix', '--edit'], 80)).toMatchObject({
    kind: 'command',
    spec: { name: 'new' },
    home: '/h',
    args: ['fix', 'it'],
    options: { type: 'fix', edit: true },
  })
})

test('prints the help where nothing is asked for, and says what is wrong with exit code 2', async () => {
  expect(await parseArguments([], 80)).toEqual(await parseArguments(['--home', '/h', '--help'], 80))
  const wrong = await parseArguments(['stats', '--all'], 80)
  expect(wrong).toMatchObject({ kind: 'text', exitCode: 2 })
  expect(wrong.kind === 'text' && wrong.text).toMatch(/unknown .*\n[\s\S]*orchestrator help/)
})

test('lists every command in lines that fit the terminal', async () => {
  const help = await parseArguments(['--help'], 60)
  const lines = help.kind === 'text' ? help.text.split('\n') : []
  expect(lines.filter((line) => line.length > 60 && !line.startsWith('First steps'))).toEqual([])
  for (const { name } of COMMANDS) expect(lines.some((line) => line.startsWith(`  ${name}`))).toBe(true)
})

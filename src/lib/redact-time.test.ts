import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { createRedactor } from './redact.ts'

const MIB = 1024 * 1024
const fill = (text: string) => text.repeat(Math.ceil(MIB / text.length)).slice(0, MIB)
const redact = createRedactor({
  A_TOKEN: 'pa"ss\\word-xx',
  B_TOKEN: 'kdjfhgkdjfhg',
  C_KEY: 'Aa1!bB2@cC3#',
  D_SECRET: '\\\\\\\\"""\'\'\'//',
  E_TOKEN: '::::::::::::',
})

const PEM = '-----BEGIN PRIVATE KEY-----\n'
const BEGINS = [
  ...[
    'a',
    'A',
    '0',
    '0123456789abcdef',
    '\\',
    '\\"',
    '"',
    ' ',
    '\n',
    '-',
    '--a-',
    '/',
    ':',
    '=',
    '{"a":',
    '_',
    'a_b_',
    '-eyJ',
    '_eyJ',
    '\t',
    '%22%5C',
    '...',
  ],
  ...['://a:', '://a:b/', '://a:bc@', 'x://a:b?#', '://', '://a:b@/'],
  ...['password=', 'password="', 'password: ', `password=${'a'.repeat(46)}`, 'PASSWORD=', 'PASSWORD="aaaaaaa', 'A_PWD=', 'password":"\\\\'],
  ...['token=', 'token=Aa1', 'token="aA', 'secret key', 'secret\\\\\\\\\\\\"', 'API_KEY=', 'API_KEY="$', `token=${'a'.repeat(128)}`],
  ...[PEM, `${PEM}${'A'.repeat(24)}\n`, `${PEM}A: b\n`, '-----BEGIN          ', `${PEM}-`],
  ...[
    'Authorization: ',
    'authorization: a ',
    'authorization: Basic ',
    'authorization\\\\\\\\"',
    'bearer ',
    'x-a-',
    'x-key: ',
    `x-${'a'.repeat(60)} `,
  ],
  ...[
    'cookie: a=b',
    'Cookie: a=bbbbbb; ',
    'login ',
    'login a password ',
    '--a-b-c-',
    '--password ',
    '--token=',
    '-u a',
    '-u a:',
    'signature=',
  ],
  ...[`nonce=${'a'.repeat(28)}`, ' eyJ', ' eyJaaaaaaaaaaaa.', ' eyJaaaaaaaaaaaa.aaaaaaa.', ` eyJ${'a'.repeat(5000)}`, ' sk-', ' glpat-'],
  ...[
    ' glpat-aaaaaaaaaaaaaaaa.aa.aa.',
    ' SG.aaaaaaaaaaaaaaaa.',
    ` SG.${'a'.repeat(3000)}`,
    ` M${'a'.repeat(25)}.`,
    ` ${'a'.repeat(14)}.atlasv1.`,
  ],
  ...[' eyJ-', 'eyJ-', 'eyJ-eyJaaaaaaaaaaaa_', '-eyJ.', 'eyJaaaaaaaaaaaa.eyJ-', 'SG.-', '-SG.aaaaaaaaaaaaaaaa-', 'glpat-', 'sk-ant-'],
  ...['aaa1Q~', '123456:', '1234567890', ' AKIA', ' AKIAIOSFODNN7EXAMPLE ', ' ya29.', ' xoxe.xoxp-', '?sig=', 'hooks.slack.com/services/'],
]

/** Milliseconds of CPU that it takes to mask a text. */
function cpuOf(text: string): number {
  const before = process.cpuUsage()
  redact(text)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

test.each(BEGINS)('a text of 1 MiB that repeats %j is masked in little time', (begin) => {
  // The least of three: what the machine does beside it is not ours.
  const times = [cpuOf(fill(begin))]

  expect(Math.min(...times)).toBeLessThan(300)
})

test('so is a text of many lines behind the begin of a private key, and source code', () => {
  const source = resolve(import.meta.dirname, '..')
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const code = fill(files.map((name) => readFileSync(join(source, name), 'utf8')).join(''))
  const times = [
    PEM + fill('A'.repeat(64)),
    `${PEM}${fill(`${'A'.repeat(64)}\n`)}`,
    `${PEM}${fill('Aaa: b\n')}`,
    code,
    JSON.stringify(code),
  ].map(cpuOf)

  expect(Math.max(...times)).toBeLessThan(300)
})

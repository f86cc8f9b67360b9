import { expect, test } from 'vitest'
import { exampleConfig } from '../../test/helpers/examples.ts'
import { redactorFollowing } from './following.ts'

const configured = (environment: Readonly<Record<string, string>>) => ({ ...exampleConfig('/home'), environment })

test('a secret is masked from when it is configured, and still when it is configured no more', () => {
  let config = configured({ DB_PASSWORD: 'first-one', PLAIN: 'plain-text' })
  const redact = redactorFollowing(() => config)
  expect(redact('first-one second-one plain-text')).toBe('[redacted] second-one plain-text')

  config = configured({ DB_PASSWORD: 'second-one' })
  expect(redact('first-one second-one plain-text')).toBe('[redacted] [redacted] plain-text')

  config = configured({})
  expect(redact('first-one second-one plain-text')).toBe('[redacted] [redacted] plain-text')
})

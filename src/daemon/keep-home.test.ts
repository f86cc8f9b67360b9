import { expect, test } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { keepHome } from './keep-home.ts'

test('whatever goes wrong in one look, the home is looked after further on', async () => {
  const told: string[] = []
  const note = (text: string) => void told.push(text)
  const faults: unknown[] = [new Error('EMFILE'), new OrchestratorError('already_running', 'Another.'), 'a text']
  let looks = 0
  const keeper = keepHome({
    lock: {
      retake: async () => {
        looks++
        const fault = faults.shift()
        if (fault) throw fault
        return false
      },
    } as unknown as Parameters<typeof keepHome>[0]['lock'],
    control: { reopen: async () => false } as unknown as Parameters<typeof keepHome>[0]['control'],
    runAccesses: { reopen: async () => false },
    log: { debug: note, info: note, warn: note, error: note },
    onLost: () => {
      throw new TypeError('odd')
    },
  })
  await until(() => expect(looks).toBeGreaterThan(4))
  keeper[Symbol.dispose]()
  expect(told).toContain('the daemon cannot look after its home')
})

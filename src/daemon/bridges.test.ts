import { expect, test } from 'vitest'
import { exampleConfig } from '../../test/helpers/examples.ts'
import { until } from '../../test/helpers/until.ts'
import type { Bridge, BridgeEntry } from '../bridges/contract.ts'
import { Bridges } from './bridges.ts'

test('a bridge that cannot be opened says so in its health, and is opened once it can be', async () => {
  let faults = 2
  const closed: number[] = []
  const bridge: Bridge = {
    start: async () => {
      if (faults-- > 0) throw new Error('EMFILE: too many open files')
    },
    health: () => ({ ok: true, detail: 'well' }),
    [Symbol.asyncDispose]: async () => {
      closed.push(faults)
      throw new Error('never mind')
    },
  }
  const entry: BridgeEntry = { settings: [], off: () => undefined, load: async () => () => bridge }
  const nothing = () => undefined
  const bridges = new Bridges({
    entries: { post: entry },
    events: { onEvent: () => ({ [Symbol.dispose]: nothing }), onProgress: () => ({ [Symbol.dispose]: nothing }) },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    paths: { outbox: '', telegram: '' },
    redact: (text) => text,
    config: () => exampleConfig('/home'),
  })

  await bridges.start()
  expect(bridges.health()).toEqual([{ name: 'post', ok: false, detail: 'cannot be opened: EMFILE: too many open files' }])
  await until(() => expect(bridges.health()).toEqual([{ name: 'post', ok: true, detail: 'well' }]))
  expect(closed).toHaveLength(2)
  await bridges[Symbol.asyncDispose]()
})

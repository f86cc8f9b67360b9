import { expect, test } from 'vitest'
import { randomUUID } from 'node:crypto'
import { FENCES } from '../../test/helpers/fences.ts'
import { allOf, BARE_ENV, fixtureAgent, newPlace } from '../../test/helpers/fixture-agent.ts'
import { endLeftOvers } from '../../test/helpers/left-overs.ts'
import { startProcess } from './exec.ts'
for (const { name, raise } of FENCES) for (const agent of ['leaves-daemon','ignores-sigterm']) test(`${name} ${agent}`, async () => {
  const fence = await raise()
  let left = 0
  for (let k = 0; k < 15; k++) {
    await using place = await newPlace()
    const all: any[] = []; const marker = { name: 'TREE_TEST_RUN', value: randomUUID() }
    for (let i = 0; i < 40; i++) {
      const running = startProcess({ file: fixtureAgent(agent), args: [], cwd: place.path, env: BARE_ENV, stdin: '', fence, marker })
      if (agent === 'leaves-daemon') await allOf(running.stdout)
      ; (globalThis as any).dbg = []; await running.destroy(); all.push((globalThis as any).dbg)
    }
    const l = await endLeftOvers(place.path)
    if (l.length) { console.log(name, agent, l); const p = Number(l[0]!.split(' ')[0]); const hit = all.filter((d) => d[0] && d[0].root < p).at(-1); console.log(JSON.stringify(hit, null, 1)) }
    left += l.length
  }
  expect(left).toBe(0)
}, 120000)

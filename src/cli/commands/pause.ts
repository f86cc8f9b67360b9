import { mkdirSync, rmSync } from 'node:fs'
import { requireHome } from '../../control/view/require-home.ts'
import { pauseMark } from '../../daemon/pause.ts'
import type { Command } from '../context.ts'
import { storing } from '../storing.ts'
import { tellOr } from '../tell-or.ts'

/** `pause`: nothing more is started until `resume`, over restarts of the daemon too; what runs goes on. */
export const pause: Command = async ({ home, out }) => {
  const paths = requireHome(home)
  const { state, paused } = paths
  await tellOr(paths, 'pause', {}, () =>
    storing(() => {
      mkdirSync(state, { recursive: true, mode: 0o700 })
      pauseMark(paused).set(undefined)
      return { paused: true }
    }),
  )
  out.line('paused: nothing more is started until `orchestrator resume`')
  return 0
}

/** `resume`: opens the queue again, and lifts the holds of agents: whoever resumes has removed their cause. */
export const resume: Command = async ({ home, out }) => {
  const paths = requireHome(home)
  const { paused, holds } = paths
  await tellOr(paths, 'resume', {}, () =>
    storing(() => {
      pauseMark(paused).clear()
      rmSync(holds, { force: true })
      return { paused: false }
    }),
  )
  out.line('resumed: tasks are started again')
  return 0
}

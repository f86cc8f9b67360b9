// Runs the tests on a machine that is made busy: programs that compute beside them, and processes that stand still at random moments
// for up to two seconds, each alone or all at once. Linux only. What it is given goes to vitest: npm run test:busy -- test/integration
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Programs that only compute; for each core two, so that a test gets a third of the machine. */
const BURNERS = Number(process.env.BUSY_BURNERS ?? 2 * cpus().length)
const LONGEST_FREEZE_MS = Number(process.env.BUSY_FREEZE_MS ?? 2_000)
const LONGEST_PEACE_MS = 4_000
const VITEST = resolve(import.meta.dirname, '../node_modules/vitest/vitest.mjs')

if (process.platform !== 'linux') throw new Error('It finds the processes in /proc: run it on Linux.')
// All that the tests start is known by this directory: it stands in their environment.
const scratch = mkdtempSync(join(tmpdir(), 'busy-'))
chmodSync(scratch, 0o1777) // like any temporary directory: some tests run programs as another user
const burn = `setInterval(() => { if (process.ppid !== ${process.pid}) process.exit(); for (const end = Date.now() + 99; Date.now() < end;); }, 1)`
const burners = Array.from({ length: BURNERS }, () => spawn(process.execPath, ['-e', burn], { stdio: 'ignore' }))
const tests = spawn(process.execPath, [VITEST, 'run', ...process.argv.slice(2)], {
  env: { ...process.env, TMPDIR: scratch },
  stdio: 'inherit',
})
let ended = false
const exit = once(tests, 'exit').then(([code]) => {
  ended = true
  return code
})
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => tests.kill(name)) // What stands still is let go on first.
while (!ended) {
  await Promise.race([exit, pause(Math.random() * LONGEST_PEACE_MS)])
  if (!ended) await freeze()
}
for (const burner of burners) burner.kill('SIGKILL')
for (const pid of pidsOfTests()) signal(pid, 'SIGKILL') // what tests that were interrupted left
rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
process.exitCode = (await exit) ?? 1

/** Lets all processes of the tests stand still for a moment, or half of them, or one. */
async function freeze() {
  const all = pidsOfTests()
  const share = Math.random()
  const chosen = share < 1 / 3 ? all : share < 2 / 3 ? all.filter(() => Math.random() < 0.5) : [all[Math.floor(Math.random() * all.length)]]
  const still = chosen.filter((pid) => pid !== undefined && stateOf(pid) !== 'T' && signal(pid, 'SIGSTOP'))
  await pause(Math.random() * LONGEST_FREEZE_MS)
  for (const pid of still) signal(pid, 'SIGCONT')
}

function pidsOfTests() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return pids.map(Number).filter((pid) => pid === tests.pid || read(pid, 'environ').includes(scratch))
}

/** The letter of proc_pid_stat(5). */
function stateOf(pid) {
  return /\) (\w)/.exec(read(pid, 'stat'))?.[1]
}

function read(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return '' // It has ended.
  }
}

function signal(pid, name) {
  try {
    return process.kill(pid, name)
  } catch {
    return false // It has ended.
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { until } from './sample.js'

/** Clock ticks a second in which Linux counts CPU time, on every architecture that Node runs on. */
const TICKS = 100

/** Runs a program to its end; throws unless it ends well. `wallMs` is from its start to its exit. */
export async function run(file, args, { env, cwd } = {}) {
  const since = performance.now()
  const child = spawn(file, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const exit = once(child, 'exit').then(() => performance.now() - since)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
  return { stdout, wallMs: await exit }
}

/** Starts a program and waits until it has said the words that mean it is ready. What it says goes to a file, as under systemd; `stop` ends it and what it has started. */
export async function start(file, args, { ready, said, env, cwd }) {
  const output = openSync(said, 'w')
  const child = spawn(file, args, { env, cwd, stdio: ['ignore', output, output], detached: true })
  closeSync(output)
  const exited = once(child, 'exit')
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const stop = async () => {
    if (!hasEnded()) process.kill(-child.pid, 'SIGTERM')
    await exited
  }
  try {
    await until(() => hasEnded() || readFileSync(said, 'utf8').includes(ready), `${file} to be ready`)
    if (hasEnded()) throw new Error(`${file} ${args.join(' ')} ended at once:\n${readFileSync(said, 'utf8')}`)
  } catch (error) {
    await stop()
    throw error
  }
  return { pid: child.pid, stop }
}

/** CPU milliseconds of a living process itself, user and system, without its children: fields 14 and 15 of proc_pid_stat(5). */
export function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
}

/** Memory of a living process in MiB: `VmRSS` now, `VmHWM` at most so far. */
export function memoryMiB(pid, what) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

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

/** Starts a program and waits until it prints the word that says it is ready. `stop` ends all of it. */
export async function start(file, args, { ready, env, cwd }) {
  const child = spawn(file, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const exited = once(child, 'exit')
  let said = ''
  await new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`${file} ${args.join(' ')} ended with ${code}:\n${said}`)))
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        if (said.includes(ready)) return
        said += chunk
        if (said.includes(ready)) resolve()
      })
    }
  })
  return {
    pid: child.pid,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGTERM')
      await exited
    },
  }
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

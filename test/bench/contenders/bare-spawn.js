// Starts the agent so many times, two at a time, and does nothing else: what remains when a daemon costs nothing.
import { spawn } from 'node:child_process'

const [agent = '', count = ''] = process.argv.slice(2)
let left = Number(count)

function start() {
  return new Promise((resolve) => {
    const child = spawn(agent, ['-p', '--output-format', 'stream-json', '--verbose'])
    child.stdin.on('error', () => undefined).end('Do nothing.\n')
    child.stdout.resume()
    child.stderr.resume()
    child.on('close', resolve)
  })
}

async function slot() {
  while (left-- > 0) await start()
}

const begin = process.resourceUsage()
const since = performance.now()
await Promise.all([slot(), slot()])
const end = process.resourceUsage()
const cpuMs = (end.userCPUTime + end.systemCPUTime - begin.userCPUTime - begin.systemCPUTime) / 1000
console.log(JSON.stringify({ wallMs: performance.now() - since, cpuMs }))

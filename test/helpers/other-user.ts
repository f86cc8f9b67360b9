import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A user who is neither root nor the one that runs the tests; only root can be that. */
export const OTHER_USER = 65534

/** A process of another user that answers every request on a socket with this value, until it is disposed. */
export async function serveAsOther(socket: string, value: unknown): Promise<AsyncDisposable> {
  const answer = JSON.stringify(JSON.stringify({ ok: true, value }))
  const script = `process.umask(0); require('node:http').createServer((q, r) => r.end(${answer})).listen(${JSON.stringify(socket)}, () => console.log('listens'))`
  const server = spawn(process.execPath, ['-e', script], {
    uid: OTHER_USER,
    gid: OTHER_USER,
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => server.on('exit', () => resolve()))
  await Promise.race([
    once(server.stdout, 'data'),
    ended.then(() => {
      throw new Error(`another user cannot listen on ${socket}`)
    }),
  ])
  return {
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL')
      await ended
    },
  }
}

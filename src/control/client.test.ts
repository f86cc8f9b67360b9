import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { makeFileHome } from '../../test/helpers/cli-home.ts'
import { tellDaemon } from './client.ts'
import type { Commands, TaskCard } from './protocol.ts'
import { serveControl } from './server.ts'
import type { SocketAddress } from './socket-place.ts'

function newSocket(): SocketAddress {
  const home = makeFileHome()
  onTestFinished(() => home[Symbol.dispose]())
  mkdirSync(home.paths.state, { mode: 0o700 })
  return home.paths
}

/** Something that listens on a socket and does as it likes. */
async function listen(onConnection: (connection: Socket) => void): Promise<SocketAddress> {
  const address = newSocket()
  const connections = new Set<Socket>()
  const server = createServer((connection) => {
    connections.add(connection)
    connection.on('error', () => {})
    onConnection(connection)
  })
  server.listen(address.socket)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const connection of connections) connection.destroy()
    server.close()
  })
  return address
}

test('a request and its answer arrive whole, however long they are and whatever stands in them', async () => {
  const text = `${'long 🦊 '.repeat(200_000)}\r\n\r\n"end"`
  const show = async ({ id }: { id: string }) => ({ id, output: text }) as TaskCard
  const socket = newSocket()
  await using _control = await serveControl(socket, { show } as unknown as Commands)
  expect(await tellDaemon(socket, 'show', { id: text })).toEqual({ id: text, output: text })
})

test('what a daemon refuses is thrown with its code and hint', async () => {
  const socket = newSocket()
  await using _control = await serveControl(socket, {} as Commands)
  await expect(tellDaemon(socket, 'show', { id: '' })).rejects.toMatchObject({ code: 'usage', hint: 'See `orchestrator help`.' })
})

test('a daemon that says nothing, or is gone before its answer is complete, is unreachable', async () => {
  const silent = await listen(() => {})
  await expect(tellDaemon(silent, 'status', {}, 50)).rejects.toMatchObject({ code: 'daemon_unreachable' })
  for (const answer of ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\n\r\n{"ok":true,"value":{"pid"']) {
    const cut = await listen((connection) => connection.once('data', () => connection.end(answer)))
    await expect(tellDaemon(cut, 'status', {}), answer).rejects.toMatchObject({ code: 'daemon_unreachable' })
  }
})

test('no daemon runs where there is no socket', async () => {
  await expect(tellDaemon(newSocket(), 'status', {})).rejects.toMatchObject({ code: 'not_running' })
})

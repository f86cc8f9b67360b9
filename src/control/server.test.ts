import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { makeFileHome } from '../../test/helpers/cli-home.ts'
import { needs } from '../../test/helpers/needs.ts'
import { until } from '../../test/helpers/until.ts'
import { tellDaemon } from './client.ts'
import type { Commands, RunCommands } from './protocol.ts'
import { serveControl, serveRun } from './server.ts'

const RESPOND = JSON.stringify({ runId: 'r', token: 't', text: 'Half.' })

/** The socket of a run and that of the daemon beside it, whose commands note that they were called. */
async function serveBoth(requestMs?: number) {
  const home = makeFileHome()
  onTestFinished(() => home[Symbol.dispose]())
  mkdirSync(home.paths.run, { recursive: true, mode: 0o700 })
  const ask = vi.fn<RunCommands['ask']>(async () => ({ questionId: 'q', answer: null, by: null }))
  const respond = vi.fn<RunCommands['respond']>(async () => ({ noted: true }))
  const owner = vi.fn(async () => ({ pid: 1 }))
  const run = { home: home.home, socket: `${home.paths.run}/control.sock` }
  const ofRun = await serveRun(run, { ask, respond }, requestMs)
  onTestFinished(() => ofRun[Symbol.asyncDispose]())
  const all = new Proxy({}, { get: () => owner }) as unknown as Commands
  const ofOwner = await serveControl(home.paths, all)
  onTestFinished(() => ofOwner[Symbol.asyncDispose]())
  return { run, paths: home.paths, ask, respond, owner }
}

/** Sends these bytes and gives all that comes back until the other side hangs up. */
async function exchange(socket: string, ...parts: readonly string[]): Promise<string> {
  const connection = connect(socket)
  let got = ''
  connection.on('data', (chunk) => {
    got += chunk
  })
  connection.on('error', () => {}) // it was cut off, as it should be
  for (const part of parts) connection.write(part)
  await new Promise((resolve) => connection.on('close', resolve))
  return got
}

function post(path: string, body: string, ...headers: readonly string[]): string {
  return [`POST ${path} HTTP/1.1`, 'Host: x', ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
}

describe('the socket of a run', needs('posix'), () => {
  test('takes its verbs by their very names, and no trick of HTTP gets another through', async () => {
    const { run, owner, ask, respond } = await serveBoth()
    const requests = [
      ...['/v1/Answer', '/V1/answer', '/v1/respond/../answer', '/v1//answer', '//v1/answer', '/v1/answer/', '/v1/answer?x', '/v1/%61nswer'],
      ...[
        '/v1/respond/../../v1/status',
        '/v1/./respond',
        'http://x/v1/answer',
        'http://x/v1/respond',
        '*',
        '/v1/__proto__',
        '/v1/constructor',
      ],
      ...['/v1/toString', '/v1/', '/', '/v1/respond%00', '/v1/respond;answer', '/v1/answer#respond'],
    ].map((path) => post(path, RESPOND))
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'])
      requests.push(post('/v1/respond', RESPOND).replace('POST', method))
    requests.push(
      'CONNECT /v1/respond HTTP/1.1\r\nHost: x\r\n\r\n',
      post('/v1/answer', RESPOND, 'X-HTTP-Method-Override: POST', 'X-Original-URL: /v1/respond', 'X-Rewrite-URL: /v1/respond'),
      post('/v1/status', '{}', 'Host: localhost', 'Forwarded: for=owner', 'Authorization: Bearer owner'),
      post('/v1/status', '{}', 'Connection: Upgrade', 'Upgrade: websocket'),
      post('/v1/respond', RESPOND, 'Transfer-Encoding: chunked'),
      post('/v1/respond', RESPOND, 'Content-Length: 0'),
      'POST /v1/status HTTP/1.0\r\n\r\n',
      'POST /v1/status\r\n\r\n',
      'status\r\n\r\n',
      '\0'.repeat(1000),
    )
    for (const request of requests)
      expect(await exchange(run.socket, request), request.slice(0, 80)).not.toMatch(/^HTTP\/1\.1 200|"ok":true/)
    for (const body of [
      '',
      '[]',
      'null',
      '"x"',
      '{',
      `${RESPOND}x`,
      RESPOND.replace('}', ',"__proto__":{"runId":"r"}}'),
      RESPOND.replace('}', ',"by":"owner"}'),
    ])
      expect(await exchange(run.socket, post('/v1/respond', body)), body).toMatch(/^HTTP\/1\.1 400/)
    for (const command of [owner, ask, respond]) expect(command).not.toHaveBeenCalled()
    expect(await exchange(run.socket, post('/v1/respond', RESPOND))).toMatch(/^HTTP\/1\.1 200/)
  })

  test('does one request a connection, however many are sent on it', async () => {
    const { run, respond, owner } = await serveBoth()
    const many = post('/v1/respond', RESPOND, 'Connection: keep-alive').repeat(500)
    for (const requests of [many, many.replaceAll('HTTP/1.1', 'HTTP/1.0'), post('/v1/respond', RESPOND) + post('/v1/status', '{}')]) {
      respond.mockClear()
      await exchange(run.socket, requests)
      expect(respond.mock.calls.length).toBeLessThanOrEqual(1)
    }
    expect(owner).not.toHaveBeenCalled()
  })

  test('reads no more than a request can need', async () => {
    const { run, respond } = await serveBoth()
    const big = JSON.stringify({ runId: 'r', token: 't', text: 'x'.repeat(300 * 1024) })
    expect(await exchange(run.socket, post('/v1/respond', big))).not.toMatch(/200 OK/)
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const endless = ['POST /v1/respond HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', ...Array<string>(20).fill(chunk)]
    expect(await exchange(run.socket, ...endless)).not.toMatch(/200 OK/)
    expect(await exchange(run.socket, `POST /v1/respond HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100 * 1024)}`)).toMatch(/^HTTP\/1\.1 431/)
    expect(await exchange(run.socket, `POST /v1/${'x'.repeat(100 * 1024)}`)).not.toMatch(/200 OK/)
    expect(respond).not.toHaveBeenCalled()
  })

  test('waits for no request without end', async () => {
    const { run, respond } = await serveBoth(200)
    const begun = 'POST /v1/respond HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n'
    for (const request of [begun, 'POST /v1/respond HTTP/1.1\r\n', post('/v1/respond', RESPOND).slice(0, -1)])
      expect(await exchange(run.socket, request), request).not.toMatch(/200 OK/)
    expect(respond).not.toHaveBeenCalled()
  })

  test('takes a bounded number of requests in a while', async () => {
    const { run, respond } = await serveBoth()
    const tell = () => tellDaemon(run, 'respond', { runId: 'r', token: 't', text: 'Half.' })
    const ends: PromiseSettledResult<unknown>[] = []
    for (let round = 0; round < 100; round++) ends.push(...(await Promise.allSettled([tell(), tell(), tell()])))
    const refused = ends.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(respond.mock.calls.length).toBeGreaterThanOrEqual(60)
    expect(refused.length).toBeGreaterThan(0)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'too_many_requests' })
  })

  test('holds a bounded number of connections, and 10,000 keep neither the owner out nor the agent when they are gone', async () => {
    const { run, paths, respond } = await serveBoth()
    const open = new Set<Socket>()
    let most = 0
    for (let batch = 0; batch < 50; batch++) {
      const ready = Array.from({ length: 200 }, async () => {
        const connection = connect(run.socket)
        open.add(connection)
        connection.on('close', () => open.delete(connection)).on('error', () => {})
        connection.write('POST /v1/respond HTTP/1.1\r\n')
        await Promise.race([once(connection, 'connect'), once(connection, 'close')]).catch(() => undefined)
      })
      await Promise.all(ready)
      await until(() => expect(open.size).toBeLessThanOrEqual(32))
      most = Math.max(most, open.size)
      if (batch % 10 === 0) expect(await tellDaemon(paths, 'status', {})).toEqual({ pid: 1 })
    }
    expect(most).toBe(32)
    for (const connection of open) connection.destroy()
    await until(async () => expect(await tellDaemon(run, 'respond', { runId: 'r', token: 't', text: 'Half.' })).toEqual({ noted: true }))
    expect(respond).toHaveBeenCalledOnce()
  })
})

test('the socket of a daemon refuses what the agents of runs say, by name', needs('posix'), async () => {
  const { paths, owner } = await serveBoth()
  const from = { runId: 'r', token: 't' }
  await expect(tellDaemon(paths, 'respond', { ...from, text: 'Half.' })).rejects.toMatchObject({ code: 'not_permitted' })
  const asking = { ...from, text: 'Which?', options: [], default: null, deadlineMs: null }
  await expect(tellDaemon(paths, 'ask', asking)).rejects.toMatchObject({ code: 'not_permitted' })
  expect(owner).not.toHaveBeenCalled()
})

test('what lies where a socket belongs gives way, and it goes with its server', needs('posix'), async () => {
  const home = makeFileHome()
  onTestFinished(() => home[Symbol.dispose]())
  mkdirSync(`${home.paths.socket}/x`, { recursive: true })
  const control = await serveControl(home.paths, { status: async () => ({ pid: 1 }) } as unknown as Commands)
  expect(await tellDaemon(home.paths, 'status', {})).toEqual({ pid: 1 })
  await control[Symbol.asyncDispose]()
  expect(readdirSync(home.paths.state)).toEqual([])
})

test.each([
  ['cannot be written as JSON', { pid: 1n }],
  [
    'throws while it is written',
    {
      toJSON: () => {
        throw new Error('a bug of ours')
      },
    },
  ],
])('an answer that %s is a refusal, and the daemon answers on', async (_how, answer) => {
  const { paths, owner } = await serveBoth()
  owner.mockResolvedValueOnce(answer as never)
  await expect(tellDaemon(paths, 'status', {})).rejects.toMatchObject({
    code: 'cannot_write',
    message: expect.stringMatching(/^The answer cannot be written/),
  })
  expect(await tellDaemon(paths, 'status', {})).toEqual({ pid: 1 })
})

describe('a socket that closes', needs('posix'), () => {
  test('still answers what was asked before, and waits for no answer that never comes', async () => {
    const home = makeFileHome()
    onTestFinished(() => home[Symbol.dispose]())
    let settle = () => {}
    const settles = new Promise<{ pid: number }>((resolve) => {
      settle = () => resolve({ pid: 7 })
    })
    const asked = vi.fn((verb: string) => () => (verb === 'status' ? settles : new Promise(() => {})))
    const control = await serveControl(home.paths, new Proxy({}, { get: (_, verb: string) => asked(verb) }) as unknown as Commands)
    const answer = tellDaemon(home.paths, 'status', {})
    const never = expect(tellDaemon(home.paths, 'pause', {})).rejects.toMatchObject({ code: 'daemon_unreachable' })
    await until(() => expect(asked).toHaveBeenCalledTimes(2))

    const closed = control[Symbol.asyncDispose]()
    settle()
    expect(await answer).toEqual({ pid: 7 })
    await closed
    await never
  })
})

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CONTAINMENTS, NAMESPACES } from '../../test/helpers/containments.ts'
import { allOf, BARE_ENV, fixtureAgent, newPlace, type Place } from '../../test/helpers/fixture-agent.ts'
import { until } from '../../test/helpers/until.ts'
import { type Containment, SWEEP } from './containment.ts'
import { runBriefly, runTool, type StartOptions, startProcess } from './exec.ts'
import { CUT_MARK, LONGEST_LINE } from './ndjson-lines.ts'
import { identify } from './process-identity.ts'

let place: Place
let containment: Containment

beforeEach(async () => {
  containment = SWEEP
  place = await newPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

const start = (options: Partial<StartOptions>) =>
  startProcess({ file: process.execPath, args: [], cwd: place.path, env: BARE_ENV, stdin: '', containment, ...options })
const startNode = (program: string, options: Partial<StartOptions> = {}) => start({ args: ['-e', program], ...options })

for (const { name, options: need, find } of CONTAINMENTS) {
  describe(`with ${name}`, need, () => {
    beforeEach(async () => {
      containment = await find()
    })

    describe('a process that ends by itself', () => {
      test('is known by its identity, and its output and end are told', async () => {
        const running = startNode('console.log("one\\ntwo"); console.error("trouble"); process.exitCode = 7')
        expect(running.identity).toEqual(identify(running.identity?.pid ?? 0))
        expect(await allOf(running.stdout)).toEqual(['one', 'two'])
        expect(await running.exited).toEqual({ code: 7, signal: undefined, stderr: 'trouble\n' })
      })

      test('sees its directory, and nothing of the environment but what it is given', async () => {
        const running = startNode('console.log(process.cwd()); console.log(JSON.stringify(process.env))', {
          env: { ONE: '1' },
          marker: { name: 'MARK', value: 'm' },
        })
        const [cwd, env = ''] = await allOf(running.stdout)
        expect([cwd, JSON.parse(env)]).toEqual([place.path, { ONE: '1', MARK: 'm' }])
      })

      test.runIf(process.platform === 'linux')('leads its own session and group', async () => {
        const running = startNode(`
          const stat = fs.readFileSync('/proc/self/stat', 'utf8')
          const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
          console.log(process.pid === Number(group), process.pid === Number(session))`)
        expect(await allOf(running.stdout)).toEqual(['true true'])
      })

      test.skipIf(process.platform === 'win32').each(['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGSEGV'])(
        'of %s is told so, and nothing besides',
        async (signal) => {
          const running = start({ file: 'sh', args: ['-c', `echo before; ulimit -c 0; kill -s ${signal.slice(3)} $$`] })
          expect(await allOf(running.stdout)).toEqual(['before'])
          expect(await running.exited).toEqual({ code: undefined, signal, stderr: '' })
        },
      )

      test('gets its input as it is, a megabyte too', async () => {
        const stdin = `-日本 ${'x'.repeat(1_000_000)}\n`
        const running = startNode('process.stdin.pipe(process.stdout)', { stdin })
        expect((await allOf(running.stdout)).join('\n')).toBe(stdin.trimEnd())
      })

      test('finds the end of its input where it is given none', async () => {
        const running = startNode('process.stdin.on("end", () => console.log("end")).resume()')
        expect(await allOf(running.stdout)).toEqual(['end'])
      })

      test('keeps its output for a while after its end until it is asked for', async () => {
        const running = startNode('console.log("early")')
        await until(async () => expect(await place.living()).toEqual([]))
        await delay(300)
        expect(await allOf(running.stdout)).toEqual(['early'])
      })

      test('blocks while its output is not read, and loses none of it', async () => {
        const running = startNode('for (let i = 0; i < 50000; i++) console.log(i + " ".repeat(100)); console.error("done")')
        const numbers: number[] = []
        for await (const line of running.stdout) numbers.push(Number(line))
        expect(numbers).toEqual(Array.from({ length: 50_000 }, (_, index) => index))
      })
    })

    describe('a process that cannot be started tells so by its end', () => {
      test.each([
        ['a program that does not exist', () => ({ file: 'no-such-program' }), 'ENOENT', /no-such-program/],
        [
          'a directory that does not exist',
          () => ({ cwd: join(place.path, 'nowhere') }),
          'ENOENT',
          /working directory .*nowhere does not exist/,
        ],
        ['a text with a NUL byte', () => ({ args: ['a\0b'] }), 'EINVAL', /null bytes/],
      ])('%s', async (_, options, code, message) => {
        const running = start(options())
        expect(await allOf(running.stdout)).toEqual([])
        running.terminate()
        await running.destroy()
        const startError = { code, message: expect.stringMatching(message) }
        expect(await running.exited).toEqual({ code: undefined, signal: undefined, stderr: '', startError })
        expect(running.identity).toBeUndefined()
      })

      test.skipIf(process.platform === 'win32').each([
        ['a file that is no program', { file: '/etc/passwd' }, 'EACCES'],
        ['a script whose interpreter is missing', { file: fixtureAgent('without-interpreter') }, 'ENOENT'],
        ['too long an argument', { args: ['x'.repeat(3_000_000)] }, 'E2BIG'],
      ])('%s', async (_, options, code) => {
        expect((await start(options).exited).startError).toEqual({ code, message: expect.stringMatching(/\S/) })
      })

      test.skipIf(process.platform !== 'linux')('no file descriptor left', async () => {
        const limit = (soft: number | string) => `prlimit --pid ${process.pid} --nofile=${soft}:`
        const before = execFileSync('sh', ['-c', 'ulimit -Sn'], { encoding: 'utf8' })
        const few = Math.max(...readdirSync('/proc/self/fd').map(Number)) + 10
        // Started while there are descriptors, it gives them back when it is told to.
        const giver = spawn('sh', ['-c', `${limit(few)}; echo; read -r _; ${limit(before.trim())}; echo`], {
          stdio: ['pipe', 'pipe', 'inherit'],
        })
        await once(giver.stdout, 'data')
        const held = holdAllDescriptors()
        const running = start({})
        held.forEach(closeSync)
        giver.stdin.write('\n')
        await once(giver.stdout, 'data')
        expect((await running.exited).startError).toEqual({ code: 'EMFILE', message: expect.stringContaining('EMFILE') })
      })
    })

    describe.skipIf(process.platform === 'win32')('what an agent may do to its output', () => {
      const startAgent = (name: string, options: Partial<StartOptions> = {}) => start({ file: fixtureAgent(name), ...options })

      test('characters that come in pieces are whole', async () => {
        const running = startAgent('splits-characters')
        expect(await allOf(running.stdout)).toEqual(['日本', 'last line without an end'])
      })

      test('a line of 40 million characters is cut, and the next one is read', async () => {
        const [long = '', ...rest] = await allOf(startAgent('huge-line').stdout)
        expect([long.length, long.slice(-CUT_MARK.length), rest]).toEqual([LONGEST_LINE + CUT_MARK.length, CUT_MARK, ['result done']])
      })

      test('an input that nobody reads is no failure', async () => {
        const running = startAgent('ignores-stdin', { stdin: 'x'.repeat(1_000_000) })
        expect(await allOf(running.stdout)).toEqual(['result done'])
        expect(await running.exited).toEqual({ code: 0, signal: undefined, stderr: '' })
      })

      test('the last 8 KiB of standard error are kept', async () => {
        const running = startAgent('crashes')
        await allOf(running.stdout)
        const { code, stderr } = await running.exited
        expect([code, Buffer.byteLength(stderr), stderr.endsWith('9999\n10000\nboom: könnte nicht\n')]).toEqual([3, 8192, true])
      })

      test('a child that holds the output open does not hold up the end', async () => {
        const running = startAgent('leaves-background-child')
        expect(await allOf(running.stdout)).toEqual(['result done'])
        expect(await running.exited).toEqual({ code: 0, signal: undefined, stderr: '' })
        await running.destroy()
        expect(await place.living()).toEqual([])
      })

      test('terminate reaches the agent alone, destroy everything', async () => {
        const running = startAgent('ignores-sigterm')
        const lines = running.stdout[Symbol.asyncIterator]()
        expect(await lines.next()).toEqual({ done: false, value: 'text working' })
        running.terminate()
        expect(await place.living()).not.toEqual([])
        await Promise.all([running.destroy(), running.destroy()])
        expect(await place.living()).toEqual([])
        expect(await running.exited).toEqual({ code: undefined, signal: 'SIGKILL', stderr: '' })
      })

      test('an agent that handles SIGTERM ends as it likes', async () => {
        const running = startAgent('result-on-sigterm')
        const lines = running.stdout[Symbol.asyncIterator]()
        await lines.next()
        running.terminate()
        expect(await lines.next()).toEqual({ done: false, value: 'result late' })
        await lines.next()
        expect(await running.exited).toEqual({ code: 0, signal: undefined, stderr: '' })
        await running.destroy()
      })

      test('one that does not dies of it, the moment it was started too', async () => {
        const running = start({ file: 'sleep', args: ['300'] })
        running.terminate()
        await allOf(running.stdout)
        expect(await running.exited).toEqual({ code: undefined, signal: 'SIGTERM', stderr: '' })
      })
    })
  })
}

for (const { name, options: need, find } of NAMESPACES) {
  describe(`in ${name}`, need, () => {
    beforeEach(async () => {
      containment = await find()
    })

    test('an agent sees nobody else, and no orphan of it stays a zombie', async () => {
      const orphans = 'one=$(sleep 0.01 >/dev/null & echo $!); two=$(sleep 0.01 >/dev/null & echo $!)'
      const script = `${orphans}; while [ -e /proc/$one ] || [ -e /proc/$two ]; do :; done; cat /proc/[0-9]*/stat`
      const running = start({ file: '/bin/sh', args: ['-c', script] })
      const names = (await allOf(running.stdout)).map((line) => line.replace(/^\d+ \((.*)\) .*$/, '$1'))
      expect(names).toEqual(['sh', 'sh'])
    })
  })
}

function holdAllDescriptors(): number[] {
  const held: number[] = []
  try {
    for (;;) held.push(openSync('/dev/null', 'r'))
  } catch {
    return held
  }
}

describe('a brief command', () => {
  const brief = (program: string, timeoutMs = 600_000) =>
    runBriefly(process.execPath, ['-e', program], { env: BARE_ENV, cwd: place.path, timeoutMs })

  test('gives its output and status', async () => {
    const output = await brief('console.log("2.1.329"); console.error("note"); process.exitCode = 1')
    expect(output).toEqual({ code: 1, stdout: '2.1.329\n', stderr: 'note\n' })
  })

  test('is ended when it takes too long', async () => {
    expect(await brief('console.log("slow"); setInterval(() => {}, 1000)', 500)).toMatchObject({ code: undefined })
    expect(await place.living()).toEqual([])
  })

  test('gives 64 KiB at most', async () => {
    expect((await brief('console.log("x".repeat(1e6))'))?.stdout).toHaveLength(65_536)
  })

  test('is nothing where it cannot be started', async () => {
    expect(await runBriefly('no-such-program', [], { env: BARE_ENV, cwd: place.path, timeoutMs: 600_000 })).toBeUndefined()
  })
})

describe('a tool', () => {
  const tool = (program: string, more: { stdin?: string; timeoutMs?: number; longest?: number; file?: string } = {}) => {
    const { file = process.execPath, ...limits } = more
    return runTool(file, ['-e', program], { env: BARE_ENV, cwd: place.path, timeoutMs: 600_000, longest: 1_000_000, ...limits })
  }

  test('gives its status and its output as it is', async () => {
    const output = await tool('process.stdin.pipe(process.stdout); process.exitCode = 1', { stdin: 'a\0b\r\nß\n' })
    expect(output).toEqual({ code: 1, stdout: 'a\0b\r\nß\n' })
  })

  test('is ended when it takes too long, and when it has written enough', async () => {
    expect(await tool('console.log("slow"); setInterval(() => {}, 1000)', { timeoutMs: 500 })).toMatchObject({ code: undefined })
    const endless = 'const more = () => process.stdout.write("x".repeat(1000), more); more()'
    expect(await tool(endless, { longest: 5000 })).toEqual({ code: undefined, stdout: 'x'.repeat(5000) })
    expect(await place.living()).toEqual([])
  })

  test('may end without having read its input', async () => {
    expect(await tool('process.exit(0)', { stdin: 'x'.repeat(1e6) })).toEqual({ code: 0, stdout: '' })
  })

  test('has no status where it cannot be started', async () => {
    expect(await tool('', { file: 'no-such-program' })).toEqual({ code: undefined, stdout: '' })
  })
})

import { closeSync, existsSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { devNull } from 'node:os'
import type { Readable } from 'node:stream'
import { execa, type Options } from 'execa'
import { type Containment, exitWithin, type Mount } from './containment.ts'
import { findProgram } from './find-program.ts'
import { splitLines } from './ndjson-lines.ts'
import { identify } from './process-identity.ts'
import { followTree, type RunMarker, terminateInside } from './process-tree.ts'
import type { ProcessExit, Running } from './running.ts'
import { wordsOf } from './words-of.ts'

/** A process to start. Nothing is inherited: `env` is its whole environment, and PATH in it is where `file` is looked for. */
export interface StartOptions {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Descriptor of `cwd`, held open: the process starts in that very directory, whatever its path leads to by then. Linux only. */
  readonly directory?: number | undefined
  readonly env: Readonly<Record<string, string>>
  /** The whole text for its standard input, which is closed behind it. */
  readonly stdin: string
  /** Added to the environment; by it descendants are found that left the tree. */
  readonly marker?: RunMarker
  /** A sweep where left out. */
  readonly containment?: Containment
  /** What is kept from it, asked for at the start; nothing where its containment has no mounts. */
  mounts?(): readonly Mount[]
}

/** What a short command left behind. */
export interface BriefOutput {
  /** Exit status; undefined where a signal or the time limit ended it. */
  readonly code: number | undefined
  /** The first 64 KiB of standard output. */
  readonly stdout: string
  /** The last 8 KiB of standard error. */
  readonly stderr: string
}

/** How a tool is run. */
export interface ToolOptions {
  readonly cwd: string
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly timeoutMs: number
  /** Characters of output after which it is ended. */
  readonly longest: number
}

/** What a tool left behind. */
export interface ToolOutput {
  /** Exit status; undefined where it could not be started, or where a signal or a limit ended it. */
  readonly code: number | undefined
  readonly stdout: string
}

const POSIX = process.platform !== 'win32'
/** Twice of what is made use of: whoever masks it takes off what may be the half of a secret. */
const STDERR_BYTES = 8192
const BRIEF_LENGTH = 65_536
const DRAIN_MS = 100
const LONGEST_DRAIN_MS = 5000
/** Three pairs for the standard streams and one pipe on which the new process reports. */
const DESCRIPTORS_OF_A_START = 8

/** Few options, since each that is used costs CPU at every start. */
const LEAN = {
  extendEnv: false,
  detached: POSIX,
  cleanup: false,
  reject: false,
  buffer: false,
  stripFinalNewline: false,
  forceKillAfterDelay: false,
} as const satisfies Options

/**
 * Starts a process, on POSIX as the leader of a session of its own. Never throws: a start that fails is told by `exited`.
 * The lines of `stdout` are to be read once; a process whose output is not read blocks. Output ends soon after the process,
 * even while descendants hold its pipes open. With a PID namespace the identity is that of the process that keeps it: to end
 * that one ends all.
 */
export function startProcess(options: StartOptions): Running {
  let child: ReturnType<typeof launch>
  try {
    if (POSIX) requireDescriptors(DESCRIPTORS_OF_A_START)
    child = launch(options)
  } catch (error) {
    return notStarted(Promise.resolve(startFailure(error, options)))
  }
  const { pid, stdin, stdout, stderr } = child
  if (pid === undefined) return notStarted(child.then((result) => startFailure(result.cause, options)))

  const { namespace } = options.containment ?? {}
  const identity = identify(pid)
  const tree = identity && followTree(identity, options.marker, { look: namespace === undefined })
  // A process may end without having read its input.
  stdin?.on('error', () => undefined).end(options.stdin)
  // Without a listener execa and Node throw away what comes before the first line is asked for.
  stdout.on('readable', () => undefined)
  const lastOfStderr = keepLast(stderr, STDERR_BYTES)
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', () => drain([stdout, stderr]))
    child.once('close', (code, signal) => {
      const exit = { code: code ?? undefined, signal: signal ?? undefined, stderr: lastOfStderr() }
      resolve(namespace ? exitWithin(exit) : exit)
    })
  })

  let destroyed: Promise<void> | undefined
  const destroy = () => {
    destroyed ??= (async () => {
      if (tree === undefined) child.kill('SIGKILL')
      // Who kept a namespace ends by itself only after everything in it.
      if (namespace === undefined || child.exitCode === null) await tree?.end()
    })()
    return destroyed
  }
  const terminate = () => {
    // Where that fails, no file can be opened to look for the agent; it is killed after the grace.
    if (namespace && identity) terminateInside(identity).catch(() => undefined)
    else if (POSIX) child.kill('SIGTERM')
    else void destroy()
  }
  return {
    identity,
    stdout: splitLines(stdout.setEncoding('utf8')),
    exited,
    terminate,
    destroy,
  }
}

/** Runs a command that is expected to be short, such as `claude --version`, and leaves nothing of it; undefined where it cannot be started. */
export async function runBriefly(
  file: string,
  args: readonly string[],
  { env, cwd, timeoutMs }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string; readonly timeoutMs: number },
): Promise<BriefOutput | undefined> {
  const running = startProcess({ file, args, cwd, env, stdin: '' })
  const timer = setTimeout(() => void running.destroy(), timeoutMs)
  let stdout = ''
  for await (const line of running.stdout) if (stdout.length < BRIEF_LENGTH) stdout += `${line}\n`
  const { code, stderr, startError } = await running.exited
  clearTimeout(timer)
  await running.destroy()
  return startError === undefined ? { code, stdout: stdout.slice(0, BRIEF_LENGTH), stderr } : undefined
}

/**
 * Runs a tool that starts no other processes, with all of its output as it is: lighter than a process that is watched.
 * It is ended at its time limit, and once it has written `longest` characters: then those are its output. Never throws.
 */
export async function runTool(
  file: string,
  args: readonly string[],
  { stdin = '', timeoutMs, longest, ...place }: ToolOptions,
): Promise<ToolOutput> {
  try {
    if (POSIX) requireDescriptors(DESCRIPTORS_OF_A_START)
    const limits = { timeout: timeoutMs, maxBuffer: { stdout: longest, stderr: BRIEF_LENGTH }, killSignal: 'SIGKILL' } as const
    const tool = execa(file, args, { ...LEAN, ...place, ...limits, buffer: true, input: stdin })
    // Closed before its end, the output was enough; not every program ends because nobody reads it any more.
    tool.stdout.once('close', () => tool.stdout.readableEnded || tool.kill('SIGKILL'))
    const { exitCode, stdout } = await tool
    return { code: exitCode, stdout: stdout ?? '' }
  } catch {
    return { code: undefined, stdout: '' }
  }
}

function launch({ file, args, cwd, directory, env, stdin, marker, containment, mounts }: StartOptions) {
  const environment = marker === undefined ? env : { ...env, [marker.name]: marker.value }
  const { namespace } = containment ?? {}
  const inside = { env: environment, mounts: namespace?.mounts ? keptFrom(mounts) : [], holdsDirectory: directory !== undefined }
  const [program, ...words] = namespace ? [...namespace.prefix(inside), existing(file, env, cwd), ...args] : [file, ...args]
  const input = stdin === '' ? 'ignore' : 'pipe'
  const held = directory !== undefined && namespace ? [directory] : []
  return execa(program, words, {
    ...LEAN,
    // Read as the new process, which has the descriptor until it becomes the program; within a namespace it is looked at once more.
    cwd: directory === undefined ? cwd : `/proc/self/fd/${directory}`,
    env: environment,
    // The types know no further descriptors, and so say what there is of the first three.
    stdio: [input, 'pipe', 'pipe', ...(held as never[])] as const,
  })
}

/** What is kept from a program; where that cannot be found out it is not started, for now. */
function keptFrom(mounts: StartOptions['mounts']): readonly Mount[] {
  try {
    return mounts?.() ?? []
  } catch (error) {
    const message = `the home cannot be kept from the agent: ${wordsOf(error)}`
    throw Object.assign(new Error(message, { cause: error }), { code: 'EAGAIN' })
  }
}

/** The file itself; throws the error of a start without a namespace where there is no such program. */
function existing(file: string, { PATH }: StartOptions['env'], cwd: string): string {
  const found = findProgram(file, { path: PATH, cwd })
  if (!found.ok) throw Object.assign(new Error(`spawn ${file} ${found.code}`), { code: found.code })
  return file
}

/** Throws EMFILE while that can still be caught: with no descriptor left, execa lets the error of the start go unheard and end us. */
function requireDescriptors(count: number): void {
  const held: number[] = []
  try {
    while (held.length < count) held.push(openSync(devNull, 'r'))
  } finally {
    held.forEach(closeSync)
  }
}

function notStarted(failed: Promise<NonNullable<ProcessExit['startError']>>): Running {
  return {
    identity: undefined,
    stdout: nothing(),
    exited: failed.then((startError) => ({ code: undefined, signal: undefined, stderr: '', startError })),
    terminate: () => undefined,
    destroy: async () => undefined,
  }
}

async function* nothing(): AsyncGenerator<string> {}

/** Says what is missing, which the system does not: it reports an absent directory as an absent program. */
function startFailure(error: unknown, { file, cwd }: StartOptions): NonNullable<ProcessExit['startError']> {
  // Arguments that no system takes are refused without a code.
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EINVAL'
  if (!existsSync(cwd)) return { code, message: `The working directory ${cwd} does not exist.` }
  return { code, message: error instanceof Error ? error.message : `${file}: ${error}` }
}

function keepLast(stream: Readable, bytes: number): () => string {
  let kept = Buffer.alloc(0)
  stream.on('error', () => undefined)
  stream.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk.subarray(-bytes)]).subarray(-bytes)
  })
  return () => kept.toString('utf8').replace(/^\uFFFD+/, '')
}

/** Lets what still lies in the pipes come in, then closes them over those who hold them open. */
function drain(streams: readonly Readable[]): void {
  const deadline = performance.now() + LONGEST_DRAIN_MS
  const read = () => streams.reduce((sum, stream) => sum + (stream instanceof Socket ? stream.bytesRead - stream.readableLength : 0), 0)
  let before = -1
  // A busy event loop runs timers first: the immediate makes it look at the pipes before they are judged.
  const look = () => setImmediate(judge)
  const judge = () => {
    if (streams.every((stream) => stream.closed)) return
    const now = read()
    const unread = streams.some((stream) => stream.readableLength > 0)
    if ((now > before || unread) && performance.now() < deadline) {
      before = now
      setTimeout(look, DRAIN_MS)
    } else {
      for (const stream of streams) stream.destroy()
    }
  }
  look()
}

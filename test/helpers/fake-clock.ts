import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A clock that can be set while a process runs. The clock that timers run by, and the times of files, stay those of the machine. */
export interface FakeClock {
  /** Gives the clock to a process, but not to those that it starts in a clean environment. */
  readonly env: Readonly<Record<string, string>>
  /** Sets it to so many seconds before or after the time of the machine. */
  set(seconds: number): Promise<void>
}

/** Makes a clock that is right at first. `file` is a path of its own. */
export async function fakeClock(file: string): Promise<FakeClock> {
  const { stdout: library } = await promisify(execFile)('faketime', ['-f', '+0s', 'sh', '-c', 'echo $LD_PRELOAD'])
  const set = (seconds: number) => writeFile(file, `${seconds < 0 ? '' : '+'}${seconds}`)
  await set(0)
  const like = { FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' }
  return { env: { LD_PRELOAD: library.trim(), FAKETIME_TIMESTAMP_FILE: file, ...like }, set }
}

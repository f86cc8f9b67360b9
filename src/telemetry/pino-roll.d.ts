/** The part of pino-roll 4 that is used here; the package ships no types (its README lists the options). */
declare module 'pino-roll' {
  interface Options {
    /** Files are named `<file>.<number><extension>`. */
    file: string
    extension: string
    /** Such as `1m`: looked at after a write, so files get somewhat larger. */
    size: string
    /** How many files stay, with the current one; without `removeOtherLogFiles` those of earlier processes are never removed. */
    limit: { count: number; removeOtherLogFiles: boolean }
    mkdir: boolean
    sync: boolean
    /** Bytes kept while writing fails. */
    maxLength: number
  }
  const roll: (options: Options) => Promise<ReturnType<typeof import('pino').pino.destination>>

  export = roll
}

/** Variables by name, as a process has them. */
export type Environment = Readonly<Record<string, string>>

/** A copy of the environment of this process; rooms other than config/ get theirs from here or from a `Config`. */
export function processEnvironment(): Environment {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

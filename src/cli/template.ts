import { readFileSync } from 'node:fs'

/** The text of a file that ships in `config/`, at the same distance from the sources as from what is built of them. */
export function template(name: string): string {
  return readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8')
}

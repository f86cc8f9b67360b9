import { readFileSync } from 'node:fs'
import { packageFile } from '../lib/package-file.ts'

/** The text of a file that ships in `config/`. */
export function template(name: string): string {
  return readFileSync(packageFile(`config/${name}`), 'utf8')
}

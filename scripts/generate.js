// Writes the files that are made from the code; with --check it only tells which are stale, and exits 1 if any is.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { generatedFiles } from '../dist/cli/generated-files.js'

const check = process.argv.includes('--check')
const at = (path) => resolve(import.meta.dirname, '..', path)

for (const [path, text] of Object.entries(generatedFiles(read('README.md')))) {
  if (text === read(path)) continue
  console.error(`${path} ${check ? 'is stale: npm run generate' : 'written'}`)
  if (check) process.exitCode = 1
  else writeFileSync(at(path), text)
}

function read(path) {
  try {
    return readFileSync(at(path), 'utf8')
  } catch {
    return ''
  }
}

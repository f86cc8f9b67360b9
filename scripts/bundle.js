// Makes the program of what tsc has built, as CommonJS: an ES module alone takes a fifth of the time in which Node starts. Commands,
// and what they share, become files that are loaded when they are used; most packages stay outside.
import { readFileSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { _, Ajv2020 } from 'ajv/dist/2020.js'
import writeStandalone from 'ajv/dist/standalone/index.js'
import { build } from 'rolldown'
import { AJV_OPTIONS } from '../dist/results/compile-schema.js'
import { resultJsonSchema } from '../dist/results/json-schema.js'

/** Each of these is one file with all that it imports but a small one that loads others, since each further one takes time: help needs the first, `status` both. */
const LIGHT = ['main.js', 'commands/status.js']

/**
 * Packages that are taken in, with what they need: ES modules whose default export `require` would hand over in another form, and those that consist of
 * many files of which a daemon needs few. That halves the CPU time of its start.
 */
const INSIDE = withDependencies(['p-limit', 'zod', 'yaml', 'ajv', 'ajv-formats', 'pino', 'pino-roll', 'execa'])
const OF_PACKAGE = new RegExp(`^(?:${INSIDE.join('|')})(?:/|$)`)

/** What pino-roll uses of date-fns, which stands for all of it. */
const DATES = ['format', 'addDays', 'addHours', 'parse', 'isValid'].map((name) => `export { ${name} } from 'date-fns/${name}'`).join('\n')
const datesInPart = {
  name: 'dates-in-part',
  resolveId: (id) => (id === 'date-fns' ? '\0dates' : undefined),
  load: (id) => (id === '\0dates' ? DATES : undefined),
}

function withDependencies(names) {
  const needed = names.flatMap((name) => Object.keys(readJson(`node_modules/${name}/package.json`).dependencies ?? {}))
  return names.length === 0 ? [] : [...new Set([...names, ...withDependencies(needed)])]
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** In place of what compiles the schema of results stands what it compiles. */
const schemaCompiled = {
  name: 'schema-compiled',
  load: (id) => (id.endsWith(join('dist', 'results', 'compile-schema.js')) ? compiledSchema() : undefined),
}

function compiledSchema() {
  const formats = _`require('ajv-formats/dist/formats.js').fullFormats`
  const ajv = new Ajv2020({ ...AJV_OPTIONS, code: { source: true, formats } })
  const code = writeStandalone.default(ajv, ajv.compile(resultJsonSchema()))
  return `${code}\nconst check = module.exports\nmodule.exports = { compileResultSchema: () => check }`
}

await build({
  input: 'dist/cli/main.js',
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('\0') && !isAbsolute(id) && !OF_PACKAGE.test(id),
  plugins: [datesInPart, schemaCompiled],
  output: {
    dir: 'dist/program',
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    codeSplitting: {
      groups: LIGHT.map((file) => ({ name: basename(file, '.js'), test: (id) => id.endsWith(join('dist', 'cli', file)) })),
    },
  },
})

// Makes the program of what tsc has built, as CommonJS: an ES module alone takes a fifth of the time in which Node starts. Commands,
// and what they share, become files that are loaded when they are used; packages stay outside.
import { basename, isAbsolute, join } from 'node:path'
import { build } from 'rolldown'

/** Each of these is one file with all that it imports, since each further one takes time: help needs the first, `status` both. */
const LIGHT = ['main.js', 'commands/status.js']

/** ES modules whose default export `require` would hand over in another form; they are taken in. */
const INSIDE = ['p-limit', 'yocto-queue']

await build({
  input: 'dist/cli/main.js',
  platform: 'node',
  external: (id) => !id.startsWith('.') && !isAbsolute(id) && !INSIDE.includes(id),
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

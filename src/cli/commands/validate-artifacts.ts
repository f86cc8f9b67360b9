import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { requireHome } from '../../control/view/require-home.ts'
import { lookAt } from '../../lib/read-state.ts'
import { wordsOf } from '../../lib/words-of.ts'
import { listResults } from '../../results/read.ts'
import { createValidator, type Validate } from '../../results/validate.ts'
import type { Command } from '../context.ts'
import { printJson } from '../print-json.ts'
import { createStyle } from '../render/style.ts'
import { oneLine } from '../render/text.ts'

/** `validate-artifacts`: checks every result, earlier runs too, against the published schema; 1 if any breaks it. */
export const validateArtifacts: Command = ({ home, out }, _args, { json }) => {
  const { results } = requireHome(home)
  const files = existsSync(results) ? listResults(results).map(({ path }) => path) : []
  const validate = createValidator()
  const checked = files.sort().map((path) => ({ file: relative(home, path), problems: problemsOf(path, validate) }))
  const invalid = checked.filter(({ problems }) => problems.length > 0)

  if (json === true) printJson(out, { checked: files.length, invalid })
  else {
    const style = createStyle(out.color)
    for (const { file, problems } of invalid) {
      out.line(`${style.red('✖')} ${oneLine(file)}`)
      for (const problem of problems) out.line(`    ${oneLine(problem)}`)
    }
    out.line(files.length === 0 ? 'There are no results yet.' : `checked ${files.length}, invalid ${invalid.length}`)
  }
  return invalid.length === 0 ? 0 : 1
}

function problemsOf(path: string, validate: Validate): readonly string[] {
  try {
    const looked = lookAt(path)
    if (looked.kind === 'odd') return [`is not read: ${looked.why}`]
    return looked.kind === 'missing' ? [] : validate(JSON.parse(looked.text)) // a file that has gone meanwhile is not invalid
  } catch (error) {
    return [`cannot be read: ${wordsOf(error)}`]
  }
}

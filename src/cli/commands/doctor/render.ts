import type { Output } from '../../context.ts'
import { createStyle } from '../../render/style.ts'
import type { Check } from './check.ts'
import type { EffectiveValue } from './configuration.ts'

/** Everything that `doctor` found out. */
export interface DoctorReport {
  readonly version: string
  readonly node: string
  readonly platform: string
  readonly home: string
  readonly configuration: readonly EffectiveValue[]
  readonly checks: readonly Check[]
}

type Style = ReturnType<typeof createStyle>

const NAME_WIDTH = 17
/** A sign, the name and the spaces around them. */
const INDENT = 2 + 2 + NAME_WIDTH + 1

/** The report as lines for a person: the values in force first, so that what is wrong stands last. */
export function renderReport(report: DoctorReport, { color, columns }: Pick<Output, 'color' | 'columns'>): string[] {
  const style = createStyle(color)
  const { version, node, platform, configuration, checks } = report
  const groups = [...new Set(checks.map(({ group }) => group))]
  return [
    style.dim(`orchestrator ${version} · Node ${node} · ${platform}`),
    ...(configuration.length === 0 ? [] : ['', style.bold('Values in force'), ...valueLines(configuration, style)]),
    ...groups.flatMap((group) => {
      const own = checks.filter((check) => check.group === group)
      return ['', style.bold(group), ...own.flatMap((check) => checkLines(check, style, columns))]
    }),
    '',
    verdict(checks, style),
  ]
}

function valueLines(values: readonly EffectiveValue[], style: Style): string[] {
  const width = (of: (value: EffectiveValue) => string) => Math.max(...values.map((value) => of(value).length))
  const [names, texts] = [
    width(({ name }) => name),
    Math.min(
      26,
      width(({ value }) => value),
    ),
  ]
  return values.map(({ name, value, origin }) => {
    const line = `  ${name.padEnd(names)}  ${(value === '' ? '–' : value).padEnd(texts)}  ${origin}`
    return origin === 'default' ? style.dim(line) : line
  })
}

function checkLines({ name, status, detail, fix }: Check, style: Style, columns: number): string[] {
  const signs = { ok: style.green('✔'), note: style.dim('·'), warn: style.yellow('!'), fail: style.red('✖') }
  const width = Math.max(30, columns - INDENT - 1)
  const [first = '', ...rest] = detail.split('\n').flatMap((line) => wrap(line, width))
  const way = fix === undefined ? [] : wrap(fix, width - 2)
  return [
    `  ${signs[status]} ${name.padEnd(NAME_WIDTH)} ${first}`,
    ...rest.map((line) => ' '.repeat(INDENT) + line),
    ...way.map((line, index) => `${' '.repeat(INDENT)}${style.cyan(index === 0 ? '→' : ' ')} ${line}`),
  ]
}

function verdict(checks: readonly Check[], style: Style): string {
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length
  const [broken, doubtful] = [count('fail'), count('warn')]
  if (broken > 0) return style.red(`${broken} ${broken === 1 ? 'problem' : 'problems'} to mend.`)
  if (doubtful > 0) return style.yellow(`Nothing is broken; ${doubtful} ${doubtful === 1 ? 'thing' : 'things'} to look at.`)
  return style.green('Everything that is needed is there.')
}

/** Lines of at most so many characters, broken between words; a longer word stands alone. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

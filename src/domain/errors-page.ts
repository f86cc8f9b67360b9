import { ERRORS, type ErrorEntry } from './errors.ts'

interface Area {
  readonly heading: string
  /** What only the entries of this area have to tell. */
  readonly column?: { readonly name: string; cell(entry: ErrorEntry): string }
}

const AREAS: Readonly<Record<ErrorEntry['area'], Area>> = {
  input: { heading: 'A file is rejected\n\nIt lies in `tasks/rejected/` with `<name>.reason.json` beside it.' },
  task: {
    heading: 'A run fails\n\nThe code stands under `failure` in `results/<id>_result.json`.',
    column: { name: 'passing', cell: ({ retryable }) => (retryable ? 'yes' : 'no') },
  },
  command: {
    heading: 'A command cannot go on\n\nThe text goes to standard error; the number is the exit status.',
    column: { name: 'exit', cell: ({ exitCode }) => String(exitCode) },
  },
}

/** The text of `docs/errors.md`: every code with what it means and what to do. */
export function renderErrorsPage(): string {
  const sections = Object.entries(AREAS).map(([name, area]) => {
    const entries = Object.entries<ErrorEntry>(ERRORS).filter(([, entry]) => entry.area === name)
    return `## ${area.heading}\n\n${table(entries, area.column)}\n`
  })
  return `# Errors

Codes are never renamed: scripts may match on them. An attempt that failed with a *passing* fault is repeated by itself, up to
\`MAX_RETRIES\` times.

${sections.join('\n')}`
}

function table(entries: readonly (readonly [string, ErrorEntry])[], column: Area['column']): string {
  const rows = entries.map(([code, entry]) => [`\`${code}\``, entry.meaning, entry.hint, ...(column ? [column.cell(entry)] : [])])
  const head = ['code', 'meaning', 'what to do', ...(column ? [column.name] : [])]
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')
}

/** Text that markdown would take for the end of a cell or for a tag. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

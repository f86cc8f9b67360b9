import { pad, shorten, width, widthWithin } from './text.ts'

/** A cell; a painted one is measured without its colours. */
export type Cell = string | { readonly text: string; paint(text: string): string }

/** How a table is laid out. */
export interface TableOptions {
  /** Columns of the terminal; Infinity where lines may have any length. */
  readonly columns: number
  /** Titles of the columns; a column that is empty in every row is left out together with its title. */
  readonly header?: readonly string[]
  readonly paintHeader?: (text: string) => string
  /** Which columns give way where the rows are too wide, the widest first; default the last column. */
  readonly flexible?: readonly number[]
  /** Columns whose text stands at the right. */
  readonly right?: readonly number[]
  /** Begins each line. */
  readonly indent?: string
}

const GAP = '  '
const NARROWEST = 8

/** Lines with aligned columns, none wider than the terminal unless the flexible columns would have to become narrower than 8. */
export function table(rows: readonly (readonly Cell[])[], options: TableOptions): readonly string[] {
  const { header, paintHeader = (text) => text, indent = '', right = [] } = options
  const count = rows.reduce((most, row) => Math.max(most, row.length), 0)
  const used = Array.from({ length: count }, (_, column) => column).filter((column) => rows.some((row) => textOf(row[column]) !== ''))
  const titles = header?.map((text) => ({ text, paint: paintHeader }))
  const lines = titles ? [titles, ...rows] : rows
  const widths = widthsOf(lines, used, options)

  return lines.map((row) => {
    const cells = used.map((column, index) => {
      const cell = row[column] ?? ''
      const room = widths[index] ?? 0
      const text = shorten(textOf(cell), room)
      const painted = typeof cell === 'string' ? text : text && cell.paint(text)
      const spaces = pad('', room - width(text))
      return right.includes(column) ? spaces + painted : painted + spaces
    })
    return (indent + cells.join(GAP)).trimEnd()
  })
}

function widthsOf(rows: readonly (readonly Cell[])[], used: readonly number[], options: TableOptions): readonly number[] {
  const { columns, flexible = used.slice(-1), indent = '' } = options
  const giving = flexible.map((column) => used.indexOf(column)).filter((index) => index >= 0)
  // What gives way becomes no wider than the terminal anyway; texts may be far longer.
  const widest = (column: number) => (giving.includes(used.indexOf(column)) ? Math.max(columns, NARROWEST) : 4 * columns)
  const widths = used.map((column) => rows.reduce((most, row) => Math.max(most, widthWithin(textOf(row[column]), widest(column))), 0))
  let excess = widths.reduce((sum, one) => sum + one, indent.length + GAP.length * (used.length - 1)) - columns
  for (; excess > 0; excess--) {
    const most = Math.max(...giving.map((index) => widths[index] ?? 0))
    const index = giving.find((one) => widths[one] === most)
    if (index === undefined || most <= NARROWEST) break
    widths[index] = most - 1
  }
  return widths
}

function textOf(cell: Cell | undefined): string {
  return cell === undefined ? '' : typeof cell === 'string' ? cell : cell.text
}

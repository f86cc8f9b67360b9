/** Colours and weights of a terminal; each leaves a text as it is where no colour is wanted. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** The style of an output, by whether colour is wanted there. */
export function createStyle(color: boolean): Style {
  const paint = (on: number, off: number) => (text: string) => (color && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text)
  return { bold: paint(1, 22), dim: paint(2, 22), red: paint(31, 39), green: paint(32, 39), yellow: paint(33, 39), cyan: paint(36, 39) }
}

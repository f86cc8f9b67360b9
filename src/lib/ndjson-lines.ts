/** Characters that a line may have; what goes beyond is dropped and marked. */
export const LONGEST_LINE = 32 * 1024 * 1024

/** Ends a line that was cut. */
export const CUT_MARK = ' …[line cut]'

/**
 * Splits text that comes in pieces into lines, without their ends (LF or CR LF); a last line needs none. A stream that breaks
 * is a stream that ends. Pieces are fetched only as lines are asked for.
 */
export async function* splitLines(pieces: AsyncIterable<string>, longest = LONGEST_LINE): AsyncGenerator<string, void, undefined> {
  let open: string[] = []
  let length = 0
  const add = (text: string) => {
    const room = longest - length
    if (text.length <= room) open.push(text)
    else if (room >= 0) open.push(text.slice(0, room), CUT_MARK)
    length += text.length
  }
  const close = () => {
    const line = open.join('')
    open = []
    length = 0
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }

  try {
    for await (const piece of pieces) {
      let from = 0
      for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
        add(piece.slice(from, end))
        yield close()
        from = end + 1
      }
      if (from < piece.length) add(piece.slice(from))
    }
  } catch {
    // What came before the break still counts.
  }
  if (length > 0) yield close()
}

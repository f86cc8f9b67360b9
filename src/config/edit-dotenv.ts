const ASSIGNS = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=/

/** The text of `.env` with these variables set, each where it last stood or else at the end; all other lines stay as they are. The values must need no quotes. */
export function editDotenv(text: string, values: Readonly<Record<string, string>>): string {
  const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split('\n')
  for (const [name, value] of Object.entries(values)) {
    const at = lines.findLastIndex((line) => ASSIGNS.exec(line)?.[1] === name)
    if (at < 0) lines.push(`${name}=${value}`)
    else lines[at] = `${name}=${value}${lines[at]?.endsWith('\r') ? '\r' : ''}`
  }
  return `${lines.join('\n')}\n`
}

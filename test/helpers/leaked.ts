/** The first eight characters in a row of a secret that stand in a text, as they are or as JSON writes them; undefined where none do. */
export function leaked(text: string, secret: string): string | undefined {
  for (let at = 0; at + 8 <= secret.length; at++) {
    const part = secret.slice(at, at + 8)
    if (text.includes(part) || text.includes(JSON.stringify(part).slice(1, -1))) return part
  }
  return undefined
}

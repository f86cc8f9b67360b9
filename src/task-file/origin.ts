const OPENING = /^\uFEFF?---[ \t]*\r?\n/

/**
 * The same task file with this origin in place of any that it names. What does not take the line, such as front matter in braces,
 * no longer reads as a task: whoever writes the file checks what it became.
 */
export function withOrigin(markdown: string, origin: string): string {
  const line = `origin: ${JSON.stringify(origin)}\n`
  const [opening] = OPENING.exec(markdown) ?? []
  if (opening === undefined) return `---\n${line}---\n\n${markdown.replace(/^\uFEFF/, '')}`
  const [head = '', ...rest] = markdown.slice(opening.length).split(/^(?=---[ \t]*\r?$)/m)
  return `---\n${line}${head.replace(/^origin[ \t]*:.*(\r?\n[ \t]+.*)*(\r?\n|$)/gm, '')}${rest.join('')}`
}

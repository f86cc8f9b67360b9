import { printable } from '../lib/printable.ts'

const MOST = 4_000

/** Signs that a page of ours marks its facts with, and those that models like. */
const SIGNS = /^(?:[✔✖■✓✗✘✅❌⚠→🟢🔴]\ufe0f?\s*)+/u
const RULE_OR_FENCE = /^(?:[-*_=|: ]+|[`~]{3,}\w*)$/

/** The lines of a model's text without blank ones, control characters and the markdown that a phone does not show. */
export function plainLines(text: string): string[] {
  const lines = printable(text.slice(0, MOST)).split(/\n|\u2028|\u2029/)
  return lines
    .map((line) => line.trim())
    .filter((line) => !RULE_OR_FENCE.test(line))
    .map((line) => withoutMarkdown(line).replace(SIGNS, '').trim())
    .filter((line) => line !== '')
}

function withoutMarkdown(line: string): string {
  return line
    .replace(/^(?:#{1,6}\s+|>\s*)+/, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(\*\*|~~)(?=\S)(.*?\S)\1/g, '$2')
    .replace(/(`+)(?!`)(.*?[^`])\1(?!`)/g, '$2')
}

/** Words that name what a page says from the result, in the languages that the model is most likely to answer in. */
const FACTS = new Set(
  (
    'status state outcome cost costs price spent file files path paths changed changes modified title task verified verification ' +
    'unmet failed failure warning warnings kosten datei dateien geändert geänderte titel aufgabe ergebnis fehlgeschlagen'
  ).split(' '),
)
const QUALIFIERS = new Set('the final overall total current new usd in of target agent run session die der gesamt gesamte'.split(' '))

const LABEL = /^(\p{L}[\p{L} _/-]{0,40}?)(?:\s*[:：=|–—]|\s+-\s|\s+[$€£\d])/u
const COUNT = /^\d+ (?:files?|dateien?)\b.*\b(?:changed|modified|added|geändert)/
const VERDICT = new RegExp(
  '^(?:(?:the |this |die )?(?:task|run|job|work|aufgabe) )?(?:(?:has|was|is|been|wurde|ist) )*(?:successfully |erfolgreich )?' +
    '(?:completed|succeeded|successful|success|failed|cancell?ed|done|abgeschlossen|fehlgeschlagen|abgebrochen)' +
    '(?: successfully| erfolgreich)?(?:[.!]*|\\s*[·|–—-].*)$',
)

/** The lines that tell a story. What pretends to be a fact of the result, true or not, is left out. */
export function withoutFacts(lines: readonly string[]): string[] {
  return lines.filter((line) => !isFact(line))
}

function isFact(line: string): boolean {
  const text = line.toLowerCase().replace(/^[^\p{L}\p{N}]+/u, '')
  const named = LABEL.exec(text)?.[1]?.split(/[ _/-]+/) ?? []
  const isLabel = named.some((word) => FACTS.has(word)) && named.every((word) => FACTS.has(word) || QUALIFIERS.has(word))
  return isLabel || COUNT.test(text) || VERDICT.test(text)
}

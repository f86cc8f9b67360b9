import { ADVERBS, BY_OTHERS, LIST, NEGATION, VERB } from './claim-words.ts'
import { type Block, blocksOf } from './message-blocks.ts'
import { type MarkedText, markPaths, marksIn, PATH } from './path-marks.ts'
import { type Claim, claimsOfSentence } from './sentence-claims.ts'

/** Characters. */
const LONGEST_TITLE = 200

/** What a heading, or a line that ends in a colon, says of the paths below it. */
type Context = 'claims' | 'ignored' | 'open'

const CHANGED = 'changed|modified|updated|created|added|edited|deleted|removed|renamed|written|touched|new'
const CLAIMS_TITLE = new RegExp(
  [
    `\\b(?:files?|paths?)\\b.*\\b(?:${CHANGED})\\b`,
    `\\b(?:${CHANGED}) (?:\\S+ ){0,4}(?:files?|paths?)\\b`,
    '^(?:summary of )?(?:the )?(?:(?:code|key|main) )?changes(?: made)?$',
    '^here are the changes|\\bchanges\\b.*\\bmade\\b|\\bmade\\b.*\\bchanges\\b',
    "\\bwhat (?:i(?: have|['’]ve)? |was )?(?:changed|did|done)$",
    `^(?:${CHANGED})$`,
  ].join('|'),
  'i',
)
const IGNORED_TITLE =
  /\b(next|todo|to-do|remaining|recommend\w*|suggest\w*|propos\w*|plan\w*|future|can|could|should|would|may|might|must|will|need\w*|if|not|no|without|unchanged|untouched|unrelated|reviewed|read|inspected|analy[sz]ed|examined|looked|checked|denied|blocked|history|background|root cause|before|instructions|how to|follow-?ups?|optional\w*|left|previous\w*|already|commits?|your|outside|context|examples?)\b|n['’]t\b|\?$/i
const UNTOUCHED = /\b(none|unaffected|remains?|stays?|kept|as[- ]is|same|reviewed|read|only|reference|ignored|skipped|existing)\b/i
const LEADING = new RegExp(
  `^(?:(?:new file|modified|deleted|renamed|added|created|updated|new|[MADR])(?=[: ])|[^\\p{L}\\p{N}\\ue000-\\uf000])*(${LIST})`,
  'iu',
)
const STATUS = new RegExp(`^${PATH} ?[(](?:newly |new\\b|${VERB}\\b)`, 'i')
const THEN_VERB = new RegExp(`^ ?[:–—|-]+ ?${ADVERBS}${VERB}\\b`, 'i')
const IN_LINE = new RegExp(`^([^:]{1,80}): ?(${LIST})[. ]*$`)
const WHOLE_LIST = new RegExp(`^${LIST}$`)
const FILE_LINE = new RegExp(`^(?:[MADR] )?${LIST}$`)
const STATUS_CELL = new RegExp(`^[^\\p{L}\\ue000-\\uf000]*(?:new|${VERB})\\b`, 'iu')

/** All paths of which the end of the final message of an agent says that they were changed. In doubt it says so of none. */
export function claimedPaths(message: string): Claim[] {
  const claims: Claim[] = []
  let section: { readonly context: Context; readonly level: number } = { context: 'open', level: 0 }
  let list: Context = 'open'
  let previous: Block['kind'] = 'prose'
  for (const block of blocksOf(message)) {
    const { text, path } = markPaths(block.text)
    const told = block.kind === 'heading' || /: ?$/.test(text) ? contextOf(text) : 'open'
    if (block.kind === 'heading') {
      if (told !== 'open' || block.level <= section.level) section = { context: told, level: block.level }
    }
    const endsList = block.kind === 'heading' || block.kind === 'prose' || (block.apart && previous !== 'prose' && previous !== block.kind)
    if (endsList && !isFileLine(text)) list = 'open'
    if (block.kind !== 'heading' && told !== 'open') list = told
    if (block.kind === 'row' && isHeadOfChanges(text)) list = 'claims'
    const context = list === 'open' ? section.context : list
    if (context !== 'ignored')
      claims.push(...(block.kind === 'row' ? claimsOfRow(text, path, context) : claimsOfText(block, text, path, context)))
    previous = block.kind
  }
  return claims
}

/** By its last sentence; only a short one is a title. */
function contextOf(text: string): Context {
  const last = text.split(/[.!?] /).at(-1) ?? ''
  if (last.length > LONGEST_TITLE) return 'open'
  const title = last.replace(/^[^\p{L}\p{N}\ue000-\uf000]+|[: ]+$/gu, '').replace(/ \([^()]*\)$/, '')
  if (IGNORED_TITLE.test(title)) return 'ignored'
  return CLAIMS_TITLE.test(title) ? 'claims' : 'open'
}

function claimsOfText({ kind }: Block, text: string, path: MarkedText['path'], context: Context): Claim[] {
  const claims = text.split(/(?<=[.!?]) |; /).flatMap((sentence) => claimsOfSentence(sentence, path))
  const [whole = '', leading] = LEADING.exec(text) ?? []
  const behind = text.slice(whole.length)
  if (leading !== undefined && isToldOf(leading, behind, context === 'claims' && (kind !== 'prose' || behind.trim() === ''))) {
    claims.push(...marksIn(leading).map((mark) => ({ path: path(mark), created: /\((new|created|added)/i.test(leading) })))
  }
  const [, head, listed] = IN_LINE.exec(text) ?? []
  if (head !== undefined && listed !== undefined && contextOf(head) === 'claims') {
    claims.push(...marksIn(listed).map((mark) => ({ path: path(mark), created: false })))
  }
  return claims
}

/** Whether what begins with a path says that it was changed. */
function isToldOf(leading: string, behind: string, isListed: boolean): boolean {
  const verb = THEN_VERB.exec(behind)
  if (verb) return !BY_OTHERS.test(behind.slice(verb[0].length))
  if (NEGATION.test(leading + behind) || isUntouched(leading + behind)) return false
  return isListed || STATUS.test(leading)
}

/** Whether words say that nothing was changed; a lone dash in a table does. */
function isUntouched(words: string): boolean {
  return UNTOUCHED.test(words) || (words.includes('-') && /^\W*$/.test(words))
}

/** A row with a path in a cell of its own, and a word of change in another or above. */
function claimsOfRow(row: string, path: MarkedText['path'], context: Context): Claim[] {
  const cells = row.split('|').map((cell) => cell.trim())
  const named = cells.find((cell) => WHOLE_LIST.test(cell))
  const others = cells.filter((cell) => cell !== named && cell !== '')
  if (named === undefined || NEGATION.test(row) || others.some(isUntouched)) return []
  const status = others.find((cell) => STATUS_CELL.test(cell))
  if (status !== undefined ? BY_OTHERS.test(status.replace(STATUS_CELL, '')) : context !== 'claims') return []
  return marksIn(named).map((mark) => ({ path: path(mark), created: /^\W*(new|created|added)\b/i.test(status ?? '') }))
}

/** Of a table of files and of what was changed in them. */
function isHeadOfChanges(row: string): boolean {
  const cells = row.split('|').map((cell) => cell.trim())
  const has = (pattern: RegExp) => cells.some((cell) => pattern.test(cell))
  return has(/^(files?|paths?)( (changed|modified))?$/i) && has(/^(changes?( made)?|what changed|modifications?)$/i)
}

/** Whether a line is nothing but a path, as in lists without bullets. */
function isFileLine(text: string): boolean {
  return FILE_LINE.test(text)
}

import {
  ABOUT,
  ABOUT_TESTS,
  ADVERBS,
  BY_OTHERS,
  DETERMINERS,
  FINDING,
  LEADS_AWAY,
  LIST,
  MAKING,
  MOVING,
  NAMED_ELSEWHERE,
  NEGATION,
  OF_SOMETHING_ELSE,
  OWN_PREDICATE,
  POINTS_AT,
  REMOVING,
  SUPPOSITION,
  SYMPTOM,
  TESTS_OR_DOCS,
  VERB,
} from './claim-words.ts'
import { type MarkedText, marksIn } from './path-marks.ts'

/** A path of which a message says that it was changed. */
export interface Claim {
  /** As it was written. */
  readonly path: string
  /** Whether it is said to have been made: a directory may then be empty. */
  readonly created: boolean
}

/** Nobody writes sentences as long as that, in characters. */
const LONGEST = 2000
/** Nor words. */
const LONG_WORD = /\S{200}/
/** Nor does anybody change more in one sentence, in verbs: what follows is not looked at. */
const MOST_VERBS = 20

const VERBS = new RegExp(`\\b${VERB}\\b`, 'gi')
const PASSIVE = new RegExp(`(${LIST}) (was|were|has been|have been) ${ADVERBS}(${VERB})\\b`, 'gi')
const PASSIVE_SUBJECT = /(^|[,:(–—-]|\b(and|files?|modules?|the|both|in)) ?$/i
const OTHER_TURN = /\b(?:but|however|although|though|while|whereas|except|instead)\b|(?:,|\band|\bso)\s+(?=(?:I|we)\b)/
const SPEAKER = /\b(?:I|we)(?: have|['’]ve)?(?: \w+ly)? $/i
const DEEDS_BEFORE = /^(\S+ly )?(\w+ed|wrote|ran|read|made|found|split|set|put|built)\b|\b(I|we)\b|:/i
const DIRECT = new RegExp(`^:? ${DETERMINERS}(${LIST})`, 'i')
const BESIDE = new RegExp(`^((?: [^\\s\\ue000-\\uefff]+){1,8}) \\((${LIST})\\)`, 'i')

const REACH = {
  making: reach('in|inside|within|across|to|into|under'),
  moving: reach('in|inside|within|across|to|into|under|from|out of|as'),
  removing: reach('in|inside|within|across|from'),
  changing: reach('in|inside|within|across'),
} as const

/** The paths of which a sentence says that its author changed them. */
export function claimsOfSentence(sentence: string, path: MarkedText['path']): Claim[] {
  if (sentence.length > LONGEST || sentence.trimEnd().endsWith('?') || LONG_WORD.test(sentence)) return []
  return sentence.split(OTHER_TURN).flatMap((part) => [...activeClaims(part, path), ...passiveClaims(part, path)])
}

/** `Updated a.ts`; `I fixed the timeout in a.ts and moved b.ts to c.ts`. */
function activeClaims(part: string, path: MarkedText['path']): Claim[] {
  return Array.from(part.matchAll(VERBS))
    .slice(0, MOST_VERBS)
    .flatMap(({ 0: word, index }) => {
      const before = part.slice(0, index)
      if (!isOwnDeed(before) || !isDeed(before)) return []
      const verb = word.toLowerCase()
      return objectsOf(verb, part.slice(index + verb.length), path).map((object) => ({ path: object, created: isOneOf(MAKING, verb) }))
    })
}

/** `a.ts was updated`; `the timeout in a.ts has been changed`. */
function passiveClaims(part: string, path: MarkedText['path']): Claim[] {
  return Array.from(part.matchAll(PASSIVE))
    .slice(0, MOST_VERBS)
    .flatMap(({ 0: whole, 1: list = '', 2: auxiliary = '', 3: verb = '', index }) => {
      const before = part.slice(0, index)
      const behind = part.slice(index + whole.length)
      if (!PASSIVE_SUBJECT.test(before) || FINDING.test(before) || !isDeed(before) || BY_OTHERS.test(behind)) return []
      const subjects = marksIn(list).map(path)
      const changed = /^(was|has)/i.test(auxiliary) ? subjects.slice(-1) : subjects
      const destinations = isOneOf(MOVING, verb) ? objectsOf(verb.toLowerCase(), behind, path) : []
      return [...changed, ...destinations].map((object) => ({ path: object, created: isOneOf(MAKING, verb) }))
    })
}

/** Whether the author of the sentence did what the verb behind these words says. */
function isOwnDeed(before: string): boolean {
  const plain = before.replace(/^[^\p{L}\p{N}\ue000-\uf000]+/u, '').replace(new RegExp(`${ADVERBS}$`, 'i'), '')
  if (plain === '' || SPEAKER.test(plain)) return true
  if (/[:–—-] ?$/.test(plain)) return plain.trim().split(' ').length <= 8
  return /(,|\b(and|then|plus)|&) ?$/i.test(plain) && DEEDS_BEFORE.test(plain)
}

function isDeed(before: string): boolean {
  return !NEGATION.test(before) && !SUPPOSITION.test(before)
}

/** The paths that a verb is about, from the words behind it. */
function objectsOf(verb: string, behind: string, path: MarkedText['path']): string[] {
  const direct = DIRECT.exec(behind)
  const rest = behind.slice(direct?.[0].length ?? 0)
  const isDirect = direct !== null && !OF_SOMETHING_ELSE.test(rest) && !NAMED_ELSEWHERE[kindOf(verb)].test(rest)
  const objects = isDirect ? listed(direct[1], rest, path).filter((one) => verb !== 'fixed' || !TESTS_OR_DOCS.test(one)) : []
  const [, words = '', beside] = BESIDE.exec(rest) ?? []
  const isBeside = beside !== undefined && !LEADS_AWAY.test(words) && !ABOUT.test(words) && !/\b(to|in|from|with|per)\b/i.test(words)
  return [...objects, ...(isBeside ? listed(beside, '', path) : reachedBy(verb, rest, objects.length > 0, path))]
}

/** The paths behind the prepositions of a verb: `a check in a.ts`, `the helper from a.ts to b.ts`. */
function reachedBy(verb: string, behind: string, hasObject: boolean, path: MarkedText['path']): string[] {
  const kind = kindOf(verb)
  const reached: string[] = []
  let rest = behind
  for (let found = REACH[kind].exec(rest); found; found = REACH[kind].exec(rest)) {
    const [all, between = '', preposition = '', list] = found
    const isApart = (hasObject || reached.length > 0) && between !== '' && !/^(,| and\b)/.test(between)
    if (isApart || LEADS_AWAY.test(between) || (verb === 'fixed' && SYMPTOM.test(between))) break
    rest = rest.slice(all.length)
    if (POINTS_AT.test(kind === 'making' ? between + preposition : between) || OF_SOMETHING_ELSE.test(rest)) continue
    const isAbout = (kind === 'making' && ABOUT.test(between)) || ABOUT_TESTS.test(between)
    reached.push(...listed(list, rest, path).filter((one) => !isAbout || TESTS_OR_DOCS.test(one)))
  }
  return reached
}

/** The paths of a list; its last one is none of them where it begins the next clause. */
function listed(list: string | undefined, behind: string, path: MarkedText['path']): string[] {
  const paths = marksIn(list ?? '').map(path)
  return paths.length > 1 && OWN_PREDICATE.test(behind) ? paths.slice(0, -1) : paths
}

function kindOf(verb: string): keyof typeof REACH {
  if (isOneOf(MAKING, verb)) return 'making'
  if (isOneOf(MOVING, verb)) return 'moving'
  return isOneOf(REMOVING, verb) ? 'removing' : 'changing'
}

function isOneOf(verbs: string, verb: string): boolean {
  return verbs.split('|').includes(verb.toLowerCase())
}

/** Up to ten words, one of the prepositions, and the paths that it reaches. */
function reach(prepositions: string): RegExp {
  return new RegExp(`^((?: (?!\\()[^\\s\\ue000-\\uefff]+){0,10}?)( (?:${prepositions}) | ?(?:→|[-=]>) ?)${DETERMINERS}(${LIST})`, 'i')
}

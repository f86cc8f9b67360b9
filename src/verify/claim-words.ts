import { CODE, PATH } from './path-marks.ts'

/** Verbs of change, by what they do to the words behind them. */
export const MAKING = 'created|added|wrote|written|implemented|introduced'
export const MOVING = 'moved|renamed|extracted'
export const REMOVING = 'deleted|removed'
const CHANGING =
  'rewrote|rewritten|updated|modified|changed|edited|fixed|refactored|adjusted|patched|extended|replaced|corrected|simplified'
export const VERB = `(?:${MAKING}|${MOVING}|${REMOVING}|${CHANGING})`

/** A path and its remark in parentheses. */
const NAMED = `${PATH}(?:\\s?\\([^()]*\\))?`
/** Paths in a row. */
export const LIST = `${NAMED}(?:(?:\\s?,\\s?(?:and |& )?| and |\\s?[&+/]\\s?|,? as well as )(?:the )?${NAMED})*`

/** Words that change nothing in what a sentence claims. */
export const ADVERBS = '(?:(?:also|now|just|then|first|both|\\w+ly) )*'

/** What may stand between a verb or a preposition and a path. */
export const DETERMINERS =
  '(?:(?:the|a|an|its|our|this|these|both|all|two|three|new|main|existing|following|relevant|corresponding|missing|files?|modules?|components?|class|directory|folder|tests?|script|config|configuration|helper|called|named|at):? ){0,5}'

/** Says of what stands beside it that it was not done. */
export const NEGATION =
  /\b(not|never|no(?! longer)|nor|neither|without|cannot|nothing|none|unable|failed to|instead of|rather than|unchanged|untouched|denied|blocked|tried|attempt\w*|avoid\w*|skipp\w*|refus\w*|declin\w*|supposed|claim\w*)\b|n['’]t\b/i

/** Says that what follows is no deed, not one of now, or one of somebody else. */
export const SUPPOSITION =
  /\b(should|would|could|can|may|might|must|will|shall|going to|needs?|to be|if|once|when(ever)?|after|before|until|unless|plan\w*|want\w*|next|todo|let me|please|recommend\w*|suggest\w*|propos\w*|consider\w*|you|your|were to|whether|ready|has to|have to|expect\w*|assum\w*|intend\w*|seems?|apparently|probably|perhaps|maybe|possibly|likely|example|later|previous\w*|already|earlier|originally|last|commits?|history|upstream|ago|yesterday|since|because|why|where|which|that|who|says?|said|message|log)\b|['’](ll|d)\b/i

/** Before a path in the passive: what follows was found, not done. */
export const FINDING = /\b(problem|cause|reason|bug|issue|culprit|found|finding|noticed|saw|turn(s|ed) out|discovered)\b/i

/** Behind a verb: says whose deed it was, or of which time. */
export const BY_OTHERS =
  /^\s*(\S+ ){0,4}?(by (?!me\b|us\b|hand\b|adding|chang|remov|us|replac|mov|mak|sett)|upstream\b|(in|with|since|at) (v?\d|commit|release|version|(an?|the) (earlier|previous|last))|(last|yesterday|earlier|previously)\b|(\S+ ){1,3}ago\b)/i

/** Behind a path: makes it the name of something else. */
export const OF_SOMETHING_ELSE =
  /^ (tests?|specs?|docs|documentation|imports?|references?|entr(y|ies)|path|patterns?|rules?|errors?|failures?|warnings?|alias|globs?|lines?|route|commands?|calls?|handling|support|loading|parsing|generation|lookup|usages?|checks?|logic|steps?|flags?|fields?|options?)\b/i

/** Behind a path: makes it the subject of what follows. */
export const OWN_PREDICATE =
  /^ (was|were|is|are|has|have|had|stays?|remains?|did|does|do|needs?|should|will|can|would|could|already|still|now)\b|^,? (un(changed|touched)|as[- ]is)\b/i

/** Behind a path, by verb: the path is what was named in a file, not the file that was changed. */
export const NAMED_ELSEWHERE: Readonly<Record<'making' | 'moving' | 'removing' | 'changing', RegExp>> = {
  making: new RegExp(`^ (in)?to (the|an?|our|its|git|${PATH}|${CODE})`, 'i'),
  moving: /(?!)/,
  removing: /^ from /i,
  changing: new RegExp(`^ (to|with|by) (the )?${PATH}`, 'i'),
}

/** Between a verb and a preposition: the path behind is no longer what the verb is about. */
export const LEADS_AWAY =
  /\b(not|no|nothing|never|without|so|which|that|because|since|when|while|if|by|using|via|based|according|as|like|than|see|whether|where|who|one|ones|similar|same|identical|matching|mirroring|equivalent|caus(ed|ing)|defined|used|exported|declared|documented|described|found|located|mentioned|listed|specified|reported|referenced|imported)\b|\bto (?!the\b|an?\b|our\b|its\b)[a-z]|(,|\band) (\w+ly )?(\w+ed|ran|read|saw|left|kept|found|made|wrote)\b/i

/** Up to a preposition: the path behind is only pointed at. */
export const POINTS_AT =
  /\b(calls?|references?|(sym|hard)?links?|imports?|mentions?|pointers?|routes?|redirects?|dependenc(y|ies)|paths?) (to|from|of|for)\b/i

/** Between a verb that makes something and a path: the path is what it is made for. */
export const ABOUT = /\b(for|of|covering|about|against|around)\b/i
/** The same with any verb. */
export const ABOUT_TESTS =
  /\b(tests?|specs?|docs?|documentation|coverage|types|typings|comments?|calls?|callers?|usages?) (\S+ )?(for|of|covering|about|against)\b/i
/** What is seen in one file and often mended in another. */
export const SYMPTOM = /\b(errors?|warnings?|failures?|failing|failed|tests?|build|lint)\b/i
/** A path of tests or documentation. */
export const TESTS_OR_DOCS = /test|spec|doc|readme|\.mdx?$/i

import fc from 'fast-check'

/** Each sign that means something to one of the parsers, and short combinations that begin or end something. */
const PIECES = [
  ...['"', "'", '`', '` ', '``` ', '```\n', '`a` ', '(', ')', '(verify:', '(verify: a) ', '( ', '[', '](', '[a](', '![a](b) '],
  ...[
    '**/',
    '**',
    '*a*',
    '{a,',
    '{',
    '}',
    '- [ ] ',
    '- [ ] a\n',
    '#',
    '# a\n',
    '# # ',
    '---\n',
    '--- ',
    ':',
    ': ',
    'a: b\n',
    ':1:1',
    '#L1',
  ],
  ...[
    ' ',
    '  \n',
    '\n',
    '\r',
    '\r\n',
    '\t',
    '\u2028',
    '😀',
    '👩‍',
    '🇦',
    'e\u0301',
    '\u0301',
    '\u202e',
    '\ufeff',
    '中',
    '\ue000',
    ' \ue000 and',
  ],
  ...[
    '1',
    '1.',
    '1\n',
    '\\',
    '\\"',
    '\\ ',
    '{"a":',
    '[[',
    '- - ',
    '&a *a ',
    'a',
    'a ',
    'ab\n',
    'a.b/',
    'a/',
    '/',
    '../',
    'a.ts, ',
    'a.ts and ',
  ],
  ...[' in "/a b', ' in /a', '~~~\n', '|', '| a |', '<', '> a\n', 'A=', 'A="\n', "A='x\n", '_', '-', '-a', '@', ',', ';', '.', '.\n', '? '],
  ...['https://', 'password=', 'token: ', 'eyJ', 'sk-', '-----BEGIN PRIVATE KEY-----', '\u001b[', '\u001b', '\u001b];', '\u009b', ';a'],
  ...['Updated ', 'Updated a.ts ', 'I fixed \ue000 ', 'was ', 'only ', 'not ', 'changes ', 'files ', '"a b ', 'a "b c ', '“a b ', '(a) '],
  ...['origin: a\n a\n', ' #', ' # a', 'diff --git a\n', '--- a\n+++ b\n', '\u0000', '***', '**a** ', '$', '%'],
] as const

/** What a repetition may end with that makes all of it be looked at again. */
const ENDS = ['', '\u2028x', ')"`x', '\n---\n', '!']

export interface Input {
  readonly name: string
  readonly text: string
}

/** Every piece, repeated until there are so many bytes. */
export function repetitions(bytes: number): Input[] {
  return PIECES.map((piece, index) => {
    const end = ENDS[index % ENDS.length] ?? ''
    return {
      name: `${JSON.stringify(piece)} and ${JSON.stringify(end)}`,
      text: piece.repeat(Math.ceil(bytes / Buffer.byteLength(piece))) + end,
    }
  })
}

/** A few that hold most: many short lines, one long one, words, and the signs that most parsers look for. */
export function largest(bytes: number): Input[] {
  const pieces = ['\n', 'a ', '`', '" ', '(verify: a) ', '- [ ] a\n', '\u0301', '{"a":']
  return pieces.map((piece) => ({ name: JSON.stringify(piece), text: piece.repeat(Math.ceil(bytes / Buffer.byteLength(piece))) }))
}

/** The same mixtures of pieces each time: a short one over and over, and a long one without any order. */
export function mixtures(bytes: number): Input[] {
  const piece = fc.constantFrom(...PIECES)
  const sample = (most: number) => fc.sample(fc.array(piece, { minLength: most / 2, maxLength: most }), { seed: 8, numRuns: 6 })
  return [...sample(6), ...sample(400)].map((pieces) => {
    const text = pieces.join('')
    return { name: JSON.stringify(text.slice(0, 60)), text: text.repeat(Math.ceil(bytes / Buffer.byteLength(text))) }
  })
}

import type { z } from 'zod'

/** What zod expected, as the end of a sentence that begins with the name. */
export function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty'
      return issue.inclusive === false ? `must be more than ${issue.minimum}` : `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'invalid_value':
      return issue.message.startsWith('must') ? issue.message : `must be one of ${issue.values.map(String).join(', ')}`
    case 'invalid_type':
      return issue.message.startsWith('must') ? issue.message : `must be ${NOUNS[issue.expected] ?? issue.expected}`
    case 'invalid_format':
      if (issue.message.startsWith('must')) return issue.message
      return issue.format === 'regex' ? 'must be one word of letters, digits, ".", "_" or "-"' : `must be a ${issue.format}`
    default:
      return issue.message
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of names to values',
  record: 'a map of names to values',
}

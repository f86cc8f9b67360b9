import type { z } from 'zod'
import { nearest } from '../lib/nearest.ts'
import { insteadOf } from './problem.ts'

/** What zod expected, and what stands there instead, as the end of a sentence that begins with the name. */
export function faultIn(issue: z.core.$ZodIssue, name: string, value: unknown): string {
  const wanted = expectation(issue)
  if (!wanted.startsWith('must') || typeof value === 'object') return wanted
  return `${wanted}${insteadOf(name, value)}${suggestion(issue, value)}`
}

/** The word that a mistyped one stands for; of two letters any other is near. */
function suggestion(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code !== 'invalid_value' || typeof value !== 'string' || value.length < 3) return ''
  const meant = nearest(value, issue.values.map(String))
  return meant === undefined ? '' : `; did you mean ${meant}?`
}

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
      if (issue.expected === 'undefined') return issue.message
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

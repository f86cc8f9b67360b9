import type { ErrorObject } from 'ajv'
import { compileResultSchema } from './compile-schema.ts'

/** Tells what is wrong with a value that should be a result; an empty list where nothing is. */
export type Validate = (value: unknown) => readonly string[]

/** Checks values against the published JSON Schema of results, which is compiled at the first use: make one validator and keep it. */
export function createValidator(): Validate {
  let check: ReturnType<typeof compileResultSchema> | undefined
  return (value) => {
    check ??= compileResultSchema()
    return check(value) ? [] : withoutRepeats(check.errors ?? []).map(problemOf)
  }
}

/** A time that breaks its format breaks the pattern of that format too, which says nothing to a person. */
function withoutRepeats(errors: readonly ErrorObject[]): ErrorObject[] {
  const misformed = new Set(errors.filter(({ keyword }) => keyword === 'format').map(({ instancePath }) => instancePath))
  return errors.filter(({ keyword, instancePath }) => keyword !== 'pattern' || !misformed.has(instancePath))
}

function problemOf({ instancePath, message, keyword, params }: ErrorObject): string {
  const particular = { additionalProperties: params.additionalProperty, enum: params.allowedValues?.join(', '), const: params.allowedValue }
  const detail = Object.entries(particular).find(([name]) => name === keyword)?.[1]
  return `${instancePath || '/'} ${message}${detail === undefined ? '' : `: ${detail}`}`
}

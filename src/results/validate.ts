import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { resultJsonSchema } from './json-schema.ts'

/** Tells what is wrong with a value that should be a result; an empty list where nothing is. */
export type Validate = (value: unknown) => readonly string[]

/**
 * Checks values against the published JSON Schema of results. The schema is compiled at the first use, which takes some
 * 30 ms, and never again: make one validator and keep it.
 */
export function createValidator(): Validate {
  let compiled: ReturnType<typeof compile> | undefined
  return (value) => {
    compiled ??= compile()
    return compiled(value) ? [] : withoutRepeats(compiled.errors ?? []).map(problemOf)
  }
}

function compile() {
  return new Ajv2020({ allErrors: true, formats: fullFormats }).compile(resultJsonSchema())
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

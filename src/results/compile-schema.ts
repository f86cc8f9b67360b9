import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { resultJsonSchema } from './json-schema.ts'

/** How the schema of results is compiled, here and by the build. @public */
export const AJV_OPTIONS: Options = { allErrors: true, formats: fullFormats }

/**
 * The check that ajv makes of the published JSON Schema of results. To compile it takes as long as all else that a daemon does at
 * its start: the build puts the code in place of this file that ajv has written of it.
 */
export function compileResultSchema(): ValidateFunction {
  return new Ajv2020(AJV_OPTIONS).compile(resultJsonSchema())
}

import { z } from 'zod'
import { resultSchema } from '../domain/result.ts'

/** The JSON Schema (draft 2020-12) of a result file, as `schemas/result.schema.json` publishes it. */
export function resultJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(resultSchema, { io: 'input' })
  return {
    $schema,
    $id: 'urn:ai-task-orchestrator:schema:result:1',
    title: 'Result of a task',
    description: 'The one final account of a run: results/<id>_result.json. Times are ISO 8601 in UTC.',
    ...schema,
  }
}

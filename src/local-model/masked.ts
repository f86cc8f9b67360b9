import { NO_FIELDS, RESULT_FIELDS } from '../domain/named-fields.ts'
import { maskFields, type Redactor } from '../lib/redact.ts'
import type { LocalModel } from './contract.ts'

/** Inferred fields that are words; what names files, places and programs has been checked. */
const WORDS = new Set<string>(['title', 'criteria'])

/** A model that is told nothing secret: all that it is asked with is masked before any of it is cut. Its words for a task are masked too, since records keep them. */
export function maskedModel(model: LocalModel, redact: Redactor): LocalModel {
  return {
    name: model.name,
    async fillGaps(task, patience) {
      const inferred = await model.fillGaps({ ...task, prompt: redact(task.prompt), title: redact(task.title) }, patience)
      return inferred.map((one) => (WORDS.has(one.field) ? { ...one, value: maskFields(redact, one.value, NO_FIELDS) } : one))
    },
    summarize: (result, patience) => model.summarize(maskFields(redact, result, RESULT_FIELDS), patience),
    async judge(evidence, patience) {
      // Criteria come back as they were given.
      const written = new Map(evidence.criteria.map((criterion) => [redact(criterion), criterion]))
      const masked = { ...maskFields(redact, evidence, RESULT_FIELDS), criteria: [...written.keys()] }
      const judgements = await model.judge(masked, patience)
      return judgements.map((one) => ({ ...one, criterion: written.get(one.criterion) ?? one.criterion }))
    },
    check: (signal) => model.check(signal),
  }
}

import { own, type PromptPart, paragraphs, type Source } from '../domain/prompt.ts'
import type { Inference, Task } from '../domain/task.ts'

/**
 * What the agent is told: the prompt as written, then the files, the criteria and the context where they are given. Whatever came over a
 * platform is a person's, and what the local model supplied is a program's.
 */
export function framePrompt(task: Pick<Task, 'prompt' | 'targetFiles' | 'criteria' | 'context' | 'head' | 'inferred'>): PromptPart[] {
  const { prompt, targetFiles, criteria, context, head, inferred } = task
  const author: Source = head.origin === undefined ? 'owner' : 'person'
  const by = (field: Inference['field']): Source => (inferred.some((one) => one.field === field) ? 'program' : author)
  const section = (label: string, source: Source, text: string): PromptPart[] => [own(`${label}:\n`), { source, text }]
  return paragraphs(
    [{ source: author, text: prompt }],
    targetFiles.length > 0 ? section('Target Files', by('target_files'), list(targetFiles)) : [],
    criteria.length > 0 ? section('Success Criteria', by('criteria'), list(criteria)) : [],
    context === undefined ? [] : section('Context', author, context),
  )
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

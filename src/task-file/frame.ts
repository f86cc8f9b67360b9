import type { Task } from '../domain/task.ts'

/** What the agent is told: the prompt as written, then the files, the criteria and the context where they are given. */
export function framePrompt({
  prompt,
  targetFiles,
  criteria,
  context,
}: Pick<Task, 'prompt' | 'targetFiles' | 'criteria' | 'context'>): string {
  const parts = [prompt]
  if (targetFiles.length > 0) parts.push(`Target Files:\n${list(targetFiles)}`)
  if (criteria.length > 0) parts.push(`Success Criteria:\n${list(criteria)}`)
  if (context !== undefined) parts.push(`Context:\n${context}`)
  return parts.join('\n\n')
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

import { createAsk } from './ask.ts'
import { checkOllama } from './check.ts'
import type { LocalModel } from './contract.ts'
import { type GapValue, gapQuestion, gapsOf, readGaps } from './gaps.ts'
import { judgeQuestion, readJudgements } from './judge.ts'
import type { Server } from './server.ts'
import { readSummaryAnswer, summaryQuestion } from './summary.ts'

/** What Ollama needs to help. */
export interface OllamaOptions extends Server {
  /** Whether a task may work in a directory, as named in its text; a guess that may not be used is dropped. */
  isUsable(cwd: string): Promise<boolean>
  /** The projects that a task may mean, as their directories read from the base directory. */
  projects(): Promise<readonly string[]>
  /** Milliseconds of a clock that is never set back. */
  readonly now?: () => number
}

/** Ollama as the local model. Whatever it answers, or does not, costs a task no more than its patience. */
export function createOllama({ host, model, isUsable, projects, now }: OllamaOptions): LocalModel {
  const name = `ollama:${model}`
  const ask = createAsk({ host, model }, now)
  return {
    name,
    async fillGaps(task, patience) {
      const gaps = gapsOf(task)
      if (gaps.length === 0) return []
      let known: readonly string[] = []
      const answer = await ask(async () => {
        if (gaps.includes('cwd')) known = await projects().catch(() => [])
        return gapQuestion(gaps, task.prompt, known)
      }, patience)
      const values = await withoutUnusable(readGaps(answer, gaps, task.prompt, known), isUsable)
      return values.map((value) => ({ ...value, by: name }))
    },
    async summarize(result, patience) {
      if (result.output.trim() === '') return undefined // there is nothing to be put in other words
      return readSummaryAnswer(await ask(() => summaryQuestion(result), patience))
    },
    async judge(evidence, patience) {
      const { criteria, patch, verify } = evidence
      if (criteria.length === 0 || (patch.trim() === '' && verify.length === 0)) return []
      return readJudgements(await ask(() => judgeQuestion(evidence), patience), criteria)
    },
    check: (signal) => checkOllama({ host, model }, signal),
  }
}

async function withoutUnusable(values: readonly GapValue[], isUsable: OllamaOptions['isUsable']): Promise<GapValue[]> {
  const cwd = values.find(({ field }) => field === 'cwd')
  if (cwd === undefined || (await isUsable(String(cwd.value)).catch(() => false))) return [...values]
  return values.filter((value) => value !== cwd)
}

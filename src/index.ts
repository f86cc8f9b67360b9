/// <reference lib="esnext.disposable" preserve="true" />
/** The types of what the orchestrator writes, for programs that read it: `import type { TaskResult } from 'ai-task-orchestrator'`. */
export type { ErrorCode, Failure } from './domain/errors.ts'
export type { LoggedEvent } from './domain/events.ts'
export type { TaskResult } from './domain/result.ts'

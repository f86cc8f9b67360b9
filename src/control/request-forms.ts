import { z } from 'zod'
import type { OwnerVerbs, RunVerbs } from './protocol.ts'

const asked = { by: z.string().max(200).optional() }
const fromRun = { runId: z.string().min(1), token: z.string() }

/** The form of what the owner may ask for; what comes over a socket is checked before the daemon sees it. */
export const OWNER_REQUESTS = {
  create: z.strictObject({
    ...asked,
    prompt: z.string().trim().min(1),
    cwd: z.string().min(1).optional(),
    resume: z.string().min(1).optional(),
    origin: z.string().min(1).optional(),
    files: z.array(z.strictObject({ name: z.string(), base64: z.base64() })).optional(),
  }),
  submit: z.strictObject({
    ...asked,
    markdown: z.string(),
    name: z.string().min(1),
    origin: z.string().min(1),
    forwarded: z.boolean().optional(),
  }),
  status: z.strictObject(asked),
  list: z.strictObject({ ...asked, limit: z.int().min(1).max(100).optional() }),
  show: z.strictObject({ ...asked, id: z.string().min(1) }),
  progress: z.strictObject({ ...asked, id: z.string().min(1), lines: z.int().min(1).max(100).optional() }),
  why: z.strictObject({ ...asked, id: z.string().min(1) }),
  cancel: z.strictObject({ ...asked, id: z.string().min(1) }),
  retry: z.strictObject({ ...asked, id: z.string().min(1).optional(), allFailed: z.boolean().optional() }),
  pause: z.strictObject(asked),
  resume: z.strictObject(asked),
  reload: z.strictObject(asked),
  answer: z.strictObject({ ...asked, taskId: z.string().min(1), questionId: z.string().min(1).optional(), text: z.string() }),
} as const satisfies Record<keyof OwnerVerbs, z.ZodType>

/** The form of what the agent of a run may ask for. */
export const RUN_REQUESTS = {
  ask: z.strictObject({
    ...fromRun,
    text: z.string(),
    options: z.array(z.string()),
    default: z.string().nullable(),
    deadlineMs: z.number().nullable(),
  }),
  respond: z.strictObject({ ...fromRun, text: z.string() }),
} as const satisfies Record<keyof RunVerbs, z.ZodType>

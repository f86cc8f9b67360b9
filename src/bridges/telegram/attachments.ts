import type { AttachedFile } from '../../control/protocol.ts'
import { OrchestratorError } from '../../domain/errors.ts'
import type { TelegramApi } from './api.ts'
import type { SentFile } from './incoming.ts'
import { TelegramProblem } from './problem.ts'

const MIB = 1024 * 1024
const MOST: Readonly<Record<'task' | 'text' | 'image', number>> = { task: MIB, text: MIB, image: 10 * MIB }

/** Fetches a file that was sent. Throws `usage` for what is too large or neither text nor picture, in words for who sent it. */
export async function fetchText(api: TelegramApi, file: SentFile): Promise<string> {
  const bytes = await fetchBytes(api, file)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    // told below
  }
  throw new OrchestratorError('usage', `${file.name} is no text in UTF-8.`, { hint: 'Send text files and pictures.' })
}

/** A file that goes with a task. Throws as `fetchText` does. */
export async function fetchAttachment(api: TelegramApi, file: SentFile): Promise<AttachedFile> {
  const bytes = file.kind === 'image' ? await fetchBytes(api, file) : Buffer.from(await fetchText(api, file))
  return { name: file.name, base64: Buffer.from(bytes).toString('base64') }
}

async function fetchBytes(api: TelegramApi, { id, name, kind, bytes }: SentFile): Promise<Uint8Array> {
  if (kind === 'other')
    throw new OrchestratorError('usage', `${name} is neither text nor a picture.`, { hint: 'Send text files and pictures.' })
  const hint = `Text may have ${MOST.text / MIB} MiB, a picture ${MOST.image / MIB} MiB.`
  if (bytes > MOST[kind]) throw new OrchestratorError('usage', `${name} is too large.`, { hint })
  return api.download(id, MOST[kind]).catch((error: unknown) => {
    if (!(error instanceof TelegramProblem)) throw error
    throw new OrchestratorError('usage', `${name} could not be fetched: ${error.message}`, { hint: 'Send it again.' })
  })
}

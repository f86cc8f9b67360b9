import { OrchestratorError } from '../domain/errors.ts'

/** Does what writes into the home; where the file system refuses, that is no bug but `cannot_write`, in the system's words. */
export async function storing<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new OrchestratorError('cannot_write', error.message, { cause: error })
    throw error
  }
}

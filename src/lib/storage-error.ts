const CODES = new Set([
  ...['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOTDIR'],
  ...['EEXIST', 'EISDIR', 'ELOOP', 'ENOTEMPTY'], // something else that lies where a file or a folder of ours should
  ...['EXDEV', 'ESTALE', 'EBUSY'], // a folder that became a mount of its own, a network disk that came back, a file that Windows holds
])

/** Whether an error is one of the disk, which may pass, and not a bug. */
export function isStorageError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && CODES.has(error.code)
}

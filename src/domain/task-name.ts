/** What an id may look like: it becomes part of file names, so it never needs escaping anywhere. */
export const TASK_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** Whether a name can be part of a path without leading anywhere else. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)
}

/** The ending that makes a file in `tasks/` a task. */
export const TASK_SUFFIX = '.task.md'

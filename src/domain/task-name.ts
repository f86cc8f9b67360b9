/** What an id may look like: it becomes part of file names, so it never needs escaping anywhere. */
export const TASK_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** The ending that makes a file in `tasks/` a task. */
export const TASK_SUFFIX = '.task.md'

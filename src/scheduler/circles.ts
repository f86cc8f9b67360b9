/** A task that waits for others, by their ids. */
interface Waiting {
  readonly taskId: string
  readonly dependsOn: readonly string[]
}

/** The circle of tasks that a task closes, beginning with it; undefined where it waits for nobody who waits for it. `find` looks among the queued tasks. */
export function circleOf<T extends Waiting>(start: T, find: (id: string) => T | undefined): readonly T[] | undefined {
  const seen = new Set<string>()
  const way: T[] = []
  const closes = (task: T): boolean => {
    way.push(task)
    for (const id of task.dependsOn) {
      if (id === start.taskId) return true
      if (seen.has(id)) continue
      seen.add(id)
      const next = find(id)
      if (next && closes(next)) return true
    }
    way.pop()
    return false
  }
  return closes(start) ? way : undefined
}

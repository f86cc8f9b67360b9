/** A task that waits for others, by their ids. */
interface Waiting {
  readonly taskId: string
  readonly dependsOn: readonly string[]
}

/** The circle of tasks that a task closes, beginning with it; undefined where it waits for nobody who waits for it. `find` looks among the queued tasks. */
export function circleOf<T extends Waiting>(start: T, find: (id: string) => T | undefined): readonly T[] | undefined {
  const waitedForBy = new Map<string, T>()
  const open = [start]
  for (let task = open.pop(); task; task = open.pop()) {
    for (const id of task.dependsOn) {
      if (id === start.taskId) return wayTo(task, waitedForBy)
      if (waitedForBy.has(id)) continue
      waitedForBy.set(id, task)
      const next = find(id)
      if (next) open.push(next)
    }
  }
  return undefined
}

/** From the start, which nobody is known to wait for, to a task. */
function wayTo<T extends Waiting>(last: T, waitedForBy: ReadonlyMap<string, T>): readonly T[] {
  const way: T[] = []
  for (let task: T | undefined = last; task; task = waitedForBy.get(task.taskId)) way.push(task)
  return way.reverse()
}

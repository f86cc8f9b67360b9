/** Where attempts can work, by the `isolation` of a task. */
export const workspaces = {
  none: async () => (await import('./in-place.ts')).openInPlace,
}

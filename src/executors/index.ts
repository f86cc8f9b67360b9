/** The executors there are, each loaded when it is used. */
export const executors = {
  local: () => import('./local.ts').then((module) => module.localExecutor),
} as const

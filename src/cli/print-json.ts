import type { Output } from './context.ts'

/** Prints a value as JSON, exactly, on lines of its own; in one line where no indent is wanted. */
export function printJson(out: Output, value: unknown, indent = 2): void {
  out.write(`${JSON.stringify(value, null, indent)}\n`)
}

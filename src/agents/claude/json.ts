/** An object of parsed JSON, nothing known of what is in it. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The value as an object; empty where it is none, so that reading on needs no check. */
export function object(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The value as a list of objects; whatever else is in it is left out. */
export function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The value as a string, if it is one. */
export function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The value as a finite number, if it is one. */
export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The value as a whole number from 0 up, if it is one. */
export function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined
}

/** Parses one line that should hold an object. */
export function parseObject(line: string): JsonObject | undefined {
  if (!line.includes('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

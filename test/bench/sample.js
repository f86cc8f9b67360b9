/** The middle of some numbers. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2
}

/**
 * Takes samples of several things in turn (A B C A B C …), so that what else the machine does meets all of them alike. `things`
 * are functions by name; the answer has a list of what each returned.
 */
export async function interleaved(rounds, things) {
  const samples = Object.fromEntries(Object.keys(things).map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, take] of Object.entries(things)) samples[name].push(await take())
  }
  return samples
}

/** Waits until a condition holds; throws after a minute. */
export async function until(condition, what, everyMs = 10) {
  const deadline = performance.now() + 60_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited a minute for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

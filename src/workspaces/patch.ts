/** Characters that a patch may have, its note not counted. */
export const LONGEST_PATCH = 65_536

/** Stands below a patch that was cut. */
const CUT_NOTE = '[cut here: the patch is longer]\n'

/** The beginning of a patch that is too long, up to the end of a line, and a note. */
export function cutPatch(patch: string): string {
  if (patch.length <= LONGEST_PATCH) return patch
  return patch.slice(0, patch.lastIndexOf('\n', LONGEST_PATCH - 1) + 1) + CUT_NOTE
}

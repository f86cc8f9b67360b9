/** Names that Windows takes for devices, whatever their ending. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** Characters of a name, from its end, which says what is in it. */
const LOOKED_AT = 1_000

/** A name of others as a file name that means the same on every system: no path, no hidden file, no odd characters, at most 80. */
export function safeName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? ''
  const kept = base
    .slice(-LOOKED_AT)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\w.-]+/g, '_')
    .replace(/^[._-]+|[._-]+$/g, '')
  const [, stem = kept, ending = ''] = /^(.*?)(\.\w{1,10})?$/.exec(kept) ?? []
  const short = stem.slice(0, 80 - ending.length) + ending
  return short === '' || DEVICES.test(short) ? `file_${short}`.replace(/_$/, '') : short
}

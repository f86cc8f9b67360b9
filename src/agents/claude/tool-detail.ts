import { type JsonObject, string } from './json.ts'

const LONGEST = 120

/** Inputs that say best what a call does, in the order of preference. */
const TELLING = ['command', 'file_path', 'notebook_path', 'path', 'url', 'query', 'pattern', 'description', 'prompt']

/** A tool call in one line of at most 120 characters: its command, its file, or whatever text it was given first. */
export function toolDetail(input: JsonObject): string {
  const texts = [...TELLING.map((key) => input[key]), ...Object.values(input)].map(string)
  return oneLine(texts.find((text) => text !== undefined && text.trim() !== '') ?? '', LONGEST)
}

/** Text without line breaks and control characters, cut to so many characters. */
export function oneLine(text: string, longest: number): string {
  // A first cut in code units keeps the rest cheap for texts of megabytes.
  const line = text
    .slice(0, longest * 8)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  const characters = [...line]
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : line
}

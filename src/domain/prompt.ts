/**
 * Whose words a part of a prompt is: those of the owner of the home and of the orchestrator itself; of a person elsewhere, who wrote over a
 * platform; or of a program, which is an agent, a command, a result or the local model.
 */
export type Source = 'owner' | 'person' | 'program'

/** A piece of a prompt with its source. A prompt is only ever made of such parts, so that none is trusted by oversight. */
export interface PromptPart {
  readonly source: Source
  readonly text: string
}

/** Words of the owner, or of the orchestrator. */
export function own(text: string): PromptPart {
  return { source: 'owner', text }
}

/** Parts with a blank line between them. */
export function paragraphs(...blocks: readonly (readonly PromptPart[])[]): PromptPart[] {
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : [own('\n\n'), ...block]))
}

/** What an agent is told, with what follows from whose words it holds. */
export interface Prompt {
  readonly text: string
  /** Whether all of it is the owner's: only then may an agent's program read files that the text mentions. */
  readonly isOwn: boolean
  /** Whether people other than the owner have a say in it: then nothing of a repository is run unasked. */
  readonly hasPersons: boolean
}

/** The prompt that these parts make, one behind the other. In parts that are not the owner's, mentions are defused. */
export function writePrompt(parts: readonly PromptPart[]): Prompt {
  return {
    text: parts.map(({ source, text }) => (source === 'owner' ? text : defuseMentions(text))).join(''),
    isOwn: parts.every(({ source }) => source === 'owner'),
    hasPersons: parts.some(({ source }) => source === 'person'),
  }
}

/**
 * The text with a space behind every `@` that an agent's program could take for a mention of a file, an agent or an MCP resource
 * (`@path`, `@"a path"`, `@server:uri`). Claude Code 2.1.197 to 2.1.332 takes it at the start of the text, behind white space and behind
 * `。、？！`; here everything counts that is not printable ASCII, so that addresses and packages such as `'@types/node'` stay as they
 * are. `@[` is broken everywhere, since text around it can be blanked.
 */
export function defuseMentions(text: string): string {
  return text.replace(/(?<![!-~])@+(?=[^\s@])|(?<!@)@+(?=\[)/g, '$& ')
}

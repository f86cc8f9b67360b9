import type { AttemptSpec } from '../domain/attempt.ts'

/** What every agent that may ask is told. One line, since not every shell that a CLI is started through takes an argument of several. */
const INSTRUCTIONS = [
  'You work unattended, and a person can be asked from the shell.',
  'Ask only where you cannot decide by yourself and a wrong guess would be costly: orchestrator ask "Which database?" --option postgres --option mysql',
  '(without --option any answer is possible; --deadline 2h --default postgres may be added).',
  'It waits a short while and prints the answer.',
  'If it says that no answer came yet (exit status 75), end your turn at once: the task goes on in this conversation when a person has answered.',
  'To tell whoever looks on how it goes: orchestrator respond "Half of the tests pass."',
  'Run each as a command of its own, without pipes or redirections.',
].join(' ')

/** The text for the system prompt of an agent; undefined where it may not ask, which it cannot without a shell. */
export function askInstructions({ mayAsk, disallowedTools }: AttemptSpec): string | undefined {
  return mayAsk === true && !disallowedTools.includes('Bash') ? INSTRUCTIONS : undefined
}

/** The prompt for an agent that takes no system prompt: what it is told about asking stands at the end. */
export function promptWithInstructions(spec: AttemptSpec): string {
  const instructions = askInstructions(spec)
  return instructions === undefined ? spec.prompt : `${spec.prompt}\n\n${instructions}`
}

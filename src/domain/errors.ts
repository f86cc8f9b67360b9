/**
 * Every failure a user can meet, in one table. `docs/errors.md` is generated from it, results and
 * rejections carry its codes, and commands exit with its numbers.
 */

/** What a code means: how bad it is, whether trying again can help, and what a person should do. */
export interface ErrorEntry {
  /** Where it is met: `input` rejects a file, `task` fails a run, `command` ends a command. */
  readonly area: 'input' | 'task' | 'command'
  /** One sentence: what went wrong, without the particulars. */
  readonly meaning: string
  /** One sentence: what to do next. */
  readonly hint: string
  /** The status a command exits with when this is why it ended. */
  readonly exitCode: 1 | 2 | 75
  /** Whether a further attempt may succeed with nothing changed. */
  readonly retryable: boolean
}

const input = (meaning: string, hint: string): ErrorEntry => ({ area: 'input', meaning, hint, exitCode: 1, retryable: false })
const task = (meaning: string, hint: string): ErrorEntry => ({ area: 'task', meaning, hint, exitCode: 1, retryable: false })
const passing = (meaning: string, hint: string): ErrorEntry => ({ area: 'task', meaning, hint, exitCode: 1, retryable: true })
const command = (meaning: string, hint: string, exitCode: 1 | 2 = 2): ErrorEntry => ({
  area: 'command',
  meaning,
  hint,
  exitCode,
  retryable: false,
})

/** The table. The key is the code; codes are never renamed, since scripts match on them. */
export const ERRORS = {
  // A file in tasks/ that cannot become a task.
  not_a_file: input('The entry is a directory, a symbolic link, a pipe or a device.', 'Put the task into tasks/ as a regular file.'),
  unreadable: input('The file cannot be read.', 'Make the file readable for the user that runs the daemon, then drop it again.'),
  too_large: input(
    'The file is larger than 1 MiB, its front matter larger than 16 KiB, or a list in it longer than 1,000.',
    'Move the bulk into a file of the project and name it under Target Files.',
  ),
  not_utf8: input('The file is not valid UTF-8.', 'Save the file as UTF-8.'),
  nul_byte: input('The file contains a NUL byte.', 'Remove the binary data from the file.'),
  empty_file: input('The file is empty.', 'Write what is to be done into the file.'),
  no_prompt: input('The file says nothing that an agent could do.', 'Write a Prompt section, or just the request as the body.'),
  front_matter_language: input('The front matter names a language other than YAML.', 'Begin the file with a line of exactly three dashes.'),
  front_matter_unclosed: input('The front matter is never closed.', 'Add a line of exactly three dashes behind the front matter.'),
  bad_yaml: input('The front matter is not valid YAML 1.2.', 'Mend the front matter at the given line and column.'),
  unknown_key: input(
    'The front matter has a key that means nothing.',
    'Use the name that is suggested, or begin a key of your own with x-.',
  ),
  bad_value: input('A front-matter value has the wrong type or form.', 'Mend the value; the README lists what each key takes.'),
  widening_key: input(
    'A task that came over a platform asks for more than a message could: commands, permissions, another place or program.',
    'Send it without that; a file that lies in tasks/ is yours once its origin line is gone; BRIDGE_DOCUMENTS=full lets everybody who may write run commands here.',
  ),
  dependency_circle: input(
    'The task waits for itself, over the tasks that it depends on.',
    'Mend depends_on in one of the tasks of the circle, then drop them again.',
  ),
  unsupported_key: input(
    'The front matter asks for something this version cannot do.',
    'Remove the key, or update to a version that supports it.',
  ),

  // A run that ended without success.
  cwd_missing: task('The working directory does not exist.', 'Create the directory, or mend cwd (relative to CLAUDE_BASE_CWD).'),
  cwd_outside_root: task(
    'The working directory lies outside CLAUDE_ALLOWED_ROOT, symbolic links resolved.',
    'Choose a directory below the allowed root, or widen CLAUDE_ALLOWED_ROOT.',
  ),
  agent_unknown: task('No agent of that name exists.', 'Use one of the agents that `orchestrator doctor` lists.'),
  agent_missing: task('The program of the agent cannot be started.', 'Install the agent and check it with `orchestrator doctor`.'),
  agent_usage: task(
    'The agent refused how it was called.',
    'Read the end of its error output in the result, and update the agent or mend the option.',
  ),
  agent_root_refused: task(
    'Claude Code refuses to skip permissions as root.',
    'Run the daemon as another user, or set IS_SANDBOX=1 if this machine is a sandbox.',
  ),
  auth_failed: task(
    'The agent is not logged in, or its key is not accepted.',
    'Log the agent in (for Claude: run `claude` and /login, or set ANTHROPIC_API_KEY), then retry the task.',
  ),
  billing: task('The account of the agent has no credit left.', 'Add credit to the account, then retry the task.'),
  usage_limit: passing('The usage limit of the agent account is reached.', 'Wait for the reset time in the message, then retry the task.'),
  rate_limited: passing('The model API refused the requests as too many.', 'Wait, or lower MAX_CONCURRENT_TASKS, then retry the task.'),
  overloaded: passing('The model API is overloaded.', 'Retry the task later.'),
  api_unreachable: passing('The model API could not be reached.', 'Check the network and the base URL of the agent, then retry the task.'),
  api_error: passing('The model API answered with an error.', 'Read the message, then retry the task.'),
  invalid_request: task('The model API rejected the request.', 'Read the message; a shorter task or another model may help.'),
  model_unknown: task('The model does not exist, or the account may not use it.', 'Mend the model of the task, or leave it out.'),
  prompt_too_long: task('The conversation does not fit into the context of the model.', 'Split the task, or point at fewer files.'),
  refused: task('The model declined to do the task.', 'Word the task differently.'),
  output_cut: task('The answer of the model was cut off at its length limit.', 'Split the task into smaller ones.'),
  max_turns: task('The task used up its turns.', 'Raise max_turns, or split the task; what was done so far is in the workspace.'),
  max_budget: task('The task used up its budget.', 'Raise max_budget_usd, or split the task; what was done so far is in the workspace.'),
  permission_denied: task(
    'The agent was denied a tool that it asked for.',
    'Allow the tool with allowed_tools or permission_mode, or set CLAUDE_SKIP_PERMISSIONS=true, then retry.',
  ),
  nothing_done: task(
    'The agent ended without having done anything.',
    'Word the task as a request; a prompt that is a command of the CLI never reaches the model.',
  ),
  verify_failed: task(
    'A verify command did not succeed after the work.',
    'Read the end of its output in the result; the work is in the workspace.',
  ),
  criteria_unmet: task(
    'A success criterion was judged as unmet, and CRITERIA_STRICT demands all of them.',
    'Read the evidence in the result; the work is in the workspace.',
  ),
  timeout: task('The task did not end within its time.', 'Raise timeout, or split the task; what was done so far is in the workspace.'),
  no_output: passing(
    'The agent printed nothing within AGENT_START_SEC.',
    'Start the agent by hand in the directory of the task and see what it waits for.',
  ),
  silent: passing(
    'The agent fell silent for longer than AGENT_IDLE_SEC.',
    'Read the transcript with `orchestrator logs`; raise AGENT_IDLE_SEC if the work is that quiet.',
  ),
  agent_crashed: passing('The agent ended without a result.', 'Read the end of its error output in the result.'),
  agent_interrupted: passing('The agent was interrupted by something other than the orchestrator.', 'Retry the task.'),
  session_lost: passing('The session that was to be continued does not exist any more.', 'Nothing: the next attempt begins a new session.'),
  resume_unknown: task(
    'The task whose conversation was to be continued is unknown, or has not ended.',
    'Name a task that has ended; `orchestrator list` shows the ids.',
  ),
  not_resumable: task(
    'The conversation of the earlier task cannot be continued.',
    'Use the agent and the directory of the earlier task, or ask anew without resume.',
  ),
  agent_failed: task('The agent reported a failure.', 'Read its message in the result.'),
  interrupted_too_often: task(
    'The run was interrupted more often than it may be attempted again.',
    'Find out what ends the daemon, then retry the task.',
  ),
  daily_budget: passing('The budget of the day is used up.', 'Wait for tomorrow, or raise DAILY_BUDGET_USD.'),
  dependency_failed: task('A task that this one depends on has failed.', 'Retry that task first, then this one.'),
  question_unanswered: task(
    'A question of the agent was not answered before its deadline, and it had no default.',
    'Retry the task and answer in time, or write the answer into the task.',
  ),
  cancelled: task('The task was cancelled.', 'Retry the task if it was a mistake.'),
  broke_off: task(
    'A fault of the orchestrator itself ended the run.',
    'Look at logs/orchestrator.log and report what it says; the work of the agent is in the workspace.',
  ),
  storage_failed: passing(
    'The orchestrator could not write its own files.',
    'Free space or mend the permissions; the work of the agent is in the workspace.',
  ),

  // A command that cannot do what was asked.
  usage: command('The command was called in a way it does not understand.', 'See `orchestrator help`.'),
  bad_config: command('The configuration has problems.', 'Mend what is listed; `orchestrator doctor` shows where each value comes from.'),
  no_home: command(
    'There is no orchestrator home here.',
    'Run `orchestrator init` first, or name the home with --home or ORCHESTRATOR_HOME.',
  ),
  already_running: command('Another daemon runs on this home.', 'Use that one, or stop it first.', 1),
  not_running: command('No daemon runs on this home.', 'Start it with `orchestrator start`.', 1),
  daemon_unreachable: command('The daemon does not answer.', 'Look at logs/orchestrator.log; stop it and start it again if it hangs.', 1),
  no_such_task: command('No task has that id.', 'See `orchestrator list` for the ids.', 1),
  ambiguous_id: command('The shortened id fits several tasks.', 'Write more of the id.', 1),
  wrong_state: command('The task is not in a state in which that can be done.', 'See `orchestrator show` for the state of the task.', 1),
  not_in_attempt: command(
    'The command is for agents, and does not run inside an attempt of one.',
    'Use `orchestrator answer` to answer a question, and `orchestrator new` to hand in work.',
  ),
  run_token_refused: command(
    'The daemon does not take this for the agent of a run that is under way.',
    'Leave ORCHESTRATOR_RUN_ID and ORCHESTRATOR_RUN_TOKEN as the attempt got them.',
    1,
  ),
  not_trusted: command(
    'The control socket, or the directory that it lies in, may be that of another user.',
    'See with `ls -ld` whose it is: remove it and start the daemon again, or give it back with chown and chmod 700.',
    1,
  ),
  not_permitted: command(
    'The request is not for whoever sends it.',
    'Inside an attempt only `orchestrator ask` and `orchestrator respond` work; everything else is for the owner of the home.',
    1,
  ),
  too_many_requests: command('The agent of a run sends more requests than are taken from it.', 'Wait a minute, then send it again.', 1),
  bad_question: command('The question cannot be put so.', 'See `orchestrator help ask`.'),
  bad_answer: command('The question cannot be answered so.', 'See `orchestrator show` for the question and its options.'),
  no_such_question: command(
    'The task does not ask that, or not any more.',
    'See `orchestrator show` for its questions; an answer to one of an earlier run counts for nothing.',
    1,
  ),
  which_question: command('The task asks several questions.', 'Say which one is meant: orchestrator answer ID TEXT --question QUESTION'),
  already_answered: command('The question was answered before; the first answer counts.', 'Cancel the task if that answer was wrong.', 1),
  answered_too_late: command('The deadline of the question has passed.', 'Cancel the task if what was taken is wrong.', 1),
  check_failed: command('A check found a fault.', 'Mend what is listed.', 1),
  cannot_read: command('A file of the home cannot be read.', 'Check what lies there and its permissions; `orchestrator doctor` helps.', 1),
  cannot_write: command('A file of the home cannot be written.', 'Check the permissions and the free space of the home.', 1),
} as const satisfies Record<string, ErrorEntry>

/** A code of the table. */
export type ErrorCode = keyof typeof ERRORS

/** Whether a text is a code of the table. */
export function isErrorCode(text: string | null | undefined): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(ERRORS, text)
}

/** Why a run failed, as results carry it: the particulars in `message`, the way out in `hint`. */
export interface Failure {
  code: ErrorCode
  message: string
  hint: string
  retryable: boolean
}

/** The failure of a code, with the particulars; the table's own sentence stands in where there are none. */
export function failure(code: ErrorCode, message?: string, over: Partial<Pick<Failure, 'hint' | 'retryable'>> = {}): Failure {
  const { meaning, hint, retryable } = ERRORS[code]
  return { code, message: message ?? meaning, hint, retryable, ...over }
}

/** Thrown where a command or a file cannot go on: what, why and what to do next. */
export class OrchestratorError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly exitCode: number

  constructor(code: ErrorCode, message?: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message ?? ERRORS[code].meaning, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'OrchestratorError'
    this.code = code
    this.hint = options.hint ?? ERRORS[code].hint
    this.exitCode = ERRORS[code].exitCode
  }
}

import type { CommandSpec } from './command-spec.ts'

const json = ['--json', 'print JSON'] as const

/** Every command there is, in the order of the help; each is loaded when it is used. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'create a home here: folders, .env.example and a first sample',
    load: () => import('./commands/init.ts').then((m) => m.init),
  },
  {
    name: 'start',
    summary: 'watch tasks/ and have agents do them',
    options: [
      ['--once', 'do what is there, then exit (for CI)'],
      ['--agent <name>', 'agent for tasks that name none'],
      ['--concurrency <n>', 'attempts at the same time'],
    ],
    load: () => import('./commands/start.ts').then((m) => m.start),
  },
  {
    name: 'run',
    args: '<file>',
    summary: 'do one task in the foreground',
    options: [['--agent <name>', 'agent if the task names none']],
    completes: 'files',
    load: () => import('./commands/run.ts').then((m) => m.run),
  },
  {
    name: 'new',
    args: '[prompt...]',
    summary: 'write a task file and print its id; - reads the prompt from standard input',
    options: [
      ['--cwd <dir>', 'directory to work in: ./… from here, else from the base directory'],
      ['--type <type>', 'kind of work; analyze, code_review and summarize only read'],
      ['--priority <priority>', 'high, medium or low'],
      ['--agent <name>', 'agent to do it'],
      ['--model <model>', 'model of the agent'],
      ['--edit', 'open the file in $EDITOR before it is queued'],
    ],
    load: () => import('./commands/new.ts').then((m) => m.createTask),
  },
  {
    name: 'create-sample',
    summary: 'write a working sample task',
    load: () => import('./commands/create-sample.ts').then((m) => m.createSample),
  },
  {
    name: 'status',
    summary: 'components, holds, queue, running and recent tasks',
    options: [json, ['--watch', 'keep showing it']],
    load: () => import('./commands/status.ts').then((m) => m.status),
  },
  {
    name: 'list',
    summary: 'tasks and their states',
    options: [
      ['--state <state>', 'queued, running, waiting, completed, failed, cancelled, archived or rejected'],
      ['--lines <n>', 'how many finished tasks at most (20)'],
      json,
    ],
    load: () => import('./commands/list.ts').then((m) => m.list),
  },
  {
    name: 'show',
    args: '<id>',
    summary: 'everything about one task',
    options: [json],
    completes: 'ids',
    load: () => import('./commands/show.ts').then((m) => m.show),
  },
  {
    name: 'logs',
    args: '<id>',
    summary: 'what the agent did, readable',
    options: [
      ['-f, --follow', 'keep showing what is new'],
      ['--json', 'the raw stream of the agent'],
    ],
    completes: 'ids',
    load: () => import('./commands/logs.ts').then((m) => m.logs),
  },
  {
    name: 'why',
    args: '<id>',
    summary: 'why a task is not running, in one line',
    completes: 'ids',
    load: () => import('./commands/why.ts').then((m) => m.why),
  },
  {
    name: 'cancel',
    args: '<id>',
    summary: 'cancel a task that is queued or runs',
    completes: 'ids',
    load: () => import('./commands/cancel.ts').then((m) => m.cancel),
  },
  {
    name: 'retry',
    args: '[id]',
    summary: 'run a finished task once more',
    options: [['--all-failed', 'every task that failed']],
    completes: 'ids',
    load: () => import('./commands/retry.ts').then((m) => m.retry),
  },
  { name: 'pause', summary: 'start nothing more until resume', load: () => import('./commands/pause.ts').then((m) => m.pause) },
  { name: 'resume', summary: 'start tasks again', load: () => import('./commands/pause.ts').then((m) => m.resume) },
  {
    name: 'wait',
    args: '<id...>',
    summary: 'wait until tasks have ended',
    options: [['--timeout <duration>', 'give up after that, such as 10m']],
    completes: 'ids',
    load: () => import('./commands/wait.ts').then((m) => m.wait),
  },
  {
    name: 'tail-events',
    summary: 'what happened, readable',
    options: [
      ['--task <id>', 'of one task only'],
      ['--lines <n>', 'how many of the past (20)'],
      ['-f, --follow', 'keep showing what is new'],
      json,
    ],
    load: () => import('./commands/tail-events.ts').then((m) => m.tailEvents),
  },
  {
    name: 'validate-artifacts',
    summary: 'check every result against the schema',
    options: [json],
    load: () => import('./commands/validate-artifacts.ts').then((m) => m.validateArtifacts),
  },
  {
    name: 'clean',
    args: '<what>',
    summary: 'tasks: archive loose tasks; artifacts: prune old results, summaries and transcripts',
    options: [
      ['--days <n>', 'artifacts: older than so many days'],
      ['--dry-run', 'only say what would be done'],
    ],
    completes: ['tasks', 'artifacts'],
    load: () => import('./commands/clean.ts').then((m) => m.clean),
  },
  {
    name: 'doctor',
    summary: 'check everything, with a fix for each problem',
    options: [json],
    load: () => import('./commands/doctor.ts').then((m) => m.doctor),
  },
  {
    name: 'demo',
    summary: 'the whole job, offline, with a scripted agent',
    options: [['--keep <dir>', 'use this new directory as the home instead of a temporary one']],
    load: () => import('./commands/demo.ts').then((m) => m.demo),
  },
  {
    name: 'completion',
    args: '<shell>',
    summary: 'completion script for bash, zsh or fish',
    completes: ['bash', 'zsh', 'fish'],
    load: () => import('./commands/completion.ts').then((m) => m.completionOf(COMMANDS)),
  },
]

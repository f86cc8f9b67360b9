import { z } from 'zod'
import { parseDuration } from '../lib/duration.ts'

const flag = z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] })
const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number('must be a number').int('must be a whole number').min(min).max(max)
/** `type: command`, separated by a comma or a line end; a command may hold commas that no `word:` follows. */
const commandsByType = z.string().transform((text, context) => {
  const entries = text.split(/[,\n]\s*(?=[A-Za-z][\w.-]*:\s)/).filter((entry) => entry.trim() !== '')
  const pairs = entries.map((entry) => /^\s*([A-Za-z][\w.-]*):\s+(\S.*?)\s*$/s.exec(entry.replace(/,\s*$/, '')))
  if (pairs.includes(null)) {
    context.addIssue({ code: 'custom', message: 'must be type: command, such as fix: npm test' })
    return z.NEVER
  }
  return Object.fromEntries(pairs.map((pair): [string, string] => [pair?.[1] ?? '', pair?.[2] ?? '']))
})
const userIds = z
  .string()
  .transform((list) => list.split(/[\s,]+/).filter(Boolean))
  .refine((ids) => ids.every((id) => /^[1-9]\d{0,15}$/.test(id)), 'must be numbers separated by commas; names can change hands')
const names = z.string().transform((list) => list.split(/[\s,]+/).filter(Boolean))

const agentSchema = z.strictObject({
  command: z.string().min(1).optional(),
  image: z.undefined('is not supported yet').optional(),
  environment: z
    .record(z.string(), z.union([z.string(), z.number().transform(String), z.boolean().transform(String)], 'must be text'))
    .default({}),
})

/** The agents there are: what the configuration names is one of them. */
const agentsSchema = z.strictObject({ claude: agentSchema.optional(), demo: agentSchema.optional() })
const agentName = agentsSchema.keyof()

/**
 * Every variable, in the order of `.env.example`: its form, its default and what it means. The name is the same in the
 * environment, in `.env` and in the code. A default is written as one would write it in `.env`.
 */
export const settingsSchema = z.object({
  DEFAULT_AGENT: agentName.default('claude').describe('Agent for tasks that name none'),
  MAX_CONCURRENT_TASKS: whole(1, 256).default(3).describe('Attempts that run at the same time'),
  MAX_RETRIES: whole(0, 100).default(2).describe('Extra attempts after a passing fault'),
  MAX_BUDGET_USD: z.coerce
    .number('must be a number')
    .positive()
    .optional()
    .describe('What one run may spend, in US dollars; empty for no limit'),

  DAILY_BUDGET_USD: z.coerce
    .number('must be a number')
    .positive()
    .optional()
    .describe('What all runs of one day may spend, in US dollars; empty for no limit'),

  CLAUDE_BASE_CWD: z.string().optional().describe('Directory that tasks work in and that their cwd is relative to; empty for the home'),
  CLAUDE_ALLOWED_ROOT: z
    .string()
    .optional()
    .describe('No task works outside this directory, symbolic links resolved; empty for the base directory'),
  ISOLATION: z
    .literal('none', 'must be none (worktree and docker are not supported yet)')
    .default('none')
    .describe('What keeps tasks apart that name no isolation: none, all work in place (worktree and docker are not supported yet)'),
  CLAUDE_TIMEOUT_SEC: whole(1, 604_800).default(300).describe('Time limit of one attempt, in seconds'),
  CLAUDE_MAX_TURNS: whole(0).default(0).describe("Agent turns in one attempt; 0 for the agent's own limit"),
  CLAUDE_SKIP_PERMISSIONS: flag.default(false).describe("Pass the agent's skip-everything flag; only for machines that may be harmed"),
  REPO_SETTINGS: z
    .enum(['trust', 'ignore'])
    .default('trust')
    .describe('Whether hooks, MCP servers and settings of the repository are used: trust or ignore'),
  VERIFY_DEFAULT: commandsByType
    .optional()
    .describe('Shell commands by type that must succeed after tasks that name no verify, such as fix: npm test, feature: npm run build'),
  VERIFY_TIMEOUT_SEC: whole(1, 604_800).default(600).describe('Time limit of one verify command, in seconds'),
  CRITERIA_STRICT: flag.default(false).describe('Whether a success criterion that the local model judges as unmet fails the task'),
  AGENT_ENV_PASS: names.default([]).describe('Further variables that agents may see, separated by commas'),
  AGENT_START_SEC: whole(1).default(60).describe('Seconds until the first output of an agent'),
  AGENT_IDLE_SEC: whole(1).default(1800).describe('Seconds that an agent may be silent'),
  RESULT_EXIT_SEC: whole(0).default(5).describe('Seconds between the final result of an agent and its exit'),
  AGENT_ASK: flag.default(true).describe('Tell agents how to ask a person (orchestrator ask), and let them'),
  ASK_WAIT_SEC: whole(0, 600)
    .default(60)
    .describe(
      'Seconds that an agent waits for an answer before its task is parked; less than its shell allows a command (Claude Code: 120)',
    ),
  PROCESS_FENCE: z
    .enum(['auto', 'namespace', 'sweep'])
    .default('auto')
    .describe('What ends all processes of an agent: namespace (Linux; without it nothing starts), sweep, or auto for the best there is'),

  TASK_SETTLE_MS: whole(0, 60_000).default(100).describe('A file counts as arrived when it was quiet for so many milliseconds'),
  RESCAN_SEC: whole(1, 86_400).default(30).describe('Seconds between full looks into tasks/, for file events that were lost'),
  WATCH_POLLING: flag.default(false).describe('Poll tasks/ instead of waiting for file events (network mounts)'),
  SHUTDOWN_GRACE_SEC: whole(0, 86_400).default(30).describe('Seconds that running tasks may go on after a stop was asked for'),

  OLLAMA_HOST: z.string().default('http://127.0.0.1:11434').describe('Address of Ollama; off to do without'),
  OLLAMA_MODEL: z.string().min(1).default('llama3.1:8b').describe('Model for gaps and summaries'),
  OLLAMA_TIMEOUT_SEC: whole(1, 600).default(20).describe('Seconds that one task may wait for Ollama in all'),

  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]+$/, 'must be the token that BotFather gave, such as 123456789:AA…')
    .optional()
    .describe('Token of the Telegram bot; empty for no bridge'),
  TELEGRAM_ALLOWED_USERS: userIds.default([]).describe('Ids of the users that the bot obeys, separated by commas'),
  TELEGRAM_CHAT_ID: z
    .string()
    .regex(/^-?[1-9]\d{0,15}$/, 'must be a number; that of a group is negative')
    .optional()
    .describe('Chat for notices of tasks that came another way; a group must be named here to be obeyed'),
  TELEGRAM_API_ROOT: z.url('must be an address').default('https://api.telegram.org').describe('Address of the Bot API server'),
  BRIDGE_DOCUMENTS: z
    .enum(['plain', 'full'])
    .default('plain')
    .describe(
      'What a task file that came over a platform may say: plain (no commands and permissions of its own), or full (all that yours may)',
    ),
  NOTIFY: z
    .enum(['all', 'failures', 'questions', 'none'])
    .default('all')
    .describe('What is pushed to the phone: all, failures (with questions), questions or none'),

  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least important line in logs/orchestrator.log'),
})

/** The effective values of all variables. */
export type Settings = z.infer<typeof settingsSchema>
export type SettingName = keyof Settings

const typeDefaultsSchema = z.strictObject({
  agent: agentName.optional(),
  model: z.string().optional(),
  timeout: z
    .union([z.number(), z.string()])
    .refine((value) => (parseDuration(value) ?? 0) > 0, 'must be seconds or a duration such as 90s, 15m or 2h')
    .optional(),
  max_turns: z.int().min(0).optional(),
  max_budget_usd: z.number().positive().optional(),
  retries: z.int().min(0).max(100).optional(),
  verify: z.union([z.string().transform((one) => [one]), z.array(z.string())], 'must be a shell command or a list of them').optional(),
  fix_attempts: z.int().min(0).max(100).optional(),
  permission_mode: z.string().optional(),
  allowed_tools: z.array(z.string()).optional(),
  disallowed_tools: z.array(z.string()).optional(),
})

/** `config/orchestrator.yaml`: what does not fit one line of `.env`. */
export const yamlSchema = z.strictObject({
  agents: agentsSchema.default({}),
  types: z.record(z.string(), typeDefaultsSchema).default({}),
})

/** The name of an agent. */
export type AgentName = z.infer<typeof agentName>

/** Defaults of a task type: used where the task file is silent, before the variables are. */
export type TypeDefaults = z.infer<typeof typeDefaultsSchema>

/** Where a value comes from; `flag` is an option of the command line. */
export type Origin = 'default' | '.env' | 'environment' | 'flag'

/** The whole configuration at one moment. Immutable: a reload makes a new one. */
export interface Config {
  readonly home: string
  readonly settings: Settings
  readonly agents: z.infer<typeof yamlSchema>['agents']
  readonly types: z.infer<typeof yamlSchema>['types']
  /** Where each value comes from. */
  readonly origins: Readonly<Record<SettingName, Origin>>
  /** `.env` and the process environment, the process winning: what agents may inherit from. */
  readonly environment: Readonly<Record<string, string>>
  /** What is worth a warning and stops nothing, as sentences for people. */
  readonly notes: readonly string[]
}

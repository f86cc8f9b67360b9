import { type SettingName, settingsSchema } from './schema.ts'
import { SETTING_NAMES } from './settings.ts'

/** Headings, by the variable that they stand before. */
const HEADINGS: Partial<Record<SettingName, string>> = {
  DEFAULT_AGENT: 'Tasks',
  CLAUDE_BASE_CWD: 'Agents',
  TASK_SETTLE_MS: 'The daemon',
  OLLAMA_HOST: 'Ollama (optional)',
  TELEGRAM_BOT_TOKEN: 'Telegram (optional)',
  LOG_LEVEL: 'Log',
}

/** The text of `.env.example`: every variable with its meaning and its default. */
export function renderEnvExample(): string {
  const entries = describeSettings().map(({ name, fallback, meaning }) => {
    const heading = HEADINGS[name]
    return `${heading === undefined ? '' : `\n# --- ${heading} ---\n`}\n# ${meaning}\n${name}=${fallback}\n`
  })
  return `# Settings of the orchestrator. Copy this file to .env and change what you need: the values below are the defaults.
# A variable of the environment wins over this file. Variables for agents, such as ANTHROPIC_API_KEY, may stand here too.
${entries.join('')}`
}

/** The variables as a table in markdown, for the README. */
export function renderSettingsTable(): string {
  const rows = describeSettings().map(({ name, fallback, meaning }) => `| \`${name}\` | ${fallback && `\`${fallback}\``} | ${meaning} |`)
  return ['| variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n')
}

interface Described {
  readonly name: SettingName
  /** The default as one writes it in `.env`; empty where there is none. */
  readonly fallback: string
  readonly meaning: string
}

function describeSettings(): readonly Described[] {
  const defaults = settingsSchema.parse({})
  return SETTING_NAMES.map((name) => ({
    name,
    fallback: String(defaults[name] ?? ''),
    meaning: settingsSchema.shape[name].description ?? '',
  }))
}

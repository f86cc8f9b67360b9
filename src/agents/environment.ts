/** What agents may see of the environment, and what is put beside it. */
export interface AgentEnvironment {
  /** `.env` and the process environment, the process winning. */
  readonly environment: Readonly<Record<string, string>>
  /** The agent's own variables: names, or `PREFIX_*` for all that begin so. */
  readonly inherits: readonly string[]
  /** Further names that the configuration allows (AGENT_ENV_PASS), in the same form. */
  readonly pass: readonly string[]
  /** Used where the environment leaves them open. */
  readonly defaults?: Readonly<Record<string, string>>
  /** Set whatever the environment says. */
  readonly add: Readonly<Record<string, string>>
}

const POSIX = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'LC_*', 'TZ', 'TMPDIR', 'TMP', 'TEMP']
const NETWORK = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS']
const WINDOWS = [
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'OS', 'PROCESSOR_ARCHITECTURE', 'NUMBER_OF_PROCESSORS', 'USERNAME'],
  ...['USERPROFILE', 'HOMEDRIVE', 'HOMEPATH', 'APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)'],
]
const EVERY_AGENT = [...POSIX, ...NETWORK, ...WINDOWS, 'ORCHESTRATOR_*']

/** Credentials of a cloud go along only where the agent is told to reach its models through that cloud. */
const CLOUDS: Readonly<Record<string, readonly string[]>> = {
  CLAUDE_CODE_USE_BEDROCK: ['AWS_*'],
  CLAUDE_CODE_USE_VERTEX: ['GOOGLE_*', 'GCLOUD_*', 'CLOUDSDK_*', 'CLOUD_ML_REGION', 'VERTEX_REGION_*'],
  CLAUDE_CODE_USE_FOUNDRY: ['AZURE_*'],
}

/** Marks of a session that the orchestrator itself may have been started from; they would speak for a stranger. */
const OUTER_SESSION = ['CLAUDECODE', 'CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_SESSION_ID', 'CLAUDE_CODE_SSE_PORT', 'CLAUDE_PID']
/** Settings of the orchestrator that share the prefix of an agent. */
const OWN = ['CLAUDE_BASE_CWD', 'CLAUDE_ALLOWED_ROOT', 'CLAUDE_TIMEOUT_SEC', 'CLAUDE_MAX_TURNS', 'CLAUDE_SKIP_PERMISSIONS']
/** What makes an attempt of another daemon known to it. */
const OUTER_RUN = ['ORCHESTRATOR_RUN_ID', 'ORCHESTRATOR_RUN_TOKEN', 'ORCHESTRATOR_SOCKET']
const BRIDGES = ['TELEGRAM_*']

/**
 * The whole environment of an agent: an allowlist, so that nothing reaches it that nobody thought of. Tokens of bridges never
 * do, not even by name. Names are compared without case, as Windows does and as proxies are written both ways.
 */
export function agentEnvironment({ environment, inherits, pass, defaults = {}, add }: AgentEnvironment): Record<string, string> {
  const own = matcher(inherits)
  const clouds = Object.entries(CLOUDS).filter(([name]) => own(name) && isOn(environment[name]))
  const allowed = matcher([...EVERY_AGENT, ...inherits, ...clouds.flatMap(([, names]) => names), ...pass])
  const withheld = matcher([...OUTER_SESSION, ...OUTER_RUN, ...OWN, ...BRIDGES])
  const ofBridges = matcher(BRIDGES)
  const inherited = Object.entries(environment).filter(([name]) => allowed(name) && !withheld(name))
  const added = Object.entries(add).filter(([name]) => !ofBridges(name))
  return Object.fromEntries([...Object.entries(defaults), ...inherited, ...added])
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const names = new Set<string>()
  const prefixes: string[] = []
  for (const pattern of patterns.map((one) => one.toUpperCase())) {
    if (pattern.endsWith('*')) prefixes.push(pattern.slice(0, -1))
    else names.add(pattern)
  }
  return (name) => names.has(name.toUpperCase()) || prefixes.some((prefix) => name.toUpperCase().startsWith(prefix))
}

/** Claude Code reads its switches so: `0` and `false` are off. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())
}

/** A token that begins with what its maker puts before it: the begin, the characters behind it, and how many of these there are at least. */
interface TokenShape {
  readonly begin: string
  readonly body: string
  readonly least: number
  /** What may follow, as a source. */
  readonly more?: string
  /** Whether words may begin so as well, so that only the whole token is one. */
  readonly wordlike?: boolean
}

const WORD = '[A-Za-z0-9]'
const DASHED = '[A-Za-z0-9_-]'
const DOTTED = '[A-Za-z0-9_.~+/=-]'
const HEX = '[A-Fa-f0-9]'

/** Tokens by the name of whoever hands them out. None begins within a word. */
const TOKENS = {
  orchestratorRun: { begin: 'orc-run-', body: DASHED, least: 20 },
  anthropic: { begin: 'sk-(?:ant|proj)-', body: DASHED, least: 8 },
  openai: { begin: 'sk-(?:svcacct|admin|or-v1|None)-', body: DASHED, least: 20 },
  openaiLegacy: { begin: 'sk-', body: WORD, least: 20, wordlike: true },
  github: { begin: 'gh[opsur]_', body: WORD, least: 20 },
  githubFine: { begin: 'github_pat_', body: '[A-Za-z0-9_]', least: 20 },
  gitlab: {
    begin: 'gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|wt|soat|ffct)-',
    body: DASHED,
    least: 16,
    more: `(?:\\.${DASHED}{2,64}){0,4}`,
  },
  gitlabRunner: { begin: 'GR1348941', body: DASHED, least: 16 },
  grafana: { begin: 'gl(?:sa|c)_', body: '[A-Za-z0-9+/=_]', least: 24 },
  google: { begin: 'AIza', body: DASHED, least: 30 },
  googleAccess: { begin: 'ya29\\.', body: '[A-Za-z0-9_.-]', least: 20 },
  googleRefresh: { begin: '1//0', body: DASHED, least: 24 },
  googleClient: { begin: 'GOCSPX-', body: DASHED, least: 16 },
  slack: { begin: 'xox[a-z](?:\\.xox[a-z])?-', body: '[A-Za-z0-9-]', least: 10 },
  slackApp: { begin: 'xapp-', body: '[A-Za-z0-9-]', least: 16 },
  npm: { begin: 'npm_', body: WORD, least: 30 },
  pypi: { begin: 'pypi-', body: DASHED, least: 30 },
  huggingFace: { begin: '(?:hf|api_org)_', body: WORD, least: 30 },
  stripe: { begin: '[sr]k_(?:live|test)_', body: WORD, least: 10 },
  stripeWebhook: { begin: 'whsec_', body: '[A-Za-z0-9+/=]', least: 24 },
  sendGrid: { begin: 'SG\\.', body: DASHED, least: 16, more: `\\.${DASHED}{16,128}` },
  digitalOcean: { begin: 'do[opr]_v1_', body: HEX, least: 40 },
  shopify: { begin: 'shp(?:at|ca|pa|ss)_', body: HEX, least: 24 },
  vault: { begin: 'hv[sbr]\\.', body: DASHED, least: 20 },
  mailgun: { begin: 'key-', body: HEX, least: 32, wordlike: true },
  twilio: { begin: 'SK', body: '[a-f0-9]', least: 32, wordlike: true },
  square: { begin: 'sq0(?:atp|csp|idp)-', body: DASHED, least: 20 },
  atlassian: { begin: 'AT(?:ATT|CTT|BBT?)3', body: '[A-Za-z0-9_=-]', least: 20 },
  linear: { begin: 'lin_(?:api|oauth)_', body: WORD, least: 30 },
  notion: { begin: 'ntn_', body: WORD, least: 30 },
  figma: { begin: 'fig[du]_', body: DASHED, least: 30 },
  databricks: { begin: 'dapi', body: '[a-f0-9]', least: 32, wordlike: true },
  doppler: { begin: 'dp\\.(?:pt|st|ct|sa|scim|audit)\\.', body: '[A-Za-z0-9_.-]', least: 24 },
  newRelic: { begin: 'NRAK-', body: '[A-Z0-9]', least: 20 },
  postman: { begin: 'PMAK-', body: '[A-Za-z0-9-]', least: 24 },
  replicate: { begin: 'r8_', body: WORD, least: 30 },
  groq: { begin: 'gsk_', body: WORD, least: 30, wordlike: true },
  xai: { begin: 'xai-', body: WORD, least: 30, wordlike: true },
  perplexity: { begin: 'pplx-', body: WORD, least: 30 },
  rubyGems: { begin: 'rubygems_', body: HEX, least: 40 },
  docker: { begin: 'dckr_(?:pat|oat)_', body: DASHED, least: 20 },
  planetScale: { begin: 'pscale_(?:tkn|pw|oauth)_', body: '[A-Za-z0-9_.-]', least: 24 },
  supabase: { begin: 'sb(?:p|_secret)_', body: '[A-Za-z0-9_]', least: 24 },
  netlify: { begin: 'nfp_', body: WORD, least: 30 },
  tailscale: { begin: 'tskey-[a-z]{2,12}-', body: '[A-Za-z0-9-]', least: 16 },
  sentry: { begin: 'sntr[yu]s?_', body: '[A-Za-z0-9_=+/-]', least: 30 },
  langSmith: { begin: 'lsv2_(?:pt|sk)_', body: '[A-Za-z0-9_]', least: 24 },
  age: { begin: 'AGE-SECRET-KEY-1', body: '[A-Z0-9]', least: 40 },
} as const satisfies Readonly<Record<string, TokenShape>>

/** `token` and `Token` and `TOKEN`, for each of some words. */
const anyCase = (...words: readonly string[]) =>
  words.map((word) => `[${word[0]?.toUpperCase()}${word[0]}]${word.slice(1)}|${word.toUpperCase()}`).join('|')

/** A quotation mark, also within texts of JSON that lie in texts of JSON. */
const QUOTE = '\\\\{0,15}["\']'

/**
 * Between a name and its value: `=`, `: `, and `": "` of JSON, also within a text of JSON. Behind a name in quotes there is only a value
 * in quotes, so that JSON stays JSON.
 */
const ASSIGNS = `(?:\\s{0,4}[:=]\\s{0,4}(?:${QUOTE})?|${QUOTE}\\s{0,4}(?:[:=]|=>)\\s{0,4}${QUOTE})`

const PASSWORD = `(?:${anyCase('password', 'passwd', 'passphrase')}|(?<![A-Za-z])(?:[Pp]wd|PWD))`
const KEY_OF =
  'api,access,private,secret,signing,encryption,master,account,auth,session,service,shared,webhook,license,jwt,app,client,consumer,' +
  'subscription,storage,deploy,admin,root,hmac'
const KEY = `(?:${anyCase(...KEY_OF.split(','))})[ _-]?(?:${anyCase('key')})`
const SECRET = `(?:${anyCase('secret', 'token', 'credential', 'credentials')}|${KEY})`

/** A quotation mark that opens a value, where one does: behind one that closes a text of JSON stands none. */
const OPENED = `(?:${QUOTE}(?![\\s,:;)\\]}]))`

/** What no value begins with that is written out: a path, a variable, something to be filled in, a call. */
const NO_VALUE = '(?![/.$<*({[]|[\\w$.]{1,64}\\()'
/** A value of any form, up to a blank or a quotation mark. */
const BARE = `${NO_VALUE}[^\\s"'\\\\()]{6,}`

/** Many characters of all three kinds, or many of hexadecimal digits, and no call or member behind them. */
const LONG_VALUE =
  '(?:(?=[a-z0-9+/_~-]{0,128}[A-Z])(?=[A-Z0-9+/_~-]{0,128}[a-z])(?=[A-Za-z+/_~-]{0,128}\\d)[A-Za-z0-9+/_~-]{16,4096}={0,2}|[0-9a-f]{32,256})' +
  '(?![\\w([]|\\.[A-Za-z_$])'

const PEM = '-----BEGIN [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----'
/** A line break, as it is or as JSON writes it. */
const BREAK = '(?:\\s|\\\\{1,16}[nr])'

const IN_CAPITALS = `(?<![a-z])(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(?:${KEY_OF.toUpperCase().split(',').join('|')})_?KEY|_PASS|_PWD)`
const OPTION = '--(?:[a-z]{1,16}-){0,3}(?:password|passwd|passphrase|token|secret|api-key|apikey|access-key|secret-key|private-key|auth)'
const OF_HEADER = `(?:[Xx]-[A-Za-z-]{0,40}?(?:${anyCase('key', 'token', 'secret', 'signature', 'auth')})|PRIVATE-TOKEN|Private-Token|JOB-TOKEN|Job-Token|Deploy-Token|[Aa]pi-[Kk]ey|Ocp-Apim-Subscription-Key)`

/** Something that is known by what stands around it: a text without one of `marks` has none of it. */
interface FormShape {
  readonly marks: readonly string[]
  readonly pattern: string
}

const CAPITAL_MARKS = ['PASSWORD=', 'PASSWD=', 'PASSPHRASE=', 'SECRET=', 'TOKEN=', 'CREDENTIAL', 'KEY=', '_PASS=', '_PWD=']
const PASSWORD_MARKS = ['asswd', 'assword', 'assphrase', 'ASSWD', 'ASSWORD', 'ASSPHRASE', 'wd=', 'wd:', 'WD=', 'WD:', 'wd =', 'wd"']

/**
 * What has another form than a begin of its own. Groups stay, everything else of a match goes. No value that is looked through can hold the
 * begin of another one, or it is short, so that the time stays linear.
 *
 * An assignment is masked only where the value itself looks like a secret, since text and code are full of `password: string` and
 * `token = next()`: a password has a digit or a sign within, a token many characters of all three kinds, or is long and hexadecimal. What a
 * line in the manner of a shell gives a variable in capitals (`DB_PASSWORD=…`) is masked whatever it is.
 */
const FORMS = {
  aws: {
    marks: ['KIA', 'SIA', 'BIA', 'CCA'],
    pattern: `A(?:(?<!${WORD}A)|(?<=\\\\[nrtbf]A))(?:[KSB]IA|CCA)[A-Z0-9]{16}(?!${WORD})(?:[\\s"',:;|]{1,4}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=]))?`,
  },
  azureConnection: {
    marks: ['AccountKey=', 'SharedAccessKey=', 'SharedSecret='],
    pattern: `((?:AccountKey|SharedAccessKey|SharedSecret)=)[A-Za-z0-9+/%]{16,}={0,2}`,
  },
  azureSignature: { marks: ['sig='], pattern: `((?<![A-Za-z0-9_])sig=)[A-Za-z0-9%+/]{20,}={0,2}` },
  slackWebhook: { marks: ['hooks.slack.com'], pattern: `(hooks\\.slack\\.com/(?:services|workflows|triggers)/)[A-Za-z0-9/_-]{10,}` },
  discordWebhook: { marks: ['/webhooks/'], pattern: `(discord(?:app)?\\.com/api(?:/v\\d{1,2})?/webhooks/)[A-Za-z0-9/_-]{20,}` },
  teamsWebhook: { marks: ['/webhookb2/'], pattern: `(webhook\\.office\\.com/webhookb2/)[A-Za-z0-9/@_-]{20,}` },
  privateKey: {
    marks: ['PRIVATE KEY'],
    pattern:
      `(${PEM}${BREAK}{1,4})(?:(?:[^"-]|-(?!----))+(?=-{5,6}END )|` +
      `(?:[A-Z][A-Za-z-]{2,20}: [^"\\\\\\r\\n]{1,80}${BREAK}{1,4}){0,4}(?:[-+ ]?[A-Za-z0-9+/=]{16,100}${BREAK}{0,4})+(?:[A-Za-z0-9+/]{2,15}={0,2}(?![^\\s"\\\\]))?)`,
  },
  quotedPassword: {
    marks: PASSWORD_MARKS,
    pattern:
      `(${PASSWORD}(?:\\s{0,4}[:=]|${QUOTE}\\s{0,4}(?:[:=]|=>))\\s{0,4}${OPENED})(?![$<*]|\\.{0,2}/)` +
      `(?=[^\\s"'\\\\]{0,64}?(?:\\d|[!@#$%^*+~,;&]))(?:[^\\s"'\\\\]|\\\\{1,8}[^\\s"'\\\\nrt]){6,256}(?=${QUOTE})`,
  },
  password: {
    marks: PASSWORD_MARKS,
    pattern:
      `(${PASSWORD}${ASSIGNS})(?![/.$<*])(?=[^\\s"'\`\\\\,;&<>()[\\]{}:=]{0,64}?(?:\\d|[!@#$%^*+~][A-Za-z0-9]))` +
      `[^\\s"'\`\\\\,;&<>()[\\]{}]{6,256}(?![^\\s"'\`\\\\,;&<>)}\\]])`,
  },
  variable: { marks: CAPITAL_MARKS, pattern: `(${IN_CAPITALS}=)${BARE}` },
  quotedVariable: { marks: CAPITAL_MARKS, pattern: `(${IN_CAPITALS}=${OPENED})${NO_VALUE}[^"'\\\\\\r\\n]{6,1024}(?=${QUOTE})` },
  assigned: {
    marks: ['ecret', 'ECRET', 'oken', 'OKEN', 'redential', 'REDENTIAL', 'key', 'Key', 'KEY'],
    pattern: `(${SECRET}${ASSIGNS})${LONG_VALUE}`,
  },
  header: {
    marks: ['x-', 'X-', '-TOKEN', '-Token', 'pi-key', 'pi-Key', '-Key'],
    pattern: `(${OF_HEADER}(?:${QUOTE})?\\s{0,4}:\\s{0,4}${OPENED}?)(?![$<*{[(])[^\\s"'\\\\,;<>]{8,4096}`,
  },
  bearer: { marks: ['earer'], pattern: `([Bb]earer\\s{1,4})${DOTTED}{8,}` },
  authorization: {
    marks: ['uthorization'],
    pattern:
      `([Aa]uthorization(?:${QUOTE})?\\s{0,4}[:=]\\s{0,4}${OPENED}?(?:[A-Za-z][A-Za-z0-9-]{1,24}[ \\t]{1,4})?)` +
      `(?![Bb]earer\\s|[Bb]asic\\s|[$<*{([])[^\\s"'\\\\<>()]{8,}`,
  },
  signature: {
    marks: ['ignature=', 'response=', 'nonce=', 'opaque=', 'oauth_'],
    pattern: `((?<![A-Za-z])(?:[Ss]ignature|response|cnonce|nonce|opaque|oauth_(?:token|signature|nonce))=${OPENED}?)(?=[A-Za-z+/_~%-]{0,128}\\d)[A-Za-z0-9+/_~%-]{24,1024}={0,2}`,
  },
  cookie: {
    marks: ['ookie'],
    pattern: `((?:[Ss]et-)?[Cc]ookie(?:${QUOTE})?\\s{0,4}:\\s{0,4}${OPENED}?)(?=[\\w.-]{1,64}=[^\\s"'\\\\;]{6})[^"'\\\\\\r\\n]{8,4096}`,
  },
  npmrc: {
    marks: ['_auth', '_password'],
    pattern: `((?<![A-Za-z0-9])_(?:authToken|auth|password)\\s{0,4}=\\s{0,4}${OPENED}?)(?![$<*{])[^\\s"'\\\\]{6,}`,
  },
  netrc: { marks: ['login'], pattern: `(login\\s{1,8}[^\\s"'\\\\]{1,128}\\s{1,8}password\\s{1,8})[^\\s"'\\\\]{4,1024}` },
  option: { marks: ['--'], pattern: `(${OPTION}=${OPENED}?)(?![$<*{(])[^\\s"'\\\\]{6,1024}` },
  optionValue: {
    marks: ['--'],
    pattern: `(${OPTION}\\s{1,4}${OPENED}?)(?![$<*{(-])(?=[^\\s"'\\\\]{0,64}?(?:\\d|[!@#$%^*+~][A-Za-z0-9]))[^\\s"'\\\\]{6,1024}`,
  },
  curlUser: {
    marks: ['-u', '--user'],
    pattern: `((?:-u|--user)(?:\\s{1,4}|=)${OPENED}?[^\\s"'\\\\:/]{1,64}:)(?![$<*{(])[^\\s"'\\\\]{4,1024}`,
  },
  url: {
    marks: ['://'],
    pattern: `(://[^\\s/:@?#"'\\\\<>]{0,256}:)(?!\\d{1,5}(?:[/?#]|$))(?:[^\\s"'\\\\<>:]|:(?!//)){1,1024}(?=@[A-Za-z0-9[])`,
  },
} as const satisfies Readonly<Record<string, FormShape>>

/** Tokens that have no begin of their own, but a form within. No border before that of Telegram: it would miss `bot123456:…` in URLs. */
const ODD_TOKENS = {
  telegram: `\\d{6}:${DASHED}{30,}`,
  azureClient: `(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\\dQ~[A-Za-z0-9_~.-]{24,40}`,
  discord: `(?<!${WORD})[MNO][A-Za-z0-9_-]{22,28}\\.${DASHED}{6}\\.${DASHED}{27,}`,
  terraform: `(?<!${WORD})${WORD}{14}\\.atlasv1\\.${DASHED}{40,}`,
} as const

/**
 * A JSON web token, and what begins like one: that is taken whole and left as it is, lest it is looked through from each place within it at
 * which one could begin.
 */
const JWT = new RegExp(`(?<!${WORD})eyJ${DASHED}{10,}(\\.${DASHED}{6,}\\.${DASHED}{10,})?`, 'g')

/** The name of a shape. */
export type ShapeName = 'jwt' | keyof typeof TOKENS | keyof typeof ODD_TOKENS | keyof typeof FORMS

/** The name of every shape there is. */
export const SHAPE_NAMES = [...Object.keys(FORMS), ...Object.keys(ODD_TOKENS), ...Object.keys(TOKENS), 'jwt'] as readonly ShapeName[]

/** Each with its groups, which a replacement keeps. */
const forms = Object.values<FormShape>(FORMS).map(({ marks, pattern }) => {
  const groups = (new RegExp(`${pattern}|`).exec('')?.length ?? 1) - 1
  const kept = Array.from({ length: groups }, (_, index) => `$${index + 1}`).join('')
  return { marks, pattern: new RegExp(pattern, 'g'), kept }
})

/** What a text may have a token in: only so long runs are looked at closer. In a text of JSON a line break before it ends in a letter. */
const RUN = /(\\[nrtbf]|\\u[0-9A-Fa-f]{4})?([A-Za-z0-9_.~:/+=-]{16,})/g
const tokens: readonly TokenShape[] = Object.values(TOKENS)
const TOKEN = new RegExp([...Object.values(ODD_TOKENS), `(?<!${WORD})(?:${tokens.map(tokenSource).join('|')})`].join('|'), 'g')

/** The begin of a token at the end of a text, which the next line may go on with. */
export const TOKEN_BEGUN = new RegExp(
  `(?<!${WORD})(?:${tokens
    .filter(({ wordlike }) => !wordlike)
    .map(({ begin, body }) => `${begin}${body}{0,512}`)
    .concat(`eyJ${DASHED}{0,512}`)
    .join('|')})$`,
)

/** Characters that are looked through at once: an expression that goes back over many more than these runs out of its stack. */
const LONGEST_PIECE = 1024 * 1024
/** How far back from there a better place to cut is looked for. */
const LONGEST_WAY_BACK = 64 * 1024

/** Has everything in a text replaced that has the shape of a secret, but for what tells which one it was. */
export function replaceShapes(text: string, by: string): string {
  if (text.length <= LONGEST_PIECE) return replaceIn(text, by)
  const pieces: string[] = []
  for (let from = 0; from < text.length; ) {
    const to = pieceEnd(text, from)
    pieces.push(replaceIn(text.slice(from, to), by))
    from = to
  }
  return pieces.join('')
}

/** Where a piece of a long text ends: before a private key, else behind a line, else behind a word, where there is one. */
function pieceEnd(text: string, from: number): number {
  const end = from + LONGEST_PIECE
  if (end >= text.length) return text.length
  const back = end - LONGEST_WAY_BACK
  const tail = text.slice(back, end)
  const key = tail.lastIndexOf('-----BEGIN ')
  if (key > 0 && key > tail.lastIndexOf('-----END ')) return back + key
  const line = Math.max(tail.lastIndexOf('\n') + 1, tail.lastIndexOf('\\n') + 2)
  if (line > 2) return back + line
  const word = tail.lastIndexOf(' ') + 1
  return word > 0 ? back + word : end
}

function replaceIn(text: string, by: string): string {
  let rest = text
  for (const { marks, pattern, kept } of forms) {
    if (marks.some((mark) => rest.includes(mark))) rest = rest.replace(pattern, kept + by)
  }
  return rest.replace(RUN, (_all, before: string | undefined, run: string) => {
    const known = run.includes('eyJ') ? run.replace(JWT, (begun, more?: string) => (more === undefined ? begun : by)) : run
    return (before ?? '') + known.replace(TOKEN, by)
  })
}

function tokenSource({ begin, body, least, more = '' }: TokenShape): string {
  return `${begin}${body}{${least},}${more}`
}

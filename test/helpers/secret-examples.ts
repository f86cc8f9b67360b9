import type { ShapeName } from '../../src/lib/secret-shapes.ts'

/** Random characters out of some. */
type Pick = (characters: string, count: number) => string

/** A secret in a text that makes it known for one. */
interface Example {
  readonly text: string
  readonly secret: string
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const UPPER = LOWER.toUpperCase()
const WORD = LOWER + UPPER + DIGITS
const DASHED = `${WORD}_-`
const HEX = '0123456789abcdef'

const begun =
  (begin: string, characters: string, count: number, more: (pick: Pick) => string = () => '') =>
  (pick: Pick): Example => {
    const secret = pick(characters, count) + more(pick)
    return { text: begin + secret, secret }
  }
const within =
  (before: string, characters: string, count: number, after = '') =>
  (pick: Pick): Example => {
    const secret = `x7Q${pick(characters, count)}`
    return { text: before + secret + after, secret }
  }

/** How a secret of each shape looks. The begins stand apart, so that no scanner takes this file for a leak. */
export const SECRET_EXAMPLES: Readonly<Record<ShapeName, (pick: Pick) => Example>> = {
  orchestratorRun: begun('orc-run-', DASHED, 32),
  anthropic: begun('sk-ant-', DASHED, 40),
  openai: begun('sk-svcacct-', DASHED, 40),
  openaiLegacy: begun('sk-', WORD, 48),
  github: begun('gho_', WORD, 36),
  githubFine: begun('github_pat_', WORD, 60),
  gitlab: begun('glrt-', DASHED, 20),
  gitlabRunner: begun('GR1348941', DASHED, 20),
  grafana: begun('glsa_', WORD, 32),
  google: begun('AIza', DASHED, 35),
  googleAccess: begun('ya29.', DASHED, 60),
  googleRefresh: begun('1//0', DASHED, 40),
  googleClient: begun('GOCSPX-', DASHED, 28),
  slack: begun('xoxe.xoxp-', WORD, 40),
  slackApp: begun('xapp-', WORD, 40),
  npm: begun('npm_', WORD, 36),
  pypi: begun('pypi-', DASHED, 60),
  huggingFace: begun('hf_', WORD, 34),
  stripe: begun('sk_live_', WORD, 24),
  stripeWebhook: begun('whsec_', WORD, 32),
  sendGrid: begun('SG.', DASHED, 22, (pick) => `.${pick(DASHED, 43)}`),
  digitalOcean: begun('dop_v1_', HEX, 64),
  shopify: begun('shpat_', HEX, 32),
  vault: begun('hvs.', DASHED, 24),
  mailgun: begun('key-', HEX, 32),
  twilio: begun('SK', HEX, 32),
  square: begun('sq0csp-', DASHED, 43),
  atlassian: begun('ATATT3', WORD, 60),
  linear: begun('lin_api_', WORD, 40),
  notion: begun('ntn_', WORD, 46),
  figma: begun('figd_', DASHED, 40),
  databricks: begun('dapi', HEX, 32),
  doppler: begun('dp.pt.', WORD, 43),
  newRelic: begun('NRAK-', UPPER + DIGITS, 27),
  postman: begun('PMAK-', HEX, 59),
  replicate: begun('r8_', WORD, 37),
  groq: begun('gsk_', WORD, 52),
  xai: begun('xai-', WORD, 80),
  perplexity: begun('pplx-', WORD, 48),
  rubyGems: begun('rubygems_', HEX, 48),
  docker: begun('dckr_pat_', DASHED, 27),
  planetScale: begun('pscale_tkn_', WORD, 43),
  supabase: begun('sbp_', HEX, 40),
  netlify: begun('nfp_', WORD, 36),
  tailscale: begun('tskey-auth-', WORD, 40),
  sentry: begun('sntrys_', WORD, 60),
  langSmith: begun('lsv2_pt_', HEX, 42),
  age: begun('AGE-SECRET-KEY-1', UPPER + DIGITS, 58),
  jwt: begun('eyJ', DASHED, 20, (pick) => `.eyJ${pick(DASHED, 40)}.${pick(DASHED, 43)}`),
  telegram: begun('123456789:', DASHED, 35),
  azureClient: (pick) => {
    const secret = `${pick(WORD, 3)}8Q~${pick(WORD, 34)}`
    return { text: secret, secret }
  },
  discord: begun('M', WORD, 24, (pick) => `.${pick(DASHED, 6)}.${pick(DASHED, 38)}`),
  terraform: (pick) => {
    const secret = `${pick(WORD, 14)}.atlasv1.${pick(DASHED, 60)}`
    return { text: secret, secret }
  },
  aws: (pick) => {
    const [id, secret] = [`AKIA${pick(UPPER + DIGITS, 16)}`, pick(`${WORD}/+`, 40)]
    return { text: `${id},${secret}`, secret: `${id},${secret}` }
  },
  azureConnection: within('AccountName=a;AccountKey=', WORD, 85, '=='),
  azureSignature: within('https://a.blob.core.windows.net/c?sv=1&sig=', WORD, 43, '%3D'),
  slackWebhook: within('https://hooks.slack.com/services/', WORD, 44),
  discordWebhook: within('https://discord.com/api/webhooks/', DASHED, 68),
  teamsWebhook: within('https://a.webhook.office.com/webhookb2/', WORD, 60),
  privateKey: (pick) => {
    const lines = [64, 64, 20].map((count) => pick(WORD, count))
    return { text: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----`, secret: lines.join('\n') }
  },
  password: within('password: ', WORD, 12),
  quotedPassword: within('password = "', `${WORD},;&`, 16, '"'),
  variable: (pick) => {
    const secret = pick(LOWER, 14)
    return { text: `REDIS_PASSWORD=${secret}`, secret }
  },
  quotedVariable: within('DJANGO_SECRET_KEY="', `${WORD} ,;#!`, 30, 'z"'),
  assigned: within('client_secret: ', WORD, 40),
  header: within('X-Api-Key: ', WORD, 24),
  bearer: within('curl -H "x: Bearer ', DASHED, 40, '"'),
  authorization: within('Authorization: Token ', HEX, 40),
  signature: within('Digest username="u", response="', HEX, 32, '"'),
  cookie: within('Set-Cookie: session=', WORD, 32, '; Path=/'),
  npmrc: within('//registry.npmjs.org/:_authToken=', WORD, 36),
  netrc: within('machine a.example login me password ', WORD, 12),
  option: within('mysqldump --password=', WORD, 12),
  optionValue: within('deploy --token ', WORD, 20),
  curlUser: within('curl -u me:', WORD, 12),
  url: within('postgres://me:', `${WORD}/#?@`, 16, 'z@db.example/app'),
}

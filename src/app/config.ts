import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import { LOG_LEVELS } from '#platform/log.ts'
import { choice, choices, flag, integer, type Setting, text, type ValueOf } from './settings.ts'

// Every setting of the hub, once: name, environment variable, default, range and words. `holdfast config` prints this table.

export const ROLES = ['api', 'worker', 'console'] as const

export const SETTINGS = {
  port: integer('PORT', 8686, 0, 65_535, {
    zh: '监听端口；0 为任意空闲端口',
    en: 'port to listen on; 0 takes any free one',
  }),
  host: text('HOST', '127.0.0.1', isHost, 'an address or host name of this machine', {
    zh: '监听地址；默认仅本机可访问',
    en: 'address to listen on; by default only this machine can reach it',
  }),
  publicUrl: text('PUBLIC_URL', null, isHttpUrl, 'http:// or https:// and a host, without a path', {
    zh: '平台访问本系统的地址，用于生成回调地址',
    en: 'how platforms and browsers reach the hub; callback URLs begin with it',
  }),
  trustProxy: text(
    'TRUST_PROXY',
    null,
    isProxyList,
    'addresses or networks (10.0.0.0/8), comma separated, or loopback',
    {
      zh: '可信反向代理的地址',
      en: 'reverse proxies whose x-forwarded-* headers are believed',
    },
  ),
  dataDir: text('DATA_DIR', './data', isPath, 'a folder', {
    zh: '数据目录',
    en: 'where the hub keeps its data',
  }),
  databaseUrl: text('DATABASE_URL', null, isPostgresUrl, 'postgres://user:password@host:port/database', {
    zh: '外部 PostgreSQL；不填则使用内置数据库',
    en: 'an outside PostgreSQL; without it the hub starts its own in DATA_DIR',
    secret: true,
  }),
  databaseConnections: integer('DATABASE_CONNECTIONS', 12, 2, 200, {
    zh: '数据库连接数上限',
    en: 'most connections to the database from this process',
  }),
  encryptionKey: text('HOLDFAST_KEY', null, isKey, '64 hexadecimal digits (32 bytes)', {
    zh: '凭据加密密钥；不填则生成并保存在数据目录',
    en: 'key that encrypts credentials; without it one is made and kept in DATA_DIR. Processes that share a database share it',
    secret: true,
  }),
  logLevel: choice('LOG_LEVEL', 'info', LOG_LEVELS, { zh: '日志级别', en: 'what is logged' }),
  logFormat: choice('LOG_FORMAT', 'auto', ['auto', 'json', 'pretty'] as const, {
    zh: '日志格式；auto 在终端上易读，否则为 JSON',
    en: 'auto: lines for people on a terminal, JSON elsewhere',
  }),
  roles: choices('ROLES', ['api', 'worker', 'console'], ROLES, {
    zh: '本进程承担的角色',
    en: 'what this process does: api takes requests and callbacks, worker interprets and reports, console serves the pages',
  }),
  hubZone: text('HUB_ZONE', 'Asia/Shanghai', isZone, 'an IANA time zone', {
    zh: '显示与输出使用的时区',
    en: 'zone of every time the hub shows or sends',
  }),
  rawMessageDays: integer('RAW_MESSAGE_DAYS', 30, 1, 3_650, {
    zh: '原始报文保留天数',
    en: 'days for which raw messages are kept',
  }),
  bodyLimitBytes: integer('BODY_LIMIT_BYTES', 2_097_152, 1_024, 104_857_600, {
    zh: '请求体上限（字节）',
    en: 'largest request body in bytes; uploads have their own limit',
  }),
  requestTimeoutSeconds: integer('REQUEST_TIMEOUT_SECONDS', 120, 1, 3_600, {
    zh: '接收完整请求的时限（秒）',
    en: 'seconds in which a whole request must arrive',
  }),
  ingestBatchMax: integer('INGEST_BATCH_MAX', 512, 1, 5_000, {
    zh: '每批写入收件箱的报文上限',
    en: 'most messages committed to the inbox at once',
  }),
  ingestQueueMax: integer('INGEST_QUEUE_MAX', 8_192, 16, 1_000_000, {
    zh: '等待写入的请求上限；超出则请对方稍后重发',
    en: 'most requests waiting for a commit; beyond it senders are told to come back',
  }),
  interpretBatch: integer('INTERPRET_BATCH', 200, 1, 2_000, {
    zh: '每批解读的报文数',
    en: 'messages interpreted in one transaction',
  }),
  workers: integer('WORKERS', 2, 0, 32, { zh: '解读并发数', en: 'batches interpreted at the same time' }),
  outboxConcurrency: integer('OUTBOX_CONCURRENCY', 8, 1, 256, {
    zh: '对外调用并发数',
    en: 'calls to the outside at the same time',
  }),
  allowLoopbackTargets: flag('ALLOW_LOOPBACK_TARGETS', false, {
    zh: '允许连接指向本机地址（模拟环境用）',
    en: 'connections may point at this machine or a private network (the demo needs it)',
  }),
  sessionHours: integer('SESSION_HOURS', 12, 1, 720, {
    zh: '无操作多少小时后退出登录',
    en: 'hours without a request after which a session ends',
  }),
  sessionMaxDays: integer('SESSION_MAX_DAYS', 7, 1, 90, {
    zh: '登录最长有效天数',
    en: 'days after which a session ends in any case',
  }),
} as const satisfies Record<string, Setting<unknown>>

export type SettingName = keyof typeof SETTINGS
export type Config = { readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> }
export type Role = (typeof ROLES)[number]
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads every setting. Empty means not given. A bad value is refused with `config.invalid`: one line that names the
 * variable, what was given (never for a secret) and what is allowed; `data.problems` has all of them.
 */
export function readConfig(env: Environment): Result<Config> {
  const config: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [name, setting] of entries()) {
    const given = env[setting.env]?.trim() ?? ''
    const read = given === '' ? ok(setting.fallback) : setting.parse(given)
    if (read.ok) config[name] = read.value
    else
      problems.push(
        `${setting.env} is ${setting.secret ? 'not valid' : `"${given.slice(0, 80)}"`}: expected ${setting.allowed}`,
      )
  }
  const [first] = problems
  return first === undefined ? ok(config as Config) : refuse('config.invalid', first, { problems })
}

/** The only place in `src/` that looks at the process's own environment. */
export function processEnvironment(): Environment {
  return process.env
}

export type ConfigRow = {
  readonly name: string
  readonly env: string
  readonly value: string
  readonly from: 'default' | 'environment' | 'option'
  readonly standard: string
  readonly allowed: string
  readonly zh: string
  readonly en: string
  readonly problem: string | null
}

/** The table of `holdfast config`, secrets masked. `options` are settings given on the command line. */
export function describeConfig(env: Environment, options: Environment = {}): ConfigRow[] {
  return entries().map(([name, setting]) => {
    const option = options[setting.env]?.trim() ?? ''
    const given = option === '' ? (env[setting.env]?.trim() ?? '') : option
    const read = given === '' ? ok(setting.fallback) : setting.parse(given)
    return {
      name,
      env: setting.env,
      value: setting.secret ? masked(given) : read.ok ? shown(read.value) : given,
      from: option !== '' ? 'option' : given === '' ? 'default' : 'environment',
      standard: shown(setting.fallback),
      allowed: setting.allowed,
      zh: setting.zh,
      en: setting.en,
      problem: read.ok ? null : read.refusal.detail,
    }
  })
}

/** Whether only this machine can reach the hub. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

export function refusalLines(refusal: Refusal): string[] {
  const data = refusal.data as { problems?: string[] } | undefined
  return (data?.problems ?? [refusal.detail]).map((line) => `${refusal.code}: ${line}`)
}

function entries(): [string, Setting<unknown>][] {
  return Object.entries(SETTINGS)
}

function shown(value: unknown): string {
  return value === null ? '' : Array.isArray(value) ? value.join(',') : String(value)
}

function masked(given: string): string {
  if (given === '') return ''
  return URL.canParse(given) && given.includes('@')
    ? given.replace(/\/\/[^@]*@/, '//***@').replace(/\?.*$/, '')
    : '***'
}

function isHost(value: string): boolean {
  return /^[A-Za-z0-9.:[\]_-]{1,253}$/.test(value)
}

function isPath(value: string): boolean {
  return value.length <= 4_096 && !value.includes('\0')
}

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.username === ''
}

/** A socket folder in place of a host (`postgres://holdfast@/orders?host=/run/postgresql`) is a URL to PostgreSQL alone. */
function isPostgresUrl(value: string): boolean {
  const plain = value.replace('@/', '@localhost/')
  return URL.canParse(plain) && /^postgres(ql)?:$/.test(new URL(plain).protocol)
}

function isKey(value: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(value)
}

function isProxyList(value: string): boolean {
  return value
    .split(',')
    .every((part) => /^(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(\/\d{1,3})?)$/.test(part.trim()))
}

function isZone(value: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(value)
    return /^[A-Z]/.test(value)
  } catch {
    return false
  }
}

import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import { LOG_LEVELS } from '#platform/log.ts'
import { PARCEL_SETTINGS } from './parcel-settings.ts'
import { PEOPLE_SETTINGS } from './people-settings.ts'
import {
  isHost,
  isHttpUrl,
  isKey,
  isNetworkList,
  isPath,
  isPostgresUrl,
  isProxyList,
  isRedisUrl,
  isRetellTime,
  isZone,
} from './setting-shapes.ts'
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
  drainSeconds: integer('DRAIN_SECONDS', 0, 0, 300, {
    zh: '收到停止信号后继续应答多少秒（/readyz 先变为 503），供负载均衡移走流量',
    en: 'seconds for which a process that was told to stop still answers while /readyz says 503, so that a load balancer sends new requests elsewhere',
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
  workersMax: integer('WORKERS_MAX', 4, 1, 32, {
    zh: '积压时的解读并发上限',
    en: 'batches interpreted at the same time while a backlog is worked off',
  }),
  backlogOldSeconds: integer('BACKLOG_OLD_SECONDS', 120, 5, 86_400, {
    zh: '最早一条消息等待多少秒告警',
    en: 'age in seconds of the oldest waiting message from which on it is alarmed',
  }),
  backlogDeadLetters: integer('BACKLOG_DEAD_LETTERS', 50, 1, 100_000, {
    zh: '同一原因搁置多少条告警；死信队列同此',
    en: 'messages parked for one reason, or in an outside dead-letter queue, from which on it is alarmed',
  }),
  backlogQueueDepth: integer('BACKLOG_QUEUE_DEPTH', 500, 1, 10_000_000, {
    zh: '外部队列积压多少条告警',
    en: 'messages waiting in an outside queue from which on it is alarmed',
  }),
  outboxConcurrency: integer('OUTBOX_CONCURRENCY', 8, 1, 256, {
    zh: '对外调用并发数',
    en: 'calls to the outside at the same time',
  }),
  callsPerSecond: integer('CALLS_PER_SECOND', 5, 1, 10_000, {
    zh: '平台未公布限额时，每个账号每秒调用上限',
    en: 'calls a second of an account whose platform documents no limit',
  }),
  callsBurst: integer('CALLS_BURST', 20, 1, 10_000, {
    zh: '平台未公布限额时，每个账号一次可连发的调用数',
    en: 'calls at once of such an account',
  }),
  spoolSecondDir: text('SPOOL_SECOND_DIR', null, isPath, 'a folder on another disk', {
    zh: '第二个应急落盘目录，建议放在另一块磁盘',
    en: 'a second folder for the spool, used when the first cannot be written; best on another disk',
  }),
  spoolQuotaMb: integer('SPOOL_QUOTA_MB', 2_048, 1, 1_048_576, {
    zh: '应急落盘上限（MiB）；70% 告警，满则请对方稍后重发',
    en: 'most that may wait in the spool, in MiB; an alarm at 70%, beyond it senders are told to come back',
  }),
  spoolReserveMb: integer('SPOOL_RESERVE_MB', 64, 0, 65_536, {
    zh: '在磁盘上预先占住的空间（MiB），磁盘写满时才放出来收单',
    en: 'room held on the disk in MiB, given up for the last messages when the disk is full',
  }),
  spoolEncrypt: flag('SPOOL_ENCRYPT', true, {
    zh: '应急落盘的报文加密',
    en: 'messages in the spool are encrypted with the key of the hub',
  }),
  spoolAllowTmpfs: flag('SPOOL_ALLOW_TMPFS', false, {
    zh: '允许应急落盘在内存盘上（重启即丢，仅供试验）',
    en: 'the spool may lie in memory (tmpfs), where a restart loses it; for experiments only',
  }),
  spoolCommitDeadlineMs: integer('SPOOL_COMMIT_DEADLINE_MS', 3_000, 200, 60_000, {
    zh: '多久没有一次提交成功就视为数据库挂起（毫秒）',
    en: 'milliseconds without any commit, while messages wait, after which the database counts as hanging',
  }),
  spoolRetrySeconds: integer('SPOOL_RETRY_SECONDS', 5, 1, 30, {
    zh: '降级期间每隔几秒试一次数据库',
    en: 'seconds between two tries of a database that is away',
  }),
  spoolKeepDays: integer('SPOOL_KEEP_DAYS', 7, 0, 3_650, {
    zh: '已合并的落盘文件保留天数',
    en: 'days for which merged spool files are kept',
  }),
  stockLanes: integer('STOCK_LANES', 1, 1, 8, {
    zh: '同时进行的库存事务数',
    en: 'transactions of the stock engine at the same time; each gathers all who wait',
  }),
  stockLockMinutes: integer('STOCK_LOCK_MINUTES', 15, 1, 10_080, {
    zh: '锁库多少分钟后须续期，否则按超时处理',
    en: 'minutes after which a lock wants its heartbeat, or counts as old',
  }),
  stockMovementDays: integer('STOCK_MOVEMENT_DAYS', 180, 7, 3_650, {
    zh: '库存变动记录保留天数',
    en: 'days for which movements of stock are kept',
  }),
  ruleDecisionDays: integer('RULE_DECISION_DAYS', 90, 1, 3_650, {
    zh: '规则决策记录保留天数',
    en: 'days for which decisions of rules are kept',
  }),
  rulesWatchMinutes: integer('RULES_WATCH_MINUTES', 120, 1, 10_080, {
    zh: '灰度版本观察多少分钟后自动全量',
    en: 'minutes for which a gray version of rules is watched before it is promoted by itself',
  }),
  rulesWatchDecisions: integer('RULES_WATCH_DECISIONS', 100, 1, 1_000_000, {
    zh: '灰度版本至少决策多少单才自动全量，否则延长观察',
    en: 'decisions of a gray version below which it is watched on instead of promoted',
  }),
  rulesReviewPercent: integer('RULES_REVIEW_PERCENT', 20, 1, 100, {
    zh: '生效规则近一小时转人工的占比达到多少（%）告警',
    en: "share of the last hour's orders that live rules leave to review, in percent, from which on it is alarmed",
  }),
  redisUrl: text(
    'REDIS_URL',
    null,
    isRedisUrl,
    'redis://user:password@host:port/0, or rediss://; several host:port for a Cluster',
    {
      zh: 'Redis 或 Redis Cluster（多个节点用逗号分隔），放在库存账前面；不填则由 PostgreSQL 独自锁库',
      en: 'Redis, or a Cluster by several nodes, in front of the stock ledger; without it PostgreSQL locks alone',
      secret: true,
    },
  ),
  redisTimeoutMs: integer('REDIS_TIMEOUT_MS', 250, 10, 5_000, {
    zh: 'Redis 多少毫秒不应答即绕过',
    en: 'milliseconds without an answer after which Redis is passed by',
  }),
  redisAlarmSeconds: integer('REDIS_ALARM_SECONDS', 15, 2, 3_600, {
    zh: 'Redis 不可用多少秒后告警',
    en: 'seconds for which Redis may be away before it is an alarm',
  }),
  allowLoopbackTargets: flag('ALLOW_LOOPBACK_TARGETS', false, {
    zh: '允许连接指向本机地址（模拟环境用）',
    en: 'connections may point at this machine or a private network (the demo needs it)',
  }),
  privateTargets: text(
    'PRIVATE_TARGETS',
    null,
    isNetworkList,
    'addresses or networks (10.20.0.0/16), comma separated',
    {
      zh: '允许连接访问的内网地址或网段，如仓库系统所在网段',
      en: 'private addresses and networks that connections may point at, such as that of your warehouses',
    },
  ),
  callbackDays: integer('CALLBACK_DAYS', 42, 7, 400, {
    zh: '回调健康统计保留天数；节律由这些天学得',
    en: 'days of callback figures kept; the rhythm is learned from them',
  }),
  callbackSilenceOdds: integer('CALLBACK_SILENCE_ODDS', 10_000, 10, 1_000_000_000, {
    zh: '静默告警的把握：偶然发生的概率小于此数分之一才告警',
    en: 'a silence is alarmed when chance would bring it less than once in so many times',
  }),
  callbackSilenceSeconds: integer('CALLBACK_SILENCE_SECONDS', 180, 10, 86_400, {
    zh: '短于此秒数的静默从不告警',
    en: 'shorter silences are never alarmed, however busy the connection',
  }),
  callbackSilenceMinutes: integer('CALLBACK_SILENCE_MINUTES', 0, 0, 10_080, {
    zh: '尚无节律的连接静默多少分钟告警；0 为不看',
    en: 'silence in minutes that is alarmed where no rhythm is known yet; 0 leaves those unwatched',
  }),
  callbackForgedPercent: integer('CALLBACK_FORGED_PERCENT', 20, 1, 100, {
    zh: '签名失败占比达到多少（%）告警',
    en: 'share of requests with a wrong signature or time, in percent, from which on it is alarmed',
  }),
  callbackLatePercent: integer('CALLBACK_LATE_PERCENT', 5, 1, 100, {
    zh: '超过平台应答时限的占比达到多少（%）告警',
    en: "share of answers after the platform's limit, in percent, from which on it is alarmed",
  }),
  callbackUnavailablePercent: integer('CALLBACK_UNAVAILABLE_PERCENT', 5, 1, 100, {
    zh: '答复"稍后再发"的占比达到多少（%）告警',
    en: 'share of "come back later" answers, in percent, from which on it is alarmed',
  }),
  tlsProbeMinutes: integer('TLS_PROBE_MINUTES', 5, 1, 1_440, {
    zh: '证书检查间隔（分钟）',
    en: 'minutes between two looks at the certificates',
  }),
  tlsWarnDays: integer('TLS_WARN_DAYS', 21, 1, 365, {
    zh: '证书剩余多少天开始告警',
    en: 'days left of a certificate from which on it is alarmed',
  }),
  tlsCriticalDays: integer('TLS_CRITICAL_DAYS', 7, 1, 365, {
    zh: '证书剩余多少天为严重',
    en: 'days left of a certificate from which on the alarm is critical',
  }),
  tlsCaFile: text('TLS_CA_FILE', null, isPath, 'a file with certificates (PEM)', {
    zh: '额外信任的根证书文件（自建 CA）',
    en: 'further root certificates to trust when certificates are looked at (a CA of your own)',
  }),
  databaseAlarmSeconds: integer('DATABASE_ALARM_SECONDS', 15, 2, 3_600, {
    zh: '数据库连不上多少秒后告警',
    en: 'seconds without an answer of the database after which people are told',
  }),
  streamDownSeconds: integer('STREAM_DOWN_SECONDS', 120, 10, 86_400, {
    zh: '长连接断开多少秒后告警；10 倍时为严重',
    en: 'seconds for which a stream may be down before it is an alarm; critical after ten times as long',
  }),
  outboxDeadCritical: integer('OUTBOX_DEAD_CRITICAL', 50, 1, 1_000_000, {
    zh: '同一连接放弃的对外动作达到多少个为严重',
    en: 'given-up calls of one connection from which on the alarm is critical',
  }),
  alarmDays: integer('ALARM_DAYS', 180, 1, 3_650, {
    zh: '已恢复告警与通知记录保留天数',
    en: 'days for which resolved alarms and what was told of them are kept',
  }),
  stockShortMinutes: integer('STOCK_SHORT_MINUTES', 15, 1, 10_080, {
    zh: '已付款订单缺货多少分钟告警',
    en: 'minutes for which paid orders may be short of stock before it is alarmed',
  }),
  stockUnseenMinutes: integer('STOCK_UNSEEN_MINUTES', 30, 1, 1_440, {
    zh: '中枢已出库、仓库系统多少分钟仍未扣减时列为差异',
    en: 'minutes after which goods that left by the hub and that their warehouse has not counted down are a finding',
  }),
  captureLagSeconds: integer('CAPTURE_LAG_SECONDS', 10, 1, 3_600, {
    zh: '仓库库存变更多少秒才进台账时告警',
    en: "seconds from a warehouse's change to the ledger above which it is an alarm",
  }),
  stockBehindMinutes: integer('STOCK_BEHIND_MINUTES', 5, 1, 1_440, {
    zh: '渠道库存多少分钟没有更新到平台时告警',
    en: "minutes after which a channel's stock that could not be told is alarmed",
  }),
  stockRetellAt: text('STOCK_RETELL_AT', '03:30', isRetellTime, 'HH:MM, or off', {
    zh: '每天几点把全部渠道库存重新告知一遍；off 为不做',
    en: 'time of day at which every channel is told all its stock again; off: never',
  }),
  ...PEOPLE_SETTINGS,
  reviewOverdueAlarm: integer('REVIEW_OVERDUE_ALARM', 20, 0, 100_000, {
    zh: '异常工作台超期且无人认领多少件以上告警',
    en: 'cases of the workbench past due that nobody has taken; more than this is an alarm',
  }),
  reviewFloodAlarm: integer('REVIEW_FLOOD_ALARM', 200, 1, 100_000, {
    zh: '同一规则 10 分钟内新增多少件以上告警',
    en: 'cases that one rule opens within ten minutes; more than this is an alarm',
  }),
  unlockTwoPeople: flag('UNLOCK_TWO_PEOPLE', true, {
    zh: '强制解锁须由申请人之外的人审批',
    en: 'whoever asks to free a lock by force does not approve it',
  }),
  locksOverdueAlarm: integer('LOCKS_OVERDUE_ALARM', 10, 1, 100_000, {
    zh: '超时未释放的锁库达到多少笔告警',
    en: 'locks past their deadline that wait for a person; so many or more are an alarm',
  }),
  unlockWaitingMinutes: integer('UNLOCK_WAITING_MINUTES', 30, 1, 10_080, {
    zh: '强制解锁申请等待审批超过多少分钟告警',
    en: 'minutes for which a request to free a lock may wait for its decision',
  }),
  transferLockSeconds: integer('TRANSFER_LOCK_SECONDS', 30, 1, 3_600, {
    zh: '调拨单下达多少秒内须锁到货，否则告警',
    en: 'seconds from the instruction within which a transfer must have its lock, or it is flagged',
  }),
  transferTryMinutes: integer('TRANSFER_TRY_MINUTES', 60, 1, 10_080, {
    zh: '调拨单锁不到货时持续重试多少分钟，之后放弃',
    en: 'minutes for which the lock of a transfer is tried, after which it is given up',
  }),
  lockRateLeast: integer('LOCK_RATE_LEAST', 9_990, 1, 10_000, {
    zh: '锁库成功率告警线（万分之）；9990 即 99.90%',
    en: 'success rate of locks below which a warehouse is alarmed, in parts of ten thousand',
  }),
  lockRateHours: integer('LOCK_RATE_HOURS', 2, 1, 24, {
    zh: '锁库成功率连续多少小时低于告警线才告警',
    en: 'hours in a row for which the rate must be below it',
  }),
  lockFailureDays: integer('LOCK_FAILURE_DAYS', 30, 1, 3_650, {
    zh: '失败锁库明细保留天数',
    en: 'days for which locks that failed are kept',
  }),
  ...PARCEL_SETTINGS,
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
    ? given.replace(/\/\/[^@]*@/g, '//***@').replace(/\?.*$/, '')
    : '***'
}

import { doubtful, failed, passed } from '#connectors/warehouses/feed-check.ts'
import type { FeedCheck } from '#domain/stock-feed.ts'
import { atLeast, type ServerFacts, textAt, variablesOf } from './facts.ts'
import { serverFault } from './faults.ts'
import { grantReplication, grantSelect } from './grants.ts'
import type { Server } from './open-server.ts'
import { quoted, type ServerSettings } from './settings.ts'

/** A purge sooner than this would turn a night's outage into a new snapshot. */
const RETENTION_LEAST_SECONDS = 86_400
const CLOCK_MOST_MS = 2_000

/** Everything that is looked at once the account has signed in. Throws what the library threw where the line breaks. */
export async function serverChecks(
  server: Server,
  own: ServerSettings,
  facts: ServerFacts,
): Promise<FeedCheck[]> {
  const variables = await variablesOf(server, [
    'log_bin',
    'binlog_format',
    'binlog_row_image',
    'binlog_transaction_compression',
    'binlog_row_value_options',
    'binlog_expire_logs_seconds',
    'expire_logs_days',
  ])
  const monitor = await monitorCheck(server, own, facts)
  const on = variables.get('log_bin')?.toUpperCase() === 'ON'
  return [
    versionCheck(facts),
    binlogCheck(on, facts),
    ...(on
      ? [formatCheck(variables), imageCheck(variables), encodingCheck(variables), ...monitor]
      : monitor.filter(({ name }) => name !== 'binlog_filter')),
    ...(on ? [await replicationCheck(server, own)] : []),
    await tableCheck(server, own),
    retentionCheck(variables),
    clockCheck(facts),
  ]
}

function versionCheck({ flavour, version }: ServerFacts): FeedCheck {
  const name = flavour === 'mariadb' ? 'MariaDB' : 'MySQL'
  const [major, minor] = flavour === 'mariadb' ? [10, 2] : [5, 7]
  if (atLeast(version, major, minor)) return passed('version', `${name} ${version}`, `${name} ${version}`)
  return doubtful('version', {
    zh: `${name} ${version} 早于 ${major}.${minor}，未经验证`,
    en: `${name} ${version} is older than ${major}.${minor} and untried`,
    todo: { zh: '建议升级数据库', en: 'Consider a newer server' },
  })
}

function binlogCheck(on: boolean, { flavour }: ServerFacts): FeedCheck {
  if (on) return passed('binlog_enabled', 'binlog 已开启', 'The binlog is on')
  return failed('binlog_enabled', {
    zh: '服务器没有开启 binlog，读不到变更',
    en: 'The server writes no binlog, so that nothing can be followed',
    todo: {
      zh: '在服务器配置里加上这几行并重启数据库',
      en: 'Add these lines to the server’s configuration and restart it',
      command: `[${flavour === 'mariadb' ? 'mariadbd' : 'mysqld'}]\nserver_id=1\nlog_bin=mysql-bin\nbinlog_format=ROW\nbinlog_row_image=FULL`,
    },
  })
}

function formatCheck(variables: ReadonlyMap<string, string>): FeedCheck {
  const format = variables.get('binlog_format')?.toUpperCase() ?? 'ROW'
  if (format === 'ROW') return passed('binlog_format', 'binlog 为行格式', 'The binlog has row format')
  return failed('binlog_format', {
    zh: `binlog_format 是 ${format}，需要 ROW`,
    en: `binlog_format is ${format}; ROW is needed`,
    todo: {
      zh: '执行后，已有的数据库连接要重连才生效；同时写进配置文件',
      en: 'Sessions that are open keep the old format until they reconnect; set it in the configuration file too',
      command: "SET GLOBAL binlog_format = 'ROW';",
    },
  })
}

function imageCheck(variables: ReadonlyMap<string, string>): FeedCheck {
  const image = variables.get('binlog_row_image')?.toUpperCase() ?? 'FULL'
  if (image === 'FULL') return passed('binlog_row_image', '变更包含整行', 'Changes hold whole rows')
  return failed('binlog_row_image', {
    zh: `binlog_row_image 是 ${image}，变更只含部分列；需要 FULL`,
    en: `binlog_row_image is ${image}, so that changes hold some columns only; FULL is needed`,
    todo: {
      zh: '执行后，已有的数据库连接要重连才生效；同时写进配置文件',
      en: 'Sessions that are open keep the old setting until they reconnect; set it in the configuration file too',
      command: "SET GLOBAL binlog_row_image = 'FULL';",
    },
  })
}

function encodingCheck(variables: ReadonlyMap<string, string>): FeedCheck {
  const compressed = variables.get('binlog_transaction_compression')?.toUpperCase() === 'ON'
  const partial = /PARTIAL_JSON/i.test(variables.get('binlog_row_value_options') ?? '')
  if (!compressed && !partial)
    return passed('binlog_encoding', 'binlog 编码可读', 'The binlog can be decoded')
  const [name, value] = compressed
    ? ['binlog_transaction_compression', 'OFF']
    : ['binlog_row_value_options', "''"]
  return failed('binlog_encoding', {
    zh: `${name} 已开启，中枢读不了这种编码`,
    en: `${name} is on; the hub cannot decode that`,
    todo: {
      zh: '关闭它；重连后的会话生效',
      en: 'Switch it off; sessions follow as they reconnect',
      command: `SET GLOBAL ${name} = ${value};`,
    },
  })
}

/** SHOW MASTER STATUS needs REPLICATION CLIENT (MariaDB: BINLOG MONITOR), and tells which databases are logged. */
async function monitorCheck(server: Server, own: ServerSettings, facts: ServerFacts): Promise<FeedCheck[]> {
  const words =
    facts.flavour === 'mysql' && atLeast(facts.version, 8, 2)
      ? 'show binary log status'
      : 'show master status'
  try {
    const [row] = await server.query(words)
    const right = passed('monitor_rights', '可以读取 binlog 位置', 'The place in the binlog can be read')
    const listed = (column: string): string[] =>
      textAt(row, column)
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '')
    const only = listed('Binlog_Do_DB')
    const never = listed('Binlog_Ignore_DB')
    const left = (only.length > 0 && !only.includes(own.database)) || never.includes(own.database)
    if (!left)
      return [passed('binlog_filter', `库 ${own.database} 写入 binlog`, `${own.database} is logged`), right]
    return [
      failed('binlog_filter', {
        zh: `服务器配置了 binlog 过滤，库 ${own.database} 的变更不写入`,
        en: `The server’s binlog leaves ${own.database} out`,
        todo: {
          zh: '修改 binlog_do_db / binlog_ignore_db 后重启',
          en: 'Change binlog_do_db or binlog_ignore_db and restart the server',
        },
      }),
      right,
    ]
  } catch (error) {
    const fault = serverFault(error)
    if (fault.code !== 'replication_rights') throw error
    return [
      failed('monitor_rights', {
        zh: '账号没有查看 binlog 位置的权限（REPLICATION CLIENT）',
        en: 'The account may not see where the binlog stands (REPLICATION CLIENT)',
        todo: { zh: '由管理员执行', en: 'An administrator runs', command: grantReplication(own) },
      }),
    ]
  }
}

/** Announces a replica, which needs exactly the right that reading the log needs, and leaves nothing behind. */
async function replicationCheck(server: Server, own: ServerSettings): Promise<FeedCheck> {
  const raw = server.raw as unknown as {
    _registerSlave: (options: { readonly serverId: number }, done: (error?: unknown) => void) => void
  }
  const error = await new Promise<unknown>((resolve) => {
    const timer = setTimeout(() => resolve(null), 5_000)
    raw._registerSlave({ serverId: 0x3fff_fff0 }, (given) => {
      clearTimeout(timer)
      resolve(given ?? null)
    })
  })
  if (error === null) return passed('replication_rights', '有读取 binlog 的权限', 'The binlog may be read')
  const fault = serverFault(error)
  if (fault.code !== 'replication_rights' && fault.code !== 'login') throw error
  return failed('replication_rights', {
    zh: '账号没有读取 binlog 的权限（REPLICATION SLAVE）',
    en: 'The account may not read the binlog (REPLICATION SLAVE)',
    todo: { zh: '由管理员执行', en: 'An administrator runs', command: grantReplication(own) },
  })
}

async function tableCheck(server: Server, own: ServerSettings): Promise<FeedCheck> {
  const rows = await server.query(
    `select table_name as name from information_schema.tables
     where table_schema = ? and table_type = 'BASE TABLE' limit 500`,
    [own.database],
  )
  const readable: string[] = []
  for (const row of rows.slice(0, 20)) {
    const name = textAt(row, 'name')
    const may = await server.query(`select 1 from ${quoted(own.database)}.${quoted(name)} limit 0`).then(
      () => true,
      (error: unknown) => {
        if (serverFault(error).code === 'connection_lost') throw error
        return false
      },
    )
    if (may) readable.push(name)
  }
  if (readable.length > 0)
    return passed(
      'table_rights',
      `可以读取 ${readable.slice(0, 3).join('、')}${rows.length > 3 ? ` 等 ${rows.length} 张表` : ''}`,
      `Can read ${readable.slice(0, 3).join(', ')}${rows.length > 3 ? ` of ${rows.length} tables` : ''}`,
    )
  return failed('table_rights', {
    zh: `账号读不到库 ${own.database} 里的任何表`,
    en: `The account can read no table of ${own.database}`,
    todo: {
      zh: '由管理员执行（把 stock 换成库存表名）',
      en: 'An administrator runs (put the stock table’s name for stock)',
      command: grantSelect(own),
    },
  })
}

function retentionCheck(variables: ReadonlyMap<string, string>): FeedCheck {
  const seconds = Number(variables.get('binlog_expire_logs_seconds') ?? '0')
  const days = Number(variables.get('expire_logs_days') ?? '0')
  const kept = seconds > 0 ? seconds : days * 86_400
  // 0 keeps the log until somebody purges it.
  if (kept === 0) return passed('retention', 'binlog 不自动清理', 'The binlog is not purged by itself')
  if (kept >= RETENTION_LEAST_SECONDS)
    return passed('retention', `binlog 保留 ${hours(kept)} 小时`, `The binlog is kept for ${hours(kept)} h`)
  return doubtful('retention', {
    zh: `binlog 只保留 ${hours(kept)} 小时；中枢停得更久就要重新全量快照`,
    en: `The binlog is kept for ${hours(kept)} h only; after a longer stop of the hub the table is read anew`,
    todo: {
      zh: '建议至少保留 3 天',
      en: 'Three days at least are advised',
      command: 'SET GLOBAL binlog_expire_logs_seconds = 259200;',
    },
  })
}

function hours(seconds: number): string {
  return String(Math.round((seconds / 3_600) * 10) / 10)
}

function clockCheck({ aheadMs }: ServerFacts): FeedCheck {
  const seconds = Math.round(aheadMs / 100) / 10
  if (Math.abs(aheadMs) <= CLOCK_MOST_MS)
    return passed('clock', '数据库与中枢时钟一致', 'The clocks of database and hub agree')
  return doubtful('clock', {
    zh: `数据库时钟比中枢${aheadMs > 0 ? '快' : '慢'} ${Math.abs(seconds)} 秒，采集延迟的数字会有同样的偏差`,
    en: `The database’s clock is ${Math.abs(seconds)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the hub’s; lag is told wrong by as much`,
    todo: {
      zh: '在两台机器上启用 NTP 对时',
      en: 'Keep both machines on NTP',
      command: 'timedatectl set-ntp true',
    },
  })
}

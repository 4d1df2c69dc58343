import type { Words } from '#domain/notice.ts'

export type GrantWish = {
  readonly kind: string
  readonly user: string
  /** Where the hub comes from, as the server sees it; `%` for anywhere. */
  readonly from: string
  readonly database: string
  /** Table, or stream. */
  readonly table: string
}
/** What a database administrator runs once; passwords are left for the administrator to choose. */
export type GrantScript = { readonly title: Words; readonly note: Words; readonly script: string }

/** The account that the hub needs and no more; none for a source that has no account. */
export function grantScripts(wish: GrantWish): GrantScript[] {
  if (wish.kind === 'mysql-binlog') return mysqlScripts(wish)
  if (wish.kind === 'redis-stream') return redisScripts(wish)
  return []
}

function mysqlScripts({ user, from, database, table }: GrantWish): GrantScript[] {
  const account = `${sqlText(user || 'holdfast')}@${sqlText(from || '%')}`
  const place = `${sqlName(database || 'wms')}.${sqlName(table.slice(table.lastIndexOf('.') + 1) || 'stock')}`
  const script = (replication: string): string =>
    [
      `CREATE USER ${account} IDENTIFIED BY '${PASSWORD}';`,
      `GRANT SELECT ON ${place} TO ${account};`,
      `GRANT ${replication} ON *.* TO ${account};`,
    ].join('\n')
  const note = {
    zh: '只读一张表，加读取 binlog 的两个权限；不能改任何数据。要在向导里选表，也可以先授权整个库：把表名换成 *。',
    en: 'Reads one table, and the binlog; changes nothing. To choose among tables in the wizard, grant the whole database: * for the table.',
  }
  return [
    {
      title: { zh: 'MariaDB 10.5 及以上', en: 'MariaDB 10.5 and later' },
      note,
      script: script('REPLICATION SLAVE, BINLOG MONITOR'),
    },
    {
      title: { zh: 'MySQL，或更早的 MariaDB', en: 'MySQL, or an older MariaDB' },
      note,
      script: script('REPLICATION SLAVE, REPLICATION CLIENT'),
    },
    {
      title: { zh: '服务器设置（my.cnf，改后重启）', en: 'Server settings (my.cnf, then restart)' },
      note: {
        zh: '检查提示 binlog 未开或格式不对时才需要。',
        en: 'Only where the check says that the binlog is off or of the wrong format.',
      },
      script:
        '[mysqld]\nlog_bin = mysql-bin\nserver_id = 1\nbinlog_format = ROW\nbinlog_row_image = FULL\nexpire_logs_days = 7',
    },
  ]
}

function redisScripts({ user, table }: GrantWish): GrantScript[] {
  const stream = table || 'wms:stock'
  return [
    {
      title: { zh: 'Redis 6 及以上（ACL 用户）', en: 'Redis 6 and later (ACL user)' },
      note: {
        zh: '只能读这一条流并维护自己的消费组，碰不到别的键。',
        en: 'Reads this one stream and keeps a consumer group of its own; no other key.',
      },
      script: `ACL SETUSER ${redisWord(user || 'holdfast')} on '>${PASSWORD}' resetkeys ~${redisWord(stream)} resetchannels -@all ${STREAM_COMMANDS}`,
    },
  ]
}

const PASSWORD = '<password>'
/** The least that following needs, as the connector's own check asks for it. */
const STREAM_COMMANDS =
  '+ping +scan +type +time +xlen +xinfo +xrange +xrevrange +xgroup|create +xgroup|setid +xreadgroup +xack +xautoclaim +cluster|slots +cluster|shards'

function sqlText(text: string): string {
  return `'${text.replace(/[\\'\0\n\r]/g, '')}'`
}
function sqlName(name: string): string {
  return name === '*' ? '*' : `\`${name.replaceAll('`', '``').replace(/[\0\n\r]/g, '')}\``
}
function redisWord(text: string): string {
  return text.replace(/\s/g, '')
}

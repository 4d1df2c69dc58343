import { TLS_FIELDS, type TlsWish, tlsOf, wholeBetween } from '#connectors/warehouses/server-settings.ts'
import type { SettingField, Settings } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export type ServerSettings = {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly tls: TlsWish
}

export const FIELDS: readonly SettingField[] = [
  {
    name: 'host',
    zh: '数据库服务器',
    en: 'Host',
    secret: false,
    required: true,
    hint: { zh: '主机名或 IP，不带端口', en: 'A name or address, without the port' },
  },
  { name: 'port', zh: '端口', en: 'Port', secret: false, required: false, default: '3306' },
  {
    name: 'database',
    zh: '库名',
    en: 'Database',
    secret: false,
    required: true,
    hint: { zh: '库存表所在的库，如 wms', en: 'Where the stock table is, e.g. wms' },
  },
  {
    name: 'user',
    zh: '用户名',
    en: 'User',
    secret: false,
    required: true,
    hint: {
      zh: '专用只读账号：库存表的 SELECT，加 REPLICATION SLAVE 与 REPLICATION CLIENT',
      en: 'An account of its own: SELECT on the stock table, REPLICATION SLAVE and REPLICATION CLIENT',
    },
  },
  { name: 'password', zh: '密码', en: 'Password', secret: true, required: true },
  ...TLS_FIELDS,
]

/** Refused: `mysql_binlog.settings`, naming the field and never a secret. */
export function parseServerSettings(settings: Settings): Result<ServerSettings> {
  const text = (name: string): string => settings[name]?.trim() ?? ''
  const host = text('host').replace(/^\[|\]$/g, '')
  const port = wholeBetween(text('port') || '3306', 1, 65_535)
  const tls = tlsOf(settings)
  const no = (detail: string): Result<never> => refuse('mysql_binlog.settings', detail)
  if (host === '') return no('host is missing')
  if (/^[^:]+:\d+$/.test(host)) return no('host is a name alone; the port has its own field')
  if (port === null) return no('port is a whole number from 1 to 65535')
  if (text('database') === '' || text('database').length > 64) return no('database is missing or too long')
  if (text('user') === '' || text('user').length > 80) return no('user is missing or too long')
  if (tls === null) return no('tls is off, required or verify; authority is a certificate in PEM')
  return ok({
    host,
    port,
    database: text('database'),
    user: text('user'),
    password: settings.password ?? '',
    tls,
  })
}

export type TableName = { readonly schema: string; readonly name: string }

/** `wms.stock`, or `stock` alone in the connection's database; backquotes as in SQL are taken off. Null for anything else. */
export function tableNameOf(text: string, database: string): TableName | null {
  const found = /^(?:(`[^`]{1,64}`|[^.`]{1,64})\.)?(`[^`]{1,64}`|[^.`]{1,64})$/.exec(text.trim())
  if (found === null) return null
  const bare = (part: string): string => part.replace(/^`|`$/g, '')
  return { schema: bare(found[1] ?? database), name: bare(found[2] ?? '') }
}

export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
export function quotedTable({ schema, name }: TableName): string {
  return `${quoted(schema)}.${quoted(name)}`
}

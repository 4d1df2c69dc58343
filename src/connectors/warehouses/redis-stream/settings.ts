import { TLS_FIELDS, type TlsWish, tlsOf, wholeBetween } from '#connectors/warehouses/server-settings.ts'
import type { SettingField, Settings } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export type Node = { readonly host: string; readonly port: number }
export type StreamSettings = {
  /** More than one only for a cluster, of which any may be asked for the others. */
  readonly nodes: readonly Node[]
  readonly cluster: boolean
  readonly database: number
  /** Null: the default user. */
  readonly user: string | null
  readonly password: string | null
  readonly tls: TlsWish
  readonly group: string
  /** The field that holds the change as JSON; null: the fields are the change themselves. */
  readonly jsonField: string | null
}

const NODES_MOST = 20
const GROUP = 'holdfast'

export const FIELDS: readonly SettingField[] = [
  {
    name: 'nodes',
    zh: '服务器',
    en: 'Servers',
    secret: false,
    required: true,
    hint: {
      zh: 'host:port；Cluster 填多个节点，逗号分隔',
      en: 'host:port; for a cluster several, comma separated',
    },
  },
  {
    name: 'mode',
    zh: '部署方式',
    en: 'Kind',
    secret: false,
    required: false,
    default: 'single',
    options: ['single', 'cluster'],
  },
  {
    name: 'user',
    zh: '用户名（ACL）',
    en: 'User (ACL)',
    secret: false,
    required: false,
    hint: { zh: '留空为 default 用户', en: 'Empty: the default user' },
  },
  { name: 'password', zh: '密码', en: 'Password', secret: true, required: false },
  {
    name: 'database',
    zh: '库号',
    en: 'Database number',
    secret: false,
    required: false,
    default: '0',
    hint: { zh: 'Cluster 只有 0', en: 'A cluster has 0 only' },
  },
  ...TLS_FIELDS,
  {
    name: 'group',
    zh: '消费组',
    en: 'Consumer group',
    secret: false,
    required: false,
    default: GROUP,
    hint: {
      zh: '每个中枢用自己的消费组，不要与其他程序共用',
      en: 'One of the hub’s own, shared with no other program',
    },
  },
  {
    name: 'jsonField',
    zh: 'JSON 字段',
    en: 'JSON field',
    secret: false,
    required: false,
    hint: {
      zh: '变更整体放在一个字段里的 JSON 时填字段名，如 data；留空则每列一个字段',
      en: 'Where the whole change is JSON in one field, its name, e.g. data; empty: a field for each column',
    },
  },
]

/** Refused: `redis_stream.settings`, naming the field and never a secret. */
export function parseStreamSettings(settings: Settings): Result<StreamSettings> {
  const text = (name: string): string => settings[name]?.trim() ?? ''
  const no = (detail: string): Result<never> => refuse('redis_stream.settings', detail)
  const cluster = text('mode') === 'cluster'
  const nodes = text('nodes')
    .split(/[,\s]+/)
    .filter((one) => one !== '')
    .map(nodeOf)
  const database = wholeBetween(text('database') || '0', 0, 255)
  const tls = tlsOf(settings)
  const group = text('group') || GROUP
  if (nodes.length === 0 || nodes.length > NODES_MOST)
    return no(`nodes holds 1 to ${NODES_MOST} addresses host:port`)
  if (nodes.includes(null)) return no('nodes holds addresses host:port, comma separated')
  if (nodes.length > 1 && !cluster) return no('several servers are a cluster; set mode to cluster')
  if (database === null || (cluster && database !== 0))
    return no('database is a number from 0; a cluster has 0 only')
  if (tls === null) return no('tls is off, required or verify; authority is a certificate in PEM')
  if (group.length > 100) return no('group is longer than 100 characters')
  return ok({
    nodes: nodes.filter((one) => one !== null),
    cluster,
    database,
    user: text('user') || null,
    password: settings.password || null,
    tls,
    group,
    jsonField: text('jsonField') || null,
  })
}

function nodeOf(text: string): Node | null {
  const found = /^(\[[0-9a-f:.]+\]|[^:/@]+)(?::(\d{1,5}))?$/i.exec(text)
  const port = wholeBetween(found?.[2] ?? '6379', 1, 65_535)
  const host = found?.[1]?.replace(/^\[|\]$/g, '')
  return host === undefined || port === null ? null : { host, port }
}

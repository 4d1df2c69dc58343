import type { Reading } from '#domain/claim.ts'
import type { Connector, StoredMessage } from '#domain/connector.ts'
import { type Result, refuse } from '#kernel/result.ts'
import { calls } from './client.ts'
import { ENCODING_HEADER } from './message.ts'
import { FORMATS, formatOf, PREFETCH } from './settings.ts'
import { stream } from './stream.ts'

/** The connectors whose messages a queue may carry; the hub's list passes them in, since connectors do not know each other. */
export type QueueFormats = {
  /** The hub's order document, `domain/file-order.ts`. */
  readonly order: Connector
  /** The hub's waybill event, as a print station sends it. */
  readonly waybill: Connector
}

/** A queue of an outside RabbitMQ. Orders and waybills come by it; nothing is reported back. */
export function rabbitmqOf(formats: QueueFormats): Connector {
  return {
    kind: 'rabbitmq',
    role: 'channel',
    zh: 'RabbitMQ 队列',
    en: 'RabbitMQ queue',
    // Orders carry the zone of their template; a connection may name one for waybill events without offset.
    zone: 'UTC',
    fields: FIELDS,
    codes: [...formats.order.codes, ...formats.waybill.codes],
    // Nothing is pushed over HTTP, so nobody is ever given this.
    retryReply: { status: 503, contentType: 'text/plain', body: 'not stored' },
    read: (message, settings) =>
      isEncoded(message) ?? ownCodes(formats[formatOf(settings)].read(message, settings)),
    calls,
    reports: false,
    stream: (settings, deps) => stream(settings, deps),
    accountOf: (settings) => `${settings.host ?? ''}:${settings.port ?? ''}`,
  }
}

/** A compressed body is parked with its reason instead of being taken for garbage. */
function isEncoded({ headers }: StoredMessage): Result<never> | null {
  const encoding = headers[ENCODING_HEADER]?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'utf-8' || encoding === 'utf8' || encoding === 'identity') return null
  return refuse('rabbitmq.encoding', `the body is ${encoding.slice(0, 40)}; publish it as plain JSON`)
}

/** Their readers speak of files to import again and of a station; a queue's sender is told in its own words. */
const OWN_CODES: Readonly<Record<string, string>> = {
  'file.unreadable': 'rabbitmq.unreadable',
  'file.invalid_message': 'rabbitmq.not_an_order',
  'print_station.unreadable': 'rabbitmq.unreadable',
  'print_station.invalid_event': 'rabbitmq.not_an_event',
}

function ownCodes(reading: Result<Reading>): Result<Reading> {
  if (reading.ok) return reading
  const { code, detail, data } = reading.refusal
  return refuse(OWN_CODES[code] ?? code, detail, data)
}

const FIELDS: Connector['fields'] = [
  {
    name: 'host',
    zh: '服务器',
    en: 'Host',
    secret: false,
    required: true,
    hint: { zh: '主机名或 IP，不带端口', en: 'A name or address, without the port' },
  },
  {
    name: 'port',
    zh: '端口',
    en: 'Port',
    secret: false,
    required: false,
    hint: { zh: '留空为 5672；启用 TLS 时为 5671', en: 'Empty: 5672, with TLS 5671' },
  },
  {
    name: 'tls',
    zh: 'TLS 加密',
    en: 'TLS',
    secret: false,
    required: false,
    default: 'off',
    options: ['off', 'on'],
    hint: { zh: '证书总是校验', en: 'Certificates are always verified' },
  },
  {
    name: 'vhostName',
    zh: '虚拟主机 vhost',
    en: 'Virtual host',
    secret: false,
    required: false,
    default: '/',
  },
  { name: 'user', zh: '用户名', en: 'User', secret: false, required: true },
  { name: 'password', zh: '密码', en: 'Password', secret: true, required: true },
  {
    name: 'queue',
    zh: '队列',
    en: 'Queue',
    secret: false,
    required: true,
    hint: {
      zh: '须已存在；中枢只读取，不声明也不删除队列',
      en: 'Must exist; the hub only consumes, it neither declares nor deletes queues',
    },
  },
  {
    name: 'deadLetterQueue',
    zh: '死信队列',
    en: 'Dead-letter queue',
    secret: false,
    required: false,
    hint: { zh: '选填；只统计数量', en: 'Optional; only its depth is watched' },
  },
  {
    name: 'format',
    zh: '报文格式',
    en: 'Format of the messages',
    secret: false,
    required: false,
    default: 'order',
    options: FORMATS,
    hint: {
      zh: 'order 为订单 JSON（与文件导入相同），waybill 为面单事件（与打印站相同）',
      en: 'order: the order JSON of file imports; waybill: the event of print stations',
    },
  },
  {
    name: 'prefetch',
    zh: '预取条数',
    en: 'Prefetch',
    secret: false,
    required: false,
    default: String(PREFETCH.standard),
    hint: {
      zh: `未确认的消息上限，${PREFETCH.least} 到 ${PREFETCH.most}`,
      en: `Messages not yet acknowledged, ${PREFETCH.least} to ${PREFETCH.most}`,
    },
  },
]

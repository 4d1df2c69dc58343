import type { Settings } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export const FORMATS = ['order', 'waybill'] as const
export type Format = (typeof FORMATS)[number]

export const PREFETCH = { least: 1, most: 1_000, standard: 64 } as const

/** A connection's settings, read. */
export type QueueSettings = {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly vhost: string
  readonly user: string
  readonly password: string
  readonly queue: string
  /** Null where the broker keeps no queue of dead letters for it. */
  readonly deadLetterQueue: string | null
  /** Messages that the broker hands over before they are acknowledged. */
  readonly prefetch: number
}

/** Refused: `rabbitmq.settings`, naming the field and never a secret. */
export function parseQueueSettings(settings: Settings): Result<QueueSettings> {
  const text = (name: string): string => settings[name]?.trim() ?? ''
  const tls = text('tls') === 'on'
  const port = wholeBetween(text('port') === '' ? (tls ? '5671' : '5672') : text('port'), 1, 65_535)
  const prefetch = wholeBetween(
    text('prefetch') === '' ? String(PREFETCH.standard) : text('prefetch'),
    PREFETCH.least,
    PREFETCH.most,
  )
  const host = text('host').replace(/^\[|\]$/g, '')
  const deadLetterQueue = text('deadLetterQueue')
  if (host === '') return refuse('rabbitmq.settings', 'host is missing')
  // An address may carry its port; two that differ would leave it open which one is meant.
  if (/^[^:]+:\d+$/.test(host))
    return refuse('rabbitmq.settings', 'host is a name alone; the port has its own field')
  if (port === null) return refuse('rabbitmq.settings', 'port is a whole number from 1 to 65535')
  if (prefetch === null)
    return refuse(
      'rabbitmq.settings',
      `prefetch is a whole number from ${PREFETCH.least} to ${PREFETCH.most}`,
    )
  for (const name of ['queue', 'deadLetterQueue', 'vhostName', 'user'])
    if (Buffer.byteLength(text(name)) > 255)
      return refuse('rabbitmq.settings', `${name} is longer than 255 bytes`)
  if (text('queue') === '') return refuse('rabbitmq.settings', 'queue is missing')
  if (text('queue') === deadLetterQueue)
    return refuse('rabbitmq.settings', 'the dead-letter queue is the queue itself')
  return ok({
    host,
    port,
    tls,
    vhost: text('vhostName') === '' ? '/' : text('vhostName'),
    user: text('user'),
    password: settings.password ?? '',
    queue: text('queue'),
    deadLetterQueue: deadLetterQueue === '' ? null : deadLetterQueue,
    prefetch,
  })
}

export function formatOf(settings: Settings): Format {
  return FORMATS.find((one) => one === settings.format) ?? 'order'
}

function wholeBetween(text: string, least: number, most: number): number | null {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : null
}

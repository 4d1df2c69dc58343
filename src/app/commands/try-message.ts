import { connectors } from '#connectors/index.ts'
import type { Connector, Receipt, Settings, StoredMessage } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { connectionId } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { isRecord, type TryAnswer, type TryLine } from './try-line.ts'

const ALIASES: Readonly<Record<string, string>> = {
  pdd: 'pinduoduo',
  doudian: 'douyin',
  顺丰: 'sf',
  中通: 'zto',
  圆通: 'yto',
  韵达: 'yunda',
  申通: 'sto',
  快递100: 'kuaidi100',
  快递鸟: 'kdniao',
  极兔: 'jt',
  '17track': 'seventeentrack',
}

/**
 * What one message says. With headers or settings it first goes through the connector's own gate, and `receipt` tells the
 * verdict; the body is read either way, so that a message can be tried without its secrets.
 */
export function tryMessage(line: TryLine): TryAnswer {
  const told = toldBy(line)
  if (!told.ok) return { id: line.id, error: told.refusal }
  return { id: line.id, kind: told.value.connector.kind, ...readMessage(told.value) }
}

/** Who a kind is, under any of the names that people give it. Refused: `try.unknown_kind`. */
export function connectorOf(wanted: string): Result<Connector> {
  const kind = ALIASES[wanted] ?? wanted
  const connector = connectors.find((one) => one.kind === kind)
  if (connector !== undefined) return ok(connector)
  const known = connectors.map((one) => one.kind).join(', ')
  return refuse('try.unknown_kind', `no connection kind "${kind.slice(0, 40)}"; one of ${known}`)
}

/** A message of a line with its connector, through the gate where headers or settings were given. */
export type Told = {
  readonly connector: Connector
  readonly settings: Settings
  readonly receipt: Receipt | null
  readonly message: StoredMessage
}

/** Refused: `try.unknown_kind`, `try.no_body`. */
export function toldBy(line: TryLine): Result<Told> {
  const connector = connectorOf(kindOf(line.fields))
  if (!connector.ok) return connector
  const body = bodyOf(line)
  if (body === null) return refuse('try.no_body', 'the line has no body')
  return ok(throughGate(connector.value, line, body))
}

/** The kind under any of the names that people give it: `kind`, `connectionKind`, `connection` as text or object. */
function kindOf(fields: TryLine['fields']): string {
  const { kind, connectionKind, connection_kind: snake, connection, channel, system } = fields
  const inConnection = isRecord(connection) ? connection.kind : connection
  return String(
    kind ?? connectionKind ?? snake ?? fields['connection kind'] ?? inConnection ?? channel ?? system ?? '',
  ).toLowerCase()
}

function throughGate(connector: Connector, { fields }: TryLine, body: Uint8Array): Told {
  const given = isRecord(fields.connection)
    ? (fields.connection.settings ?? fields.settings)
    : fields.settings
  const settings = settingsOf(connector, given)
  const headers = headersOf(fields.headers)
  const now = systemClock.now()
  const received = typeof fields.receivedAt === 'string' ? fields.receivedAt : null
  const receivedAt = received === null ? now : Temporal.Instant.from(received)
  const request = {
    method: String(fields.method ?? 'POST'),
    path: String(fields.path ?? '/callback/try'),
    query: String(fields.query ?? ''),
    headers,
    body,
  }
  const gated = connector.receive !== undefined && (fields.headers !== undefined || given !== undefined)
  const receipt = gated ? (connector.receive?.(request, settings, receivedAt) ?? null) : null
  const topic = topicOf(fields.topic, receipt, headers, body)
  const message = { connection: connectionId('try'), topic, headers, body, receivedAt }
  return { connector, settings, receipt, message }
}

function readMessage({ connector, settings, receipt, message }: Told) {
  const { topic } = message
  const reading = connector.read(message, settings)
  const shown = { topic, receipt: receipt === null ? null : receiptJson(receipt) }
  if (!reading.ok)
    return { ...shown, facts: [], content: [], fetch: [], unknown: [], refusal: reading.refusal }
  const table = new Map(connector.codes.map((entry) => [entry.code, entry.fact]))
  const { claims, content, fetch } = reading.value
  const facts = claims.flatMap((claim) => {
    const fact = table.get(claim.code)
    if (fact === undefined || fact === 'none') return []
    return [
      { subject: claim.subject, kind: fact, at: timeJson(claim.at), detail: claim.detail, code: claim.code },
    ]
  })
  return {
    ...shown,
    facts: jsonSafe(facts),
    content: content.map((one) => ({
      orderNo: one.orderNo,
      version: one.version.toString(),
      parts: Object.keys(one.parts),
    })),
    fetch,
    unknown: [...new Set(claims.map((claim) => claim.code).filter((code) => !table.has(code)))],
    refusal: null,
  }
}

function bodyOf(line: TryLine): Uint8Array | null {
  const { body, bodyBase64 } = line.fields
  if (typeof bodyBase64 === 'string') return Buffer.from(bodyBase64, 'base64')
  if (typeof body === 'string') return Buffer.from(body, 'utf8')
  if (body === undefined || body === null) return null
  if (isRecord(body) && Object.keys(body).length === 1 && typeof body.base64 === 'string')
    return Buffer.from(body.base64, 'base64')
  return Buffer.from(line.textOf('body'), 'utf8')
}

function settingsOf(connector: Connector, given: unknown): Settings {
  const settings: Record<string, string> = {}
  for (const field of connector.fields) if (field.default !== undefined) settings[field.name] = field.default
  if (isRecord(given)) for (const [name, value] of Object.entries(given)) settings[name] = String(value)
  return settings
}

function headersOf(given: unknown): Record<string, string> {
  if (!isRecord(given)) return {}
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]))
}

/** The topic that was given or that the gate named; else what header or body call it, since an unsigned try has no gate. */
function topicOf(
  given: unknown,
  receipt: Receipt | null,
  headers: Record<string, string>,
  body: Uint8Array,
): string {
  if (typeof given === 'string') return given
  if (receipt !== null && receipt.verdict !== 'rejected') return receipt.topic
  const header = Object.entries(headers).find(([name]) => name.endsWith('topic'))?.[1]
  if (header !== undefined) return header.toLowerCase()
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    const named = isRecord(value) ? (value.type ?? value.topic ?? value.event) : undefined
    return typeof named === 'string' ? named : ''
  } catch {
    return ''
  }
}

export function receiptJson(receipt: Receipt) {
  const reply = {
    status: receipt.reply.status,
    contentType: receipt.reply.contentType,
    body: receipt.reply.body,
  }
  if (receipt.verdict === 'rejected') return { verdict: receipt.verdict, refusal: receipt.refusal, reply }
  const accepted =
    receipt.verdict === 'accepted' ? { dedupKey: receipt.dedupKey, orderNo: receipt.orderNo } : {}
  return { verdict: receipt.verdict, topic: receipt.topic, ...accepted, reply }
}

export function timeJson(time: SourceTime) {
  return {
    raw: time.raw,
    instant: time.instant?.toString() ?? null,
    zone: time.zone,
    provenance: time.provenance,
  }
}

/** Amounts are bigint inside; as text outside. */
function jsonSafe(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? field.toString() : field)),
  )
}

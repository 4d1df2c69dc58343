import { createHash, createHmac } from 'node:crypto'
import type { SimLedger, SimOrder, SimWaiting } from '../platform.ts'
import type { Book, Course, Entry, Step } from './book.ts'

export type Life = {
  readonly kind: string
  readonly orderNo: string
  readonly course: Course
  readonly done: Set<Step>
  trackingNo: string | null
}
export type Sent = {
  readonly kind: string
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  acknowledged: boolean
}
/** What the book says the world was like when its last process ended. */
export type Past = {
  readonly epoch: number
  readonly orders: Map<string, Map<string, SimOrder>>
  readonly messages: Map<string, Sent>
  readonly lives: Map<string, Life>
  readonly notices: Set<string>
}

/** Serial numbers of one process of the world; the next begins behind them. */
const SERIALS = 1_000_000

export function readPast(entries: readonly Entry[]): Past {
  const past: Past = {
    epoch: 0,
    orders: new Map(),
    messages: new Map(),
    lives: new Map(),
    notices: new Set(),
  }
  let epoch = 0
  for (const entry of entries) {
    if (entry.t === 'start') epoch = entry.epoch + 1
    else remember(past, entry)
  }
  adoptPrinted(past)
  return { ...past, epoch }
}

function remember(past: Past, entry: Entry): void {
  switch (entry.t) {
    case 'order': {
      const orders = past.orders.get(entry.kind) ?? new Map<string, SimOrder>()
      past.orders.set(entry.kind, orders.set(entry.order.orderNo, entry.order))
      return
    }
    case 'message':
      past.messages.set(entry.id, { ...entry, acknowledged: false })
      return
    case 'attempt': {
      const message = past.messages.get(entry.id)
      if (message !== undefined && entry.acknowledged && !entry.forged) message.acknowledged = true
      return
    }
    case 'life':
      past.lives.set(entry.orderNo, { ...entry, done: new Set(), trackingNo: null })
      return
    case 'step': {
      const life = past.lives.get(entry.orderNo)
      life?.done.add(entry.step)
      if (life !== undefined && entry.trackingNo !== null) life.trackingNo = entry.trackingNo
      return
    }
    case 'notice':
      past.notices.add(entry.id)
      return
    default:
      return
  }
}

/** A waybill whose message was queued is printed, though the process died before it could say so. */
function adoptPrinted(past: Past): void {
  for (const { kind, body } of past.messages.values()) {
    const found = kind === 'print-station' ? printedBy(body) : kind === 'sf' ? printedBySf(body) : null
    const life = found === null ? undefined : past.lives.get(found.orderNo)
    if (life === undefined || found === null) continue
    life.trackingNo ??= found.trackingNo
    life.done.add('printed')
  }
}

function printedBy(body: string): { orderNo: string; trackingNo: string } | null {
  const told = JSON.parse(body) as { event: string; order_no: string; tracking_no: string }
  return told.event === 'waybill.printed' ? { orderNo: told.order_no, trackingNo: told.tracking_no } : null
}

function printedBySf(body: string): { orderNo: string; trackingNo: string } | null {
  const [state] =
    (JSON.parse(body) as { orderState?: { orderNo: string; waybillNo: string }[] }).orderState ?? []
  return state === undefined ? null : { orderNo: state.orderNo, trackingNo: state.waybillNo }
}

/** One platform's part of the book, as its simulation needs it. */
export function ledgerOf(
  book: Book,
  past: Past,
  platform: { readonly kind: string; readonly onAcknowledged: (sent: Sent) => void },
): SimLedger {
  const { kind } = platform
  const firstSerial = past.epoch * SERIALS
  const waiting = [...past.messages.values()].filter((one) => one.kind === kind && !one.acknowledged)
  const sent = new Map<string, Sent>()
  for (const one of waiting) sent.set(one.id, one)
  let serial = firstSerial
  return {
    firstSerial,
    orders: [...(past.orders.get(kind)?.values() ?? [])],
    waiting: waiting.map((one) => waitingOf(one)),
    keep: (order) => book.write({ t: 'order', kind, order }),
    queued: ({ headers, body }) => {
      serial += 1
      const id = `${kind}-${serial}`
      book.write({ t: 'message', kind, id, sha: contentHash(kind, body), headers, body })
      sent.set(id, { kind, id, headers, body, acknowledged: false })
      return id
    },
    answered: (id, { body, forged, status, acknowledged }) => {
      const at = Temporal.Now.instant().toString()
      book.write({ t: 'attempt', kind, id, sha: contentHash(kind, body), forged, status, acknowledged, at })
      const message = sent.get(id)
      if (message === undefined || forged || !acknowledged) return
      message.acknowledged = true
      platform.onAcknowledged(message)
      sent.delete(id)
    },
  }
}

/** 有赞 counts redeliveries inside the body: what a message says is the rest of it. */
export function contentHash(kind: string, body: string): string {
  return sha256(kind === 'youzan' ? body.replace(/"sendCount":-?\d+/, '"sendCount":0') : body)
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/** As each platform's own document has it; a hub that answers anything else has not taken the message. */
const ACKNOWLEDGES: Readonly<Record<string, (status: number, body: string) => boolean>> = {
  shopify: (status) => status >= 200 && status < 300,
  youzan: (status, body) => status === 200 && body === '{"code":0,"msg":"success"}',
  douyin: (status, body) => status === 200 && body === '{"code":0,"msg":"success"}',
  'print-station': (status, body) => status === 200 && body === '{"accepted":1}',
  kuaidi100: (status, body) =>
    status === 200 && body === JSON.stringify({ result: true, returnCode: '200', message: '成功' }),
  kdniao: (status, body) => status === 200 && /"Success":true/.test(body),
  sf: (status, body) => status === 200 && /"return_code":"0000"|"code":0|<Head>OK<\/Head>/.test(body),
}

export function acknowledges(kind: string, status: number | null, body: string): boolean {
  return status !== null && (ACKNOWLEDGES[kind]?.(status, body) ?? false)
}

/** A message of an earlier process, sent again as it was; only the print station signs the time of sending. */
function waitingOf({ id, kind, headers, body }: Sent): SimWaiting {
  const key = Buffer.from('simulated-print-station-key-32by')
  const fresh = (): Readonly<Record<string, string>> => {
    if (kind !== 'print-station') return headers
    const timestamp = String(Math.floor(Temporal.Now.instant().epochMilliseconds / 1_000))
    const signed = createHmac('sha256', key).update(`${headers['webhook-id']}.${timestamp}.${body}`)
    return {
      ...headers,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signed.digest('base64')}`,
    }
  }
  return {
    id,
    fresh: () => ({
      headers: fresh(),
      body,
      acknowledges: (status, answer) => acknowledges(kind, status, answer),
    }),
  }
}

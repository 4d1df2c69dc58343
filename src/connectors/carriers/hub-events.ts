import { filledAt, type JsonObject, objectsAt, readJson, wholeAt } from '#connectors/json.ts'
import { type Claim, type CodeEntry, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Connector, StoredMessage } from '#domain/connector.ts'
import type { FactDetail } from '#domain/fact.ts'
import { HUB_TOPIC } from '#domain/hub-event.ts'
import { isPlannedReference } from '#domain/waybill.ts'
import { connectionId, orderNo, trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { detailOf } from './claims.ts'

const HUB_CODES: readonly CodeEntry[] = [
  { code: 'hub:waybill_issued', fact: 'waybill_issued', zh: '本系统取号', en: 'the hub obtained a waybill' },
  {
    code: 'hub:waybill_printed',
    fact: 'waybill_issued',
    zh: '打印机确认出纸',
    en: 'a printer acknowledged it',
  },
  {
    code: 'hub:waybill_cancelled',
    fact: 'waybill_cancelled',
    zh: '本系统作废面单',
    en: 'the hub cancelled it',
  },
  {
    code: 'hub:number_changed',
    fact: 'dispatched',
    zh: '承运商改单号，货物以新单号继续走',
    en: 'the carrier changed the number; the goods travel on under this one',
  },
]

/**
 * The carrier with the hub's own parcel events beside its own: read from the inbox under the same mapping as what the carrier pushes.
 * Carriers quote the reference of our waybills as an order number: what is said of the parcel as well is not said of it again.
 * A push whose receipt names the hub's topic is refused: nobody outside speaks for the hub.
 */
export function withHubEvents(connector: Connector): Connector {
  if (connector.role !== 'carrier') return connector
  const { receive, read, retryReply } = connector
  return {
    ...connector,
    codes: [...connector.codes, ...HUB_CODES],
    read: (message, settings) =>
      message.topic === HUB_TOPIC ? readHubEvent(message) : withoutOwnReferences(read(message, settings)),
    ...(receive === undefined
      ? {}
      : {
          receive: (request, settings, now) => {
            const receipt = receive(request, settings, now)
            if (receipt.verdict !== 'accepted' || receipt.topic !== HUB_TOPIC) return receipt
            const refusal = { code: 'carrier.bad_topic', detail: `${HUB_TOPIC} is the hub's own topic` }
            return { verdict: 'rejected', refusal, reply: { ...retryReply, status: 400 } }
          },
        }),
  }
}

/** No order has our reference as its number; the parcel finds its orders by the hub's own event. A claim without a parcel stays. */
function withoutOwnReferences(reading: Result<Reading>): Result<Reading> {
  if (!reading.ok) return reading
  const { claims } = reading.value
  const isOwn = ({ subject }: Claim): boolean =>
    subject.by === 'reference' && isPlannedReference(subject.orderNo)
  if (!claims.some(isOwn)) return reading
  const sameOf = ({ code, at, detail }: Claim): string =>
    [code, at.raw, detail.trackingNo ?? '', detail.reason ?? ''].join('\n')
  const told = new Set(claims.filter(({ subject }) => subject.by === 'parcel').map(sameOf))
  return ok({ ...reading.value, claims: claims.filter((one) => !isOwn(one) || !told.has(sameOf(one))) })
}

function readHubEvent(message: StoredMessage): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return refuse('carrier.bad_hub_event', json.refusal.detail)
  const event = json.value as JsonObject
  const name = filledAt(event, 'event')
  const number = filledAt(event, 'trackingNo')
  if (name === null || number === null)
    return refuse('carrier.bad_hub_event', 'event or trackingNo is missing')
  const at = readTime({ system: 'hub', raw: filledAt(event, 'at') ?? '', context: {} })
  const detail = (lines: FactDetail['lines']): FactDetail => {
    const [waybillId, batchNo, deviceId] = ['waybillId', 'batchNo', 'deviceId'].map((field) =>
      filledAt(event, field),
    )
    return {
      ...detailOf({
        trackingNo: trackingNo(number),
        carrier: filledAt(event, 'carrier'),
        words: filledAt(event, 'words'),
      }),
      ...(waybillId == null ? {} : { waybillId }),
      ...(batchNo == null ? {} : { batchNo }),
      ...(deviceId == null ? {} : { deviceId }),
      ...(lines === undefined || lines.length === 0 ? {} : { lines }),
    }
  }
  const code = `hub:${name}`
  const claims = objectsAt(event, 'orders').flatMap((order): Claim[] => {
    const [shop, no] = [filledAt(order, 'connection'), filledAt(order, 'orderNo')]
    if (shop === null || no === null) return []
    const subject = { by: 'order', orderNo: orderNo(no), connection: connectionId(shop) } as const
    return [{ subject, code, at, detail: detail(linesOf(order)) }]
  })
  const parcel: Claim = {
    subject: { by: 'parcel', trackingNo: trackingNo(number) },
    code,
    at,
    detail: detail([]),
  }
  return ok({ ...EMPTY_READING, claims: [parcel, ...claims] })
}

function linesOf(order: JsonObject): { lineId: string; quantity: number }[] {
  return objectsAt(order, 'lines').flatMap((line) => {
    const lineId = filledAt(line, 'lineId')
    const quantity = wholeAt(line, 'quantity')
    return lineId === null || quantity === null ? [] : [{ lineId, quantity }]
  })
}

import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import { orderNo, trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { type OrderState, parseNode, parsePush, parseState, type RouteNode } from './schema.ts'

/**
 * Reads a route push or an order-state push. Every node is one claim with its own time. Refused: `sf.unreadable`,
 * `sf.unknown_push` (another of SF's pushes), `sf.incomplete_node`, `sf.incomplete_state`.
 */
export function readPush(message: Pick<StoredMessage, 'body'>): Result<Reading> {
  const push = parsePush(message.body)
  if (!push.ok) return push
  switch (push.value.kind) {
    case 'route':
      return collect(push.value.nodes, parseNode, nodeClaims)
    case 'order_state':
      return collect(push.value.states, parseState, stateClaims)
    case 'other':
      return refuse('sf.unknown_push', 'the push holds neither WaybillRoute nor orderState')
  }
}

/** All or nothing: a message with one broken entry is parked whole, so that the entry is not lost in silence. */
function collect<Raw, Entry>(
  entries: readonly Raw[],
  parse: (raw: Raw) => Result<Entry>,
  claimsOf: (entry: Entry) => Claim[],
): Result<Reading> {
  const claims: Claim[] = []
  for (const raw of entries) {
    const entry = parse(raw)
    if (!entry.ok) return entry
    claims.push(...claimsOf(entry.value))
  }
  return ok({ ...EMPTY_READING, claims })
}

function nodeClaims(node: RouteNode): Claim[] {
  const parcel = trackingNo(node.mailNo)
  return parcelClaims(parcel, node.orderId, {
    code: `opCode:${node.opCode}`,
    at: nodeTime(node),
    detail: detailOf({
      trackingNo: parcel,
      carrier: 'SF',
      place: node.place,
      words: node.remark,
      reason: newNumber(node) ?? node.reasonName ?? node.reasonCode,
    }),
  })
}

function stateClaims(state: OrderState): Claim[] {
  const at = readTime({ system: 'sf', raw: state.lastTime, context: { field: 'orderState.lastTime' } })
  const code = `orderStateCode:${state.stateCode}`
  const words = state.description
  if (state.waybillNo === null) {
    const subject = { by: 'reference', orderNo: orderNo(state.orderNo) } as const
    // Without a tracking number only the order's own number tells two such claims of one second apart.
    const detail = detailOf({ carrier: 'SF', words, reason: `订单 ${state.orderNo}` })
    return [{ subject, code: `${code}:unbound`, at, detail }]
  }
  const parcel = trackingNo(state.waybillNo)
  return parcelClaims(parcel, state.orderNo, {
    code,
    at,
    detail: detailOf({ trackingNo: parcel, carrier: 'SF', words }),
  })
}

/** Scans inside China are Beijing time; on an international route the time is local to the country named beside it. */
function nodeTime(node: RouteNode) {
  const abroad = node.country !== null && !/^(?:CN|CHN|China|中国|中国大陆)$/i.test(node.country)
  return abroad
    ? readTime({
        system: 'sf_international',
        raw: node.acceptTime,
        context: { trackCountry: node.country, country: node.country, place: node.place },
      })
    : readTime({ system: 'sf', raw: node.acceptTime, context: { country: 'CN' } })
}

/** Operation 648: the parcel travels on under another number, which SF gives in words only. */
function newNumber(node: RouteNode): string | null {
  if (node.opCode !== '648') return null
  const found = /新(?:运)?单号[^A-Za-z0-9]{0,8}([A-Za-z0-9]{8,24})/.exec(node.remark ?? '')
  return found === null ? null : `新单号 ${found[1]}`
}

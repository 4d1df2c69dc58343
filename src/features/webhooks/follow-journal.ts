import type { Instant } from '#kernel/clock.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { formatInstant, readInstant } from '#kernel/instant.ts'
import type { JournalRow } from '#platform/journal/store.ts'
import { newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Draft, draftOf, takes } from './core/events.ts'
import { deliverIntent } from './deliver.ts'
import type { WebhookDeps } from './deps.ts'
import {
  type EndpointRow,
  insertDeliveries,
  insertEvent,
  type OrderFace,
  readEndpoints,
  readFaces,
} from './store.ts'

export const WEBHOOK_READER = 'webhooks'

/** A handler of the journal: makes an event of what changed and a delivery for every endpoint that takes it, once. */
export function followForWebhooks(
  deps: Pick<WebhookDeps, 'clock' | 'zone'>,
): (tx: Sql, rows: readonly JournalRow[]) => Promise<void> {
  return async (tx, rows) => {
    const drafts = rows.flatMap((row) => {
      const draft = draftOf(row)
      return draft === null ? [] : [{ row, draft }]
    })
    if (drafts.length === 0) return
    const endpoints = (await readEndpoints(tx)).filter((one) => one.active)
    if (endpoints.length === 0) return
    const faces = await readFaces(tx, [...new Set(drafts.flatMap(({ draft }) => draft.orderIds))])
    for (const { row, draft } of drafts) await tell(tx, deps, endpoints, { row, draft, faces })
  }
}

async function tell(
  tx: Sql,
  { clock, zone }: Pick<WebhookDeps, 'clock' | 'zone'>,
  endpoints: readonly EndpointRow[],
  {
    row,
    draft,
    faces,
  }: {
    readonly row: JournalRow
    readonly draft: Draft
    readonly faces: ReadonlyMap<bigint, OrderFace>
  },
): Promise<void> {
  const orders = draft.orderIds.flatMap((id) => faces.get(id) ?? [])
  const [first] = orders
  const event = { type: draft.type, shop: first?.shop ?? null }
  const takers = endpoints.filter((one) => takes(one, event))
  if (takers.length === 0) return
  const now = clock.now()
  const eventId = await insertEvent(tx, {
    ...event,
    messageId: `evt_${hashToUuid(`${row.id}\n${row.at.toString()}`).replaceAll('-', '')}`,
    orderId: first?.id ?? null,
    orderNo: first?.order_no ?? null,
    trackingNo: draft.trackingNo,
    body: bodyOf(draft, orders, row.at, zone()),
    at: row.at,
  })
  if (eventId === null) return
  const made = await insertDeliveries(
    tx,
    takers.map((one) => ({ endpointId: one.id, eventId })),
    now,
  )
  await newIntents(tx, made.map(deliverIntent), now)
}

/** `type`, `timestamp`, `data`, as the specification has it; nothing of a person. */
function bodyOf(draft: Draft, orders: readonly OrderFace[], at: Instant, zone: string): string {
  // When the carrier's event happened, on the hub's clocks as all other times; null where nobody knows.
  const happened = typeof draft.data.at === 'string' ? readInstant(draft.data.at) : null
  return JSON.stringify({
    type: draft.type,
    timestamp: formatInstant(at, zone),
    data: {
      orders: orders.map((order) => ({ orderNo: order.order_no, shop: order.shop, status: order.status })),
      ...draft.data,
      ...(happened === null ? {} : { at: formatInstant(happened, zone) }),
    },
  })
}

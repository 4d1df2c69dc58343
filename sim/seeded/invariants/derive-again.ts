import { deriveOrder } from '#features/orders/core/derive-order.ts'
import { readOrderFacts } from '#features/orders/index.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { int8Array } from '#platform/postgres/arrays.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Invariant } from '../invariant.ts'
import { NAMED_MOST } from './parts.ts'

// OS2: what is stored of an order is what its facts say when they are read once more. Deriving 300 orders costs more than all other checks
// together, so an order is derived again only where its facts, or what is stored of it, are not those that were compared before.

const compared = new WeakMap<Database, Map<bigint, string>>()

export const derivedFromFacts: Invariant = {
  feature: 'order-status',
  id: 'OS2',
  says: 'What is stored of an order is what its facts say, whatever order they came in.',
  check: async ({ db }) => {
    const known = compared.get(db) ?? new Map<bigint, string>()
    compared.set(db, known)
    const rows = await readMarks(db)
    const fresh = rows.filter((row) => known.get(row.id) !== row.mark)
    const breaches = await compareWithFacts(
      db,
      fresh.map((row) => row.id),
    )
    for (const { id, mark } of fresh) if (!breaches.has(id) && mark !== null) known.set(id, mark)
    return [...breaches.values()].slice(0, NAMED_MOST)
  },
}

type Mark = { readonly id: bigint; readonly mark: string | null }
type Stored = {
  readonly id: bigint
  readonly order_no: string
  readonly status: string | null
  readonly after_sale: string | null
  readonly placed_at: Temporal.Instant | null
  readonly paid_at: Temporal.Instant | null
  readonly shipped_at: Temporal.Instant | null
  readonly delivered_at: Temporal.Instant | null
  readonly numbers: readonly string[] | null
  readonly stages: readonly string[] | null
  readonly drifts: readonly string[] | null
  readonly lines: Buffer | null
}

/**
 * Every order with a mark of its facts and of its row. Left out: orders that a message speaks of whose work is not done. Facts are
 * committed before the order is derived (docs/decisions/0004), and a process may die in between.
 */
async function readMarks(db: Database): Promise<readonly Mark[]> {
  return await db<Mark>`
    with unread as (
      select distinct f.subject from inbox_task t
      join fact f on f.message_id = to_char(t.received_at at time zone 'UTC', 'YYYYMMDD') || '-' || t.message_id
      union select s.subject from inbox_task t join inbox_subject s on s.message_id = t.message_id where t.replay
    ), said as (
      select os.order_id, sum(hashtextextended(f.id::text || f.kind, 1)) as facts
      from order_subject os join fact f on f.subject = os.subject group by 1
    ), drifts as (
      select order_id, sum(hashtextextended(field || cause, 1)) as fields from drift group by 1
    )
    select k.id, concat_ws(' ', said.facts, drifts.fields, o.xmin, o.ctid) as mark
    from order_key k left join sales_order o on o.id = k.id left join said on said.order_id = k.id left join drifts on drifts.order_id = k.id
    where not exists (select from order_subject os join unread on unread.subject = os.subject where os.order_id = k.id)
      and not exists (select from unread where unread.subject = 'order:' || k.connection_id || ':' || k.order_no)
      and not exists (select from unread where unread.subject = 'reference:' || k.order_no)`
}

async function readStored(db: Database, ids: readonly bigint[]): Promise<readonly Stored[]> {
  return await db<Stored>`
    select k.id, k.order_no, o.status, o.after_sale, o.placed_at, o.paid_at, o.shipped_at, o.delivered_at,
      array(select jsonb_array_elements_text(o.record -> 'trackingNos')) as numbers,
      array(select (p ->> 'trackingNo') || ' ' || (p ->> 'status') from jsonb_array_elements(o.record -> 'parcels') p) as stages,
      array(select field || ' ' || cause from drift where order_id = k.id order by 1) as drifts,
      (select value from order_register r where r.order_id = k.id and r.part = 'lines') as lines
    from order_key k left join sales_order o on o.id = k.id where k.id = any(${int8Array(ids)}::bigint[])`
}

async function compareWithFacts(db: Database, ids: readonly bigint[]): Promise<Map<bigint, string>> {
  if (ids.length === 0) return new Map()
  const rows = await readStored(db, ids)
  const facts = await readOrderFacts(db, ids)
  const breaches = new Map<bigint, string>()
  for (const row of rows) {
    const known = facts.get(row.id)
    if (known === undefined) continue
    const lines = row.lines === null ? [] : JSON.parse(row.lines.toString('utf8'))
    const order = deriveOrder({
      channel: known.key.connection,
      canReport: false,
      facts: known.facts,
      content: { lines },
    })
    const should = {
      status: order.status,
      afterSale: order.afterSale,
      times: [order.placedAt, order.paidAt, order.shippedAt, order.deliveredAt].map(micros),
      numbers: order.parcels.filter((parcel) => !parcel.void).map((parcel) => parcel.trackingNo),
      stages: order.parcels.map((parcel) => `${parcel.trackingNo} ${parcel.void ? 'void' : parcel.stage}`),
      // Facts that are withheld from an order (a number that two shops share) drift too; only what its own facts say is compared.
      ...(known.key.shared ? {} : { drifts: order.drift.map((one) => `${one.field} ${one.cause}`).sort() }),
    }
    const is = {
      status: row.status,
      afterSale: row.after_sale,
      times: [row.placed_at, row.paid_at, row.shipped_at, row.delivered_at].map(micros),
      numbers: row.numbers,
      stages: row.stages,
      ...(known.key.shared ? {} : { drifts: [...(row.drifts ?? [])].sort() }),
    }
    if (canonicalJson(should) !== canonicalJson(is))
      breaches.set(row.id, `order ${row.order_no}: its facts say ${differing(should, is)}`)
  }
  return breaches
}

function differing(should: Readonly<Record<string, unknown>>, is: Readonly<Record<string, unknown>>): string {
  return Object.keys(should)
    .filter((key) => canonicalJson(should[key]) !== canonicalJson(is[key]))
    .map((key) => `${key} ${canonicalJson(should[key])}, stored is ${canonicalJson(is[key] ?? null)}`)
    .join('; ')
}

/** The database keeps microseconds. */
function micros(instant: Temporal.Instant | null): string | null {
  return instant?.round({ smallestUnit: 'microsecond', roundingMode: 'halfExpand' }).toString() ?? null
}

import type { Fact, FactKind } from '#domain/fact.ts'
import {
  type FactChange,
  ordersOfSubjects,
  parseSubject,
  type WeighedOrder,
  weighFacts,
} from '#features/orders/index.ts'
import { connectionId, messageId } from '#kernel/id.ts'
import type { Provenance } from '#kernel/instant.ts'
import { money } from '#kernel/money.ts'
import { factKey } from './core/compare.ts'
import { settleSubject } from './core/settle.ts'
import type { LookBackDeps, ReshipProof } from './deps.ts'
import {
  analyzeFound,
  type DifferenceRow,
  insertLinks,
  insertOrders,
  knownIntents,
  type OrderRow,
  readDifferencesOf,
  readLinks,
  readSubjects,
  readUnweighed,
  settleDifferences,
} from './found/store.ts'
import { proversOf } from './provers.ts'

const SUBJECTS = 500
const ORDERS = 500
/** Batches under way at once: while one waits for the database another is derived. */
const ABREAST = 2

/** Settles a run's differences, finds the orders they speak of and derives each twice: as it is, and as it would be. Goes on where it was. */
export async function weighRun(deps: LookBackDeps, run: bigint, beat: () => Promise<void>): Promise<void> {
  let subject = ''
  await abreast(async () => {
    const subjects = await readSubjects(deps.db, run, subject, SUBJECTS)
    const last = subjects.at(-1)
    if (last === undefined) return null
    subject = last
    return async () => {
      await settleAndLink(deps, run, subjects)
      await beat()
    }
  })
  await analyzeFound(deps.db)
  let order = 0n
  await abreast(async () => {
    const ids = await readUnweighed(deps.db, run, order, ORDERS)
    const last = ids.at(-1)
    if (last === undefined) return null
    order = last
    return async () => {
      await weighOrders(deps, run, ids)
      await beat()
    }
  })
}

/** Takes one piece of work after the other and does them `ABREAST` at a time. */
async function abreast(take: () => Promise<(() => Promise<void>) | null>): Promise<void> {
  const under = new Set<Promise<void>>()
  for (;;) {
    const work = await take()
    if (work === null) break
    const going = work().finally(() => under.delete(going))
    going.catch(() => undefined)
    under.add(going)
    if (under.size >= ABREAST) await Promise.race(under)
  }
  await Promise.all(under)
}

async function settleAndLink(deps: LookBackDeps, run: bigint, subjects: readonly string[]): Promise<void> {
  const rows = await readDifferencesOf(deps.db, run, subjects)
  const provers = await proversOf(
    deps,
    rows.flatMap(({ subject, what, before_id, message_number }) =>
      what === 'rekinded' || before_id === null ? [] : [{ subject, id: before_id, number: message_number }],
    ),
    // What the run read and found to say nothing but its own need not be read once more.
    new Set(rows.flatMap((row) => (row.repeats ? [] : [row.message_number]))),
  )
  const settled = [...Map.groupBy(rows, (row) => row.subject)].map(([subject, own]) => {
    const ids = own.flatMap(({ before_id }) => (before_id === null ? [] : [before_id]))
    return settleSubject(own, new Map(ids.map((id) => [id, provers.get(factKey(subject, id)) ?? NOBODY])))
  })
  await settleDifferences(deps.db, run, {
    dropped: settled.flatMap((one) => one.dropped),
    added: settled.flatMap((one) => one.added),
    removed: settled.flatMap((one) => one.removed),
  })
  const left = new Set(settled.flatMap((one) => one.dropped))
  const differing = new Set(rows.flatMap((row) => (left.has(row.id) ? [] : [row.subject])))
  const orders = await ordersOfSubjects(
    deps.db,
    [...differing].map((subject) => ({ subject, removed: [], added: [], rekinded: [] })),
  )
  const links = [...orders].flatMap(([subject, ids]) => ids.map((orderId) => ({ subject, orderId })))
  await insertLinks(deps.db, run, links)
}

const NOBODY: ReadonlySet<bigint> = new Set()

async function weighOrders(deps: LookBackDeps, run: bigint, ids: readonly bigint[]): Promise<void> {
  const links = await readLinks(deps.db, run, ids)
  const own = await readDifferencesOf(deps.db, run, [...new Set(links.map((link) => link.subject))])
  // A reading that names another parcel brings that parcel's changes along.
  const named = own.flatMap((row) => {
    const number = row.after_detail?.trackingNo
    return number === undefined ? [] : [`parcel:${number}`]
  })
  const seen = new Set(own.map((row) => row.subject))
  const more = await readDifferencesOf(
    deps.db,
    run,
    [...new Set(named)].filter((subject) => !seen.has(subject)),
  )
  const bySubject = Map.groupBy([...own, ...more], (row) => row.subject)
  const weighed = await weighFacts(deps.db, deps.interpret, ids, [...bySubject].map(changeOf))
  const wouldReport = weighed.flatMap((order) => newReports(order).map((report) => report.key))
  const known = await knownIntents(deps.db, wouldReport)
  const subjectsOf = Map.groupBy(links, (link) => link.order_id)
  const proofs = await deps.reshipProofs(deps.db, ids)
  const rows = weighed.map((order) => {
    const rows = (subjectsOf.get(order.key.id) ?? []).flatMap(({ subject }) => bySubject.get(subject) ?? [])
    return orderRow(order, rows, known, {
      before: proofs(order.key.id, order.before.facts),
      after: proofs(order.key.id, order.after.facts),
    })
  })
  const there = new Set(rows.map((row) => row.order_id))
  const missing = ids.filter((id) => !there.has(id))
  await insertOrders(deps.db, run, [...rows, ...missing.map(vanished)])
}

function orderRow(
  { key, before, after }: WeighedOrder,
  differences: readonly DifferenceRow[],
  known: ReadonlySet<string>,
  proofs: { readonly before: readonly ReshipProof[]; readonly after: readonly ReshipProof[] },
): Omit<OrderRow, 'applied_at'> {
  const times = Object.fromEntries(
    (['placedAt', 'paidAt', 'shippedAt', 'deliveredAt'] as const).flatMap((name) => {
      const [old, fresh] = [before[name]?.toString() ?? null, after[name]?.toString() ?? null]
      return old === fresh ? [] : [[name, [old, fresh] as const] as const]
    }),
  )
  const reports = newReports({ key, before, after }).flatMap((one) =>
    known.has(one.key) ? [] : [one.trackingNo],
  )
  const [proofBefore, proofAfter] = [proofs.before[0]?.kind ?? null, proofs.after[0]?.kind ?? null]
  const reships = newlyProven(proofs.before, proofs.after)
  return {
    order_id: key.id,
    connection_id: key.connection,
    order_no: key.orderNo,
    differences: differences.length,
    causes: [...new Set(differences.map((row) => row.cause))].sort().slice(0, 20),
    status_before: before.status,
    status_after: after.status,
    times,
    reports,
    proof_before: proofBefore,
    proof_after: proofAfter,
    reships,
    changes:
      before.status !== after.status ||
      Object.keys(times).length > 0 ||
      reports.length > 0 ||
      reships.length > 0 ||
      proofBefore !== proofAfter,
  }
}

/** Parcels that a re-ship becomes possible for; an empty number stands for the whole order. What was proven whole covers every parcel. */
function newlyProven(before: readonly ReshipProof[], after: readonly ReshipProof[]): string[] {
  const known = new Set(before.map(({ trackingNo }) => trackingNo))
  if (known.has(null)) return []
  return [
    ...new Set(after.flatMap(({ trackingNo }) => (known.has(trackingNo) ? [] : [trackingNo ?? '']))),
  ].sort()
}

function vanished(id: bigint): Omit<OrderRow, 'applied_at'> {
  const nothing = { connection_id: '', order_no: '', status_before: '', status_after: '' }
  return {
    ...nothing,
    order_id: id,
    differences: 0,
    causes: [],
    times: {},
    reports: [],
    proof_before: null,
    proof_after: null,
    reships: [],
    changes: false,
  }
}

/** Shipments that the channel would be told of, by the key of their intent. */
function newReports({ key, before, after }: WeighedOrder): { key: string; trackingNo: string }[] {
  const old = new Set(before.reportable.map((parcel) => parcel.trackingNo))
  return after.reportable
    .filter((parcel) => !old.has(parcel.trackingNo))
    .map(({ trackingNo }) => ({
      key: `report_shipment:${key.connection}:${key.orderNo}:${trackingNo}`,
      trackingNo,
    }))
}

function changeOf([subject, rows]: [string, readonly DifferenceRow[]]): FactChange {
  return {
    subject,
    removed: rows.flatMap((row) =>
      row.what === 'rekinded' || row.before_id === null ? [] : [row.before_id],
    ),
    added: rows.flatMap((row) => (row.what === 'rekinded' || row.after_id === null ? [] : [factOf(row)])),
    rekinded: rows.flatMap((row) =>
      row.what === 'rekinded' && row.after_id !== null && row.after_kind !== null
        ? [{ id: row.after_id, kind: row.after_kind }]
        : [],
    ),
  }
}

function factOf(row: DifferenceRow): Fact {
  const { amount, ...detail } = row.after_detail ?? {}
  return {
    id: row.after_id ?? '',
    subject: parseSubject(row.subject),
    kind: row.after_kind as FactKind,
    at: {
      raw: row.after_raw ?? '',
      instant: row.after_at,
      zone: row.after_zone,
      provenance: (row.after_provenance ?? 'ambiguous') as Provenance,
    },
    source: connectionId(row.connection_id),
    code: row.code,
    detail:
      amount === undefined ? detail : { ...detail, amount: money(amount.currency, BigInt(amount.minor)) },
    evidence: messageId(`look-back-${row.message_number}`),
    receivedAt: row.received_at,
  }
}

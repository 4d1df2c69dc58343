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
import type { LookBackDeps } from './deps.ts'
import {
  type DifferenceRow,
  insertLinks,
  insertOrders,
  knownIntents,
  type OrderRow,
  readDifferencesOf,
  readLinks,
  readSubjects,
  readUnweighed,
} from './store.ts'

const SUBJECTS = 2_000
const ORDERS = 500

/** Finds the orders that a run's differences speak of and derives each twice: as it is, and as it would be. Goes on where it was. */
export async function weighRun(deps: LookBackDeps, run: bigint, beat: () => Promise<void>): Promise<void> {
  let after = ''
  for (;;) {
    const subjects = await readSubjects(deps.db, run, after, SUBJECTS)
    const last = subjects.at(-1)
    if (last === undefined) break
    const orders = await ordersOfSubjects(
      deps.db,
      subjects.map((subject) => ({ subject, removed: [], added: [], rekinded: [] })),
    )
    const links = [...orders].flatMap(([subject, ids]) => ids.map((orderId) => ({ subject, orderId })))
    await insertLinks(deps.db, run, links)
    after = last
    await beat()
  }
  let done = 0n
  for (;;) {
    const ids = await readUnweighed(deps.db, run, done, ORDERS)
    const last = ids.at(-1)
    if (last === undefined) return
    await weighOrders(deps, run, ids)
    done = last
    await beat()
  }
}

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
  const rows = weighed.map((order) => {
    const rows = (subjectsOf.get(order.key.id) ?? []).flatMap(({ subject }) => bySubject.get(subject) ?? [])
    return orderRow(deps, order, rows, known)
  })
  const missing = ids.filter((id) => !rows.some((row) => row.order_id === id))
  await insertOrders(deps.db, run, [...rows, ...missing.map(vanished)])
}

function orderRow(
  deps: LookBackDeps,
  { key, before, after }: WeighedOrder,
  differences: readonly DifferenceRow[],
  known: ReadonlySet<string>,
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
  const proofs = { before: deps.reshipProof(before.facts), after: deps.reshipProof(after.facts) }
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
    proof_before: proofs.before,
    proof_after: proofs.after,
    changes:
      before.status !== after.status ||
      Object.keys(times).length > 0 ||
      reports.length > 0 ||
      proofs.before !== proofs.after,
  }
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

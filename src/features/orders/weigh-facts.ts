import type { Fact, FactKind } from '#domain/fact.ts'
import { subjectKey } from '#domain/fact.ts'
import { mapInTurns } from '#kernel/in-turns.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { contentFromJson } from './core/content-json.ts'
import { type DerivedOrder, deriveOrder } from './core/derive-order.ts'
import { factsByOrder, type JoinDeps } from './join-facts.ts'
import { loadFacts, loadLines, type OrderKey, orderKeys, parseSubject } from './store.ts'

/** How the facts of one subject would be other than they are. */
export type FactChange = {
  readonly subject: string
  readonly removed: readonly string[]
  readonly added: readonly Fact[]
  readonly rekinded: readonly { readonly id: string; readonly kind: FactKind }[]
}

export type WeighedOrder = {
  readonly key: OrderKey
  readonly before: DerivedOrder & { readonly facts: readonly Fact[] }
  readonly after: DerivedOrder & { readonly facts: readonly Fact[] }
}

/** The ids of the orders that each subject speaks of, as things stand and by the numbers that the changes would add. */
export async function ordersOfSubjects(
  sql: Sql,
  changes: readonly FactChange[],
): Promise<ReadonlyMap<string, readonly bigint[]>> {
  const nosBySubject = new Map<string, ReadonlySet<string>>()
  const numbers = changes.flatMap(({ subject }) => {
    const read = parseSubject(subject)
    return read.by === 'parcel' ? [read.trackingNo as string] : []
  })
  const linked = await linksOfParcels(sql, [...new Set(numbers)])
  for (const { subject } of changes) {
    const read = parseSubject(subject)
    nosBySubject.set(
      subject,
      read.by === 'parcel' ? (linked.get(read.trackingNo) ?? new Set()) : new Set([read.orderNo]),
    )
  }
  const nos = [...new Set([...nosBySubject.values()].flatMap((set) => [...set]))]
  const rows =
    nos.length === 0
      ? []
      : await sql<{ id: bigint; connection_id: string; order_no: string }>`
          select id, connection_id, order_no from order_key where order_no = any(${textArray(nos)}::text[])`
  const byNo = Map.groupBy(rows, (row) => row.order_no)
  return new Map(
    [...nosBySubject].map(([subject, wanted]) => {
      const read = parseSubject(subject)
      const ids = [...wanted]
        .flatMap((no) => byNo.get(no) ?? [])
        .filter((row) => read.by !== 'order' || row.connection_id === read.connection)
        .map((row) => row.id)
      return [subject, [...new Set(ids)]]
    }),
  )
}

async function linksOfParcels(sql: Sql, numbers: readonly string[]): Promise<Map<string, Set<string>>> {
  const links = new Map<string, Set<string>>()
  if (numbers.length === 0) return links
  const rows = await sql<{ subject: string; tracking_no: string }>`
    select distinct subject, tracking_no from fact where tracking_no = any(${textArray(numbers)}::text[])`
  for (const row of rows) {
    const subject = parseSubject(row.subject)
    if (subject.by === 'parcel') continue
    const set = links.get(row.tracking_no) ?? new Set()
    set.add(subject.orderNo)
    links.set(row.tracking_no, set)
  }
  return links
}

/**
 * These orders as they are and as they would be with the changes: derived twice in memory by the code that derives them for good.
 * Nothing is written and nothing locked. Of the content, which facts never change, only the lines are looked at: a part of them may have left.
 */
export async function weighFacts(
  sql: Sql,
  deps: Pick<JoinDeps, 'canReport'>,
  ids: readonly bigint[],
  changes: readonly FactChange[],
): Promise<readonly WeighedOrder[]> {
  if (ids.length === 0) return []
  const keys = await orderKeys(sql, ids)
  const lines = await loadLines(sql, ids)
  const changeOf = new Map(changes.map((change) => [change.subject, change]))
  const stored = new Map<string, readonly Fact[]>()
  const load: typeof loadFacts = async (tx, subjects) => {
    const missing = subjects.filter((subject) => !stored.has(subject))
    const loaded = Map.groupBy(await loadFacts(tx, missing), (fact) => subjectKey(fact.subject))
    for (const subject of missing) stored.set(subject, loaded.get(subject) ?? [])
    return subjects.flatMap((subject) => [...(stored.get(subject) ?? [])])
  }
  const before = await factsByOrder(sql, keys, load)
  const after = await factsByOrder(sql, keys, async (tx, subjects) => {
    await load(tx, subjects)
    return subjects.flatMap((subject) => changed(stored.get(subject) ?? [], changeOf.get(subject)))
  })
  return await mapInTurns(keys, (key) => {
    const stored = lines.get(key.id)
    const content = stored === undefined ? {} : { lines: contentFromJson<'lines'>(stored) }
    const derived = (given: typeof before) => {
      const { facts, withheld } = given.get(key.id) ?? { facts: [], withheld: [] }
      const canReport = deps.canReport(key.connection)
      return {
        ...deriveOrder({ channel: key.connection, canReport, facts, withheld, content }),
        facts,
      }
    }
    return { key, before: derived(before), after: derived(after) }
  })
}

function changed(facts: readonly Fact[], change: FactChange | undefined): readonly Fact[] {
  if (change === undefined) return facts
  const gone = new Set(change.removed)
  const kinds = new Map(change.rekinded.map(({ id, kind }) => [id, kind]))
  const kept = facts
    .filter((fact) => !gone.has(fact.id))
    .map((fact) => ({ ...fact, kind: kinds.get(fact.id) ?? fact.kind }))
  const known = new Set(kept.map((fact) => fact.id))
  return [...kept, ...change.added.filter((fact) => !known.has(fact.id))]
}

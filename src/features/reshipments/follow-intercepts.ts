import type { InterceptReport } from '#domain/connector.ts'
import type { Connected } from '#features/intake/index.ts'
import { readOrderFacts } from '#features/orders/index.ts'
import { recordedMessages } from '#platform/inbox/recorded.ts'
import { newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type InterceptState, OPEN_INTERCEPTS, stateByAnswer, stateByFacts } from './core/intercept.ts'
import { byParcel } from './core/proof.ts'
import type { ReshipmentDeps } from './deps.ts'
import { type InterceptRow, lockIntercept, readDueLooks, readUnsettled, setIntercept } from './desk/store.ts'
import { codeOf, LOOK_EFFECT, LOOK_EVERY } from './intercepts.ts'
import { writeEvent } from './store.ts'

const LOOKS_AT_MOST = 144
const MOST_REPORTS = 500
/** Clocks of two machines differ; a report is known by its request, whenever it came. */
const SKEW = { minutes: 10 }

/** Brings every intercept where the answers to it and its parcel's facts say it is, and asks after those that are under way. */
export async function followIntercepts(deps: ReshipmentDeps): Promise<void> {
  const since = deps.clock.now().subtract({ hours: 24 * 14 })
  const rows = await readUnsettled(deps.db, since, 1_000)
  const orders = await readOrderFacts(deps.db, [...new Set(rows.map((row) => row.order_id))])
  const reports = await readReports(deps, rows)
  for (const row of rows) {
    const facts = byParcel(orders.get(row.order_id)?.facts ?? []).get(row.tracking_no) ?? []
    const told = reports.get(row.request_id) ?? []
    const next = (state: InterceptState): InterceptState =>
      stateByFacts(
        told.reduce((now, { answer }) => stateByAnswer(now, answer), state),
        facts,
      )
    if (next(row.state) === row.state) continue
    await deps.db.begin(async (tx) => {
      const known = await lockIntercept(tx, row.id)
      if (known === null || next(known.state) === known.state) return
      await become(deps, tx, known, next(known.state), told.at(-1)?.words ?? null)
    })
  }
  await lookAfter(deps)
}

async function become(
  deps: ReshipmentDeps,
  tx: Sql,
  { id }: InterceptRow,
  state: InterceptState,
  words: string | null,
): Promise<void> {
  const now = deps.clock.now()
  const said = words === null ? {} : { code: codeOf(state), detail: words, answered: true }
  await setIntercept(tx, id, { ...said, state }, now)
  await writeEvent(tx, `intercept:${id}`, { what: state, actor: 'hub', words: words ?? '' }, now)
}

/**
 * Answers that were pushed to the connections of these intercepts, by request, oldest first. They are read from the messages themselves at
 * every look, so that one that came before our own bookkeeping is not lost; read twice they say the same.
 */
async function readReports(
  deps: ReshipmentDeps,
  rows: readonly InterceptRow[],
): Promise<ReadonlyMap<string, readonly InterceptReport[]>> {
  const byConnection = Map.groupBy(
    rows.filter(({ state }) => OPEN_INTERCEPTS.includes(state)),
    (row) => row.connection_id,
  )
  const connections = deps.connections().filter((one) => byConnection.has(one.id))
  const found: InterceptReport[] = []
  for (const one of connections)
    found.push(...(await reportsOf(deps.db, one, byConnection.get(one.id) ?? [])))
  return Map.groupBy(found, (report) => report.requestId)
}

async function reportsOf(
  sql: Sql,
  { id, connector }: Connected,
  rows: readonly InterceptRow[],
): Promise<InterceptReport[]> {
  const { interceptReports } = connector
  const from = rows.map((row) => row.asked_at).toSorted(Temporal.Instant.compare)[0]
  if (interceptReports === undefined || from === undefined) return []
  const messages = await recordedMessages(sql, { connections: [id], from: from.subtract(SKEW) }, MOST_REPORTS)
  return messages
    .filter(({ topic }) => topic === interceptReports.topic)
    .flatMap((message) => interceptReports.read(message) ?? [])
}

async function lookAfter(deps: ReshipmentDeps): Promise<void> {
  const now = deps.clock.now()
  for (const row of await readDueLooks(deps.db, now, 500))
    await deps.db.begin(async (tx: Sql) => {
      const nextLook = row.looks + 1 >= LOOKS_AT_MOST ? null : now.add({ minutes: LOOK_EVERY })
      await setIntercept(tx, row.id, { state: row.state, nextLook, looked: true }, now)
      await newIntents(
        tx,
        [
          {
            key: `${LOOK_EFFECT}:${row.id}:${row.looks}`,
            effect: LOOK_EFFECT,
            connection: row.connection_id,
            orderId: row.order_id,
            payload: { intercept: row.id.toString() },
          },
        ],
        now,
      )
    })
}

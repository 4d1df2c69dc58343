import type { Connected } from '#features/intake/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { changePlan, type PollPlan, type PollPlanChange } from './core/poll-plan.ts'
import {
  dropPollSetting,
  type PollRunRow,
  type PollSettingRow,
  readPollRuns,
  readPollSettings,
  wantPoll,
  writePollSetting,
} from './store.ts'

/** How each connection is polled, as people have set it, and what they wish to be polled now; read again every few seconds. */
export type PollPlans = {
  readonly planOf: (connected: Connected) => PollPlan | null
  /** Whether somebody wished for a poll after the last one began. */
  readonly isWanted: (connection: string, begunAt: Instant | null) => boolean
  /** When the last poll began, in whichever process. Open: it has not ended there, or that process did not live to end it. */
  readonly lastOf: (connection: string) => { readonly begunAt: Instant; readonly isOpen: boolean } | null
  readonly refresh: () => Promise<void>
}

export function openPollPlans(db: Database): PollPlans {
  let settings: ReadonlyMap<string, PollSettingRow> = new Map()
  let runs: ReadonlyMap<string, PollRunRow> = new Map()
  return {
    planOf: (connected) => planOf(connected, settings.get(connected.id) ?? null),
    isWanted: (connection, begunAt) => {
      const at = runs.get(connection)?.wanted_at ?? null
      return at !== null && (begunAt === null || Temporal.Instant.compare(at, begunAt) > 0)
    },
    lastOf: (connection) => {
      const { begun_at: begunAt = null, ran_at: endedAt = null } = runs.get(connection) ?? {}
      if (begunAt === null) return null
      return { begunAt, isOpen: endedAt === null || Temporal.Instant.compare(endedAt, begunAt) < 0 }
    },
    refresh: async () => {
      settings = new Map((await readPollSettings(db)).map((row) => [row.connection_id, row]))
      runs = new Map((await readPollRuns(db)).map((row) => [row.connection_id, row]))
    },
  }
}

function planOf(connected: Connected, row: PollSettingRow | null): PollPlan | null {
  const own = connected.connector.poll
  if (own === undefined) return null
  const { everySeconds, overlapSeconds, lagSeconds } = own
  return row === null
    ? { everySeconds, overlapSeconds, lagSeconds }
    : { everySeconds: row.every_seconds, overlapSeconds: row.overlap_seconds, lagSeconds: row.lag_seconds }
}

/** One connection's increment poll as the page shows it. */
export type PollState = {
  readonly connection: string
  readonly plan: PollPlan
  /** The connector's own, for "back to standard". */
  readonly standard: PollPlan
  readonly isChanged: boolean
  readonly run: PollRunRow | null
}

export async function readPollStates(sql: Sql, connections: readonly Connected[]): Promise<PollState[]> {
  const settings = new Map((await readPollSettings(sql)).map((row) => [row.connection_id, row]))
  const runs = new Map((await readPollRuns(sql)).map((row) => [row.connection_id, row]))
  return connections.flatMap((connected) => {
    const standard = planOf(connected, null)
    const row = settings.get(connected.id) ?? null
    const plan = planOf(connected, row)
    if (standard === null || plan === null) return []
    return [
      {
        connection: connected.id,
        plan,
        standard,
        isChanged: row !== null,
        run: runs.get(connected.id) ?? null,
      },
    ]
  })
}

/** Lays a change over a connection's plan; null takes it back to the connector's own. Refuses as `changePlan`, or `pull.not_polled`. */
export async function savePollPlan(
  tx: Sql,
  connected: Connected,
  change: PollPlanChange | null,
  by: string,
): Promise<Result<PollPlan>> {
  const standard = planOf(connected, null)
  if (standard === null) return refuse('pull.not_polled', `${connected.kind} has no increment poll`)
  if (change === null) {
    await dropPollSetting(tx, connected.id)
    return ok(standard)
  }
  const row = (await readPollSettings(tx)).find((one) => one.connection_id === connected.id) ?? null
  const plan = changePlan(planOf(connected, row) ?? standard, change)
  if (!plan.ok) return plan
  const { everySeconds, overlapSeconds, lagSeconds } = plan.value
  await writePollSetting(
    tx,
    {
      connection_id: connected.id,
      every_seconds: everySeconds,
      overlap_seconds: overlapSeconds,
      lag_seconds: lagSeconds,
    },
    by,
  )
  return plan
}

/** Whichever process polls it begins within its next look, two seconds. */
export async function wishForPoll(sql: Sql, clock: Clock, connection: string): Promise<void> {
  await wantPoll(sql, connection, clock.now())
}

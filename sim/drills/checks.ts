import type { CheckName, DrillGoalText } from '#app/drill-scenario.ts'
import type { DrillWords } from '#domain/drill.ts'
import { type Known, lateBy } from './measures.ts'
import type { Sandbox } from './sandbox.ts'
import type { DrillWorld } from './world.ts'

export type CheckDeps = {
  readonly sandbox: Sandbox
  readonly world: DrillWorld
  readonly known: Known
  readonly now: Temporal.Instant
  /** No fault of the world is switched on any more. */
  readonly isMended: boolean
}
type Check = (deps: CheckDeps, goal: DrillGoalText) => Promise<boolean>

const CHECKS: Readonly<Record<CheckName, Check>> = {
  mended: async ({ isMended }) => isMended,
  // Before it rang nothing has been resolved, unless the fault went before it could.
  no_alarm: async ({ sandbox, isMended }, { rule = '' }) => {
    const [row] = await sandbox.sql<{ all: bigint; open: bigint }>`
      select count(*) as all, count(*) filter (where state <> 'resolved') as open from alarm where rule = ${rule}`
    return Number(row?.open ?? 0) === 0 && (isMended || Number(row?.all ?? 0) > 0)
  },
  none_late: async ({ world, known, now }, { measure, minutes = 0, most = 0 }) =>
    measure !== undefined && lateBy(measure, minutes, { world, known, now }).length <= most,
  nothing_parked: async ({ sandbox }, { most = 0 }) =>
    (await count(sandbox.sql`select count(*) as n from inbox_task where state = 'parked'`)) <= most,
  backlog_below: async ({ sandbox }, { most = 50 }) =>
    (await count(sandbox.sql`select count(*) as n from inbox_task where state = 'pending'`)) <= most,
  level_normal: async ({ sandbox }) => {
    const { status, body } = await sandbox.call('GET', '/api/status')
    const { level, spool } = body as { level?: number; spool?: { records: number } }
    return status === 200 && level === 0 && spool?.records === 0
  },
  // The hub tries a blocked account again by itself: for that while it is open, and no better.
  accounts_open: async ({ sandbox, isMended }) =>
    isMended &&
    (await count(
      sandbox.sql`select count(*) as n from carrier_account where active and blocked_code is not null`,
    )) === 0,
  breakers_closed: async ({ sandbox }) =>
    (await count(sandbox.sql`select count(*) as n from breaker where state <> 'closed'`)) === 0,
  rules_good: async ({ sandbox }) =>
    (await count(
      sandbox.sql`select count(*) as n from rule_version where state in ('gray', 'live') and note like 'drill:%'`,
    )) === 0,
}

/** Whether a goal holds now; while the hub or its database is away, none does. */
export async function holds(deps: CheckDeps, goal: DrillGoalText): Promise<boolean> {
  return await CHECKS[goal.check](deps, goal).catch(() => false)
}

const NAMED = 3

/** A goal that does not hold, in words: what is still missing, where that can be counted. */
export function missingOf({ world, known, now }: CheckDeps, goal: DrillGoalText): DrillWords {
  const { measure, minutes = 0, after } = goal
  const zh = after === undefined ? goal.zh : `${goal.zh}（${after.zh}）`
  const en = after === undefined ? goal.en : `${goal.en} (${after.en})`
  const late =
    goal.check === 'none_late' && measure !== undefined ? lateBy(measure, minutes, { world, known, now }) : []
  const names = late.slice(0, NAMED).join(', ')
  return {
    zh: `还没做到：${zh}${late.length === 0 ? '' : `（还差 ${late.length} 个，例如 ${names}）`}`,
    en: `Not reached: ${en}${late.length === 0 ? '' : ` (${late.length} missing, such as ${names})`}`,
  }
}

async function count(rows: Promise<Record<string, unknown>[]>): Promise<number> {
  return Number((await rows)[0]?.n ?? 0)
}

import { newUuid } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { newIntents } from '#platform/outbox/store.ts'
import { ifAlone } from '#platform/postgres/alone.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { answersWithin } from '#platform/postgres/within.ts'
import { type AlarmWords, composeNotice } from './core/compose-notice.ts'
import { decideNotices } from './core/decide-notices.ts'
import type { Decision, NoticePlan } from './core/types.ts'
import type { AlertingDeps } from './deps.ts'
import {
  insertDelivery,
  type RouteRow,
  readAlarmsToTell,
  readDirectlyTold,
  readRoutes,
  readSilences,
  readTold,
  saveTold,
} from './store.ts'

/**
 * Looks at everything that is wrong and queues what is to be told, in one transaction: a notice exists exactly when the route's
 * book says that it was told. Answers how many notices were queued. One process at a time, over all processes.
 */
export async function tellAlarms(deps: AlertingDeps): Promise<number> {
  return (await tellIfAlone(deps)) ?? 0
}

/** No look takes this long. */
const TOLD_WITHIN_MS = 15_000

/**
 * The same for the sweep, which never asks twice at once: a backend that hangs, or that still holds the lock of an earlier look, is
 * an outage instead of a silence.
 */
export async function tellInTime(deps: AlertingDeps, withinMs = TOLD_WITHIN_MS): Promise<number> {
  const queued = await answersWithin(tellIfAlone(deps), withinMs)
  if (queued === null)
    throw new Outage('database.unreachable', 'an earlier look at the alarms has not ended and holds its lock')
  return queued
}

/** Null while another process looks. */
async function tellIfAlone(deps: AlertingDeps): Promise<number | null> {
  let queued = 0
  const alone = await ifAlone(deps.db, 'holdfast.alerting.tell', async (tx) => {
    const { decision, alarms, routes } = await decideNow(deps, tx)
    await saveTold(tx, decision.told)
    for (const plan of decision.notices) {
      await queueNotice(deps, tx, plan, alarms, routes)
      queued += 1
    }
  })
  return alone ? queued : null
}

/** What would be told at this moment, and what waits for quiet hours to end. */
export async function decideNow(
  deps: AlertingDeps,
  sql: Sql,
): Promise<{
  readonly decision: Decision
  readonly alarms: ReadonlyMap<bigint, AlarmWords>
  readonly routes: ReadonlyMap<bigint, RouteRow>
}> {
  const now = deps.clock.now()
  const routes = (await readRoutes(sql, deps.zone())).filter(({ active }) => active)
  const alarms = await readAlarmsToTell(sql, now)
  const told = await readTold(
    sql,
    alarms.map(({ id }) => id),
  )
  const silences = await readSilences(sql, now, false)
  const direct = await readDirectlyTold(sql, now)
  return {
    decision: decideNotices({ alarms, routes, told, silences, direct, now }),
    alarms: new Map(alarms.map((alarm) => [alarm.id, alarm])),
    routes: new Map(routes.map((route) => [route.id, route])),
  }
}

async function queueNotice(
  deps: AlertingDeps,
  tx: Sql,
  plan: NoticePlan,
  alarms: ReadonlyMap<bigint, AlarmWords>,
  routes: ReadonlyMap<bigint, RouteRow>,
): Promise<void> {
  const at = deps.clock.now()
  const id = newUuid(deps.clock, deps.random)
  const members = plan.alarmIds.flatMap((alarmId) => alarms.get(alarmId) ?? [])
  const notice = composeNotice(
    { id, kind: plan.kind, rule: plan.rule, severity: plan.severity, at, alarms: members },
    { language: routes.get(plan.routeId)?.language ?? 'both', publicUrl: deps.publicUrl() },
  )
  for (const target of plan.targets) {
    const delivery = await insertDelivery(tx, {
      noticeId: id,
      routeId: plan.routeId,
      target,
      alarmIds: plan.alarmIds,
      subjects: members.map(({ subject }) => subject),
      notice,
      state: 'queued',
      words: null,
      direct: false,
      at,
    })
    if (delivery === null) continue
    const payload = { delivery: delivery.toString(), kind: plan.kind, rule: plan.rule }
    await newIntents(
      tx,
      [{ key: `notify:${id}:${target}`, effect: 'notify', connection: target, orderId: null, payload }],
      at,
    )
  }
}

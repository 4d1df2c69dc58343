import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { acknowledgeAlarms, resolveByHand } from '#platform/alarms/store.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Audit } from './deps.ts'
import { readAlarm } from './records/store.ts'

export type HandleDeps = { readonly db: Database; readonly clock: Clock; readonly audit: Audit }

/** Marks alarms as seen; those that were not open are left alone. Answers how many were. */
export async function acknowledgeChosen(
  deps: HandleDeps,
  ids: readonly bigint[],
  note: string | null,
  actor: Actor,
): Promise<number> {
  return await deps.db.begin(async (tx) => {
    const done = await acknowledgeAlarms(tx, ids, actor.name, note, deps.clock.now())
    for (const id of done)
      await deps.audit(tx, {
        actor,
        action: 'alerting.acknowledged',
        subject: id.toString(),
        detail: { note },
      })
    return done.length
  })
}

/** One alarm. Refused: `alerting.not_found`, and `alerting.state_conflict` where it is past that. */
export async function handleAlarm(
  deps: HandleDeps,
  id: bigint,
  how: 'acknowledge' | 'resolve',
  note: string | null,
  actor: Actor,
): Promise<Result<null>> {
  const change = how === 'acknowledge' ? acknowledgeAlarms : resolveByHand
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const alarm = await readAlarm(tx, id)
    if (alarm === null) return noAlarm()
    const done = await change(tx, [id], actor.name, note, deps.clock.now())
    if (done.length === 0) return refuse('alerting.state_conflict', `the alarm is ${alarm.state} already`)
    await deps.audit(tx, {
      actor,
      action: how === 'acknowledge' ? 'alerting.acknowledged' : 'alerting.resolved',
      subject: id.toString(),
      detail: { rule: alarm.rule, subject: alarm.subject, note },
    })
    return ok(null)
  })
}

export function noAlarm() {
  return refuse('alerting.not_found', 'there is no such alarm')
}

import type { Clock, Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import { breachDue, type RiskRow, readRisk } from './store.ts'

export type WatchDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly alarms: Alarms
}

const AT_ONCE = 5_000
/** Breaches older than this are history, not an alarm. */
const FRESH = Temporal.Duration.from({ hours: 24 })

/** Marks what broke and tells who is about to: one alarm per connection, ahead of the breach and after it. */
export async function watchPromises({ db, clock, zone, alarms }: WatchDeps): Promise<void> {
  const now = clock.now()
  while ((await breachDue(db, now, AT_ONCE)) === AT_ONCE);
  const rows = await readRisk(db, now, now.subtract(FRESH))
  await alarms.settle(
    'promise.at_risk',
    rows.filter((row) => row.at_risk > 0n).map((row) => riskSignal(row, now, zone())),
  )
  await alarms.settle(
    'promise.breached',
    rows.filter((row) => row.breached > 0n).map((row) => breachSignal(row)),
  )
}

function riskSignal(row: RiskRow, now: Instant, zone: string): AlarmSignal {
  const minutes =
    row.first_due === null ? 0 : Math.max(0, Math.floor(row.first_due.since(now).total('minutes')))
  const name = row.name ?? row.connection_id
  return {
    rule: 'promise.at_risk',
    subject: row.connection_id,
    severity: 'warning',
    words: {
      zh: `${name} 有 ${row.at_risk} 个订单即将违反时效承诺，最早的还剩 ${minutes} 分钟；请按截止时间先打单。`,
      en: `${name}: ${row.at_risk} orders are about to break their promise, the first in ${minutes} min; print their waybills first, in order of the deadline.`,
    },
    evidence: {
      orders: Number(row.at_risk),
      firstDue: row.first_due === null ? null : formatInstant(row.first_due, zone),
      sample: row.sample,
    },
    link: `/promises?connection=${row.connection_id}`,
  }
}

function breachSignal(row: RiskRow): AlarmSignal {
  const name = row.name ?? row.connection_id
  return {
    rule: 'promise.breached',
    subject: row.connection_id,
    severity: 'critical',
    words: {
      zh: `${name} 在 24 小时内有 ${row.breached} 个订单已违反时效承诺且仍未完成；请优先处理，并考虑与买家或平台沟通延期。`,
      en: `${name}: ${row.breached} orders broke their promise within 24 h and are still open; do them first, and talk to buyers or the platform about the delay.`,
    },
    evidence: { orders: Number(row.breached), sample: row.sample },
    link: `/promises?connection=${row.connection_id}&state=breached`,
  }
}

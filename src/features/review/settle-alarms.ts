import type { Clock, Instant } from '#kernel/clock.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { AlarmSignal } from '#platform/alarms/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { ReviewRule } from './rule.ts'
import { countOverdueUnowned, type FloodRow, readFloods, readTopSku } from './store.ts'

export type Thresholds = {
  /** Cases past due that nobody has taken; more than this is an alarm. */
  readonly overdue: number
  /** Cases that one rule opens within ten minutes; more than this is an alarm. */
  readonly flood: number
}

type AlarmDeps = {
  readonly db: Sql
  readonly clock: Clock
  readonly alarms: Alarms
  readonly rules: readonly ReviewRule[]
  readonly thresholds: Thresholds
}

const FLOOD_MINUTES = 10

/** Says what the workbench itself is in trouble about: nobody works on it, or one cause fills it. Both heal by themselves. */
export async function settleAlarms({ db, clock, alarms, rules, thresholds }: AlarmDeps): Promise<void> {
  const now = clock.now()
  const { count, oldest } = await countOverdueUnowned(db, now)
  await alarms.settle('review.overdue', count > thresholds.overdue ? [overdueSignal(count, oldest, now)] : [])
  const since = now.subtract({ minutes: FLOOD_MINUTES })
  const floods = await readFloods(db, since, thresholds.flood)
  const signals: AlarmSignal[] = []
  for (const flood of floods) signals.push(floodSignal(flood, rules, await readTopSku(db, flood.rule, since)))
  await alarms.settle('review.flood', signals)
}

function overdueSignal(count: number, oldest: Instant | null, now: Instant): AlarmSignal {
  const minutes = oldest === null ? 0 : Math.floor(now.since(oldest).total('minutes'))
  return {
    rule: 'review.overdue',
    subject: 'review',
    severity: 'warning',
    words: {
      zh: `异常工作台有 ${count} 件已超期且无人认领，最早的超期 ${minutes} 分钟。请现在分派（可批量轮流分派），先处理严重的。`,
      en: `${count} cases of the workbench are past due and nobody has taken them; the oldest by ${minutes} min. Assign them now (in bulk, in turn), critical ones first.`,
    },
    evidence: { cases: count, oldestMinutes: minutes },
    link: '/review?owner=none&overdue=1',
  }
}

function floodSignal(flood: FloodRow, rules: readonly ReviewRule[], sku: string | null): AlarmSignal {
  const rule = rules.find((one) => one.id === flood.rule)
  const [count, most] = [Number(flood.count), Number(flood.of_connection)]
  const shop = flood.connection_name ?? flood.connection_id
  const whereZh = shop === null ? '' : `，其中 ${most} 件来自「${shop}」`
  const whereEn = shop === null ? '' : `, ${most} of them of "${shop}"`
  return {
    rule: 'review.flood',
    subject: flood.rule,
    severity: 'warning',
    words: {
      zh: `10 分钟内新增 ${count} 件「${rule?.zh ?? flood.rule}」${whereZh}${sku === null ? '' : `，最多的 SKU 是 ${sku}`}。多半是同一个原因：先查这个渠道和 SKU，不要逐单处理。`,
      en: `${count} cases "${rule?.en ?? flood.rule}" opened within 10 min${whereEn}${sku === null ? '' : `; most of SKU ${sku}`}. Most likely one cause: look at that channel and SKU first, not at single orders.`,
    },
    evidence: { rule: flood.rule, cases: count, connection: flood.connection_id, ofConnection: most, sku },
    link: `/review?rule=${encodeURIComponent(flood.rule)}`,
  }
}

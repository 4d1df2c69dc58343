import { carrierTitle } from '#domain/carrier.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Finding } from '../core/states.ts'
import { ALL, leastHours, type Threshold, withDefaults } from '../core/thresholds.ts'
import {
  type Group,
  type Incomplete,
  markStalled,
  markUnscanned,
  pruneHours,
  readCompleteness,
  readGroups,
  readThresholds,
} from './store.ts'

export type WatchDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly alarms: Alarms
  readonly zone: () => string
  readonly warehouseName: (code: string) => string
  /** The hub's own hours, under those that people set. */
  readonly hours: {
    readonly firstScanHours: number
    readonly stalledHours: number
    readonly customsHours: number
  }
  /** Events that only asking brought, in thousandths of all, from which on pushes count as broken; and the least of them. */
  readonly incomplete: { readonly permille: number; readonly least: number }
}

const AT_ONCE = 5_000
/** A look ends after so many rounds; the next one goes on. */
const ROUNDS = 20
/** What is older is history: it has its row in the workbench and raises nothing any more. */
const FRESH_DAYS = 14
const HOURS_KEPT_DAYS = 90
export const COMPLETENESS_HOURS = 24

export type AlarmedFinding = Exclude<Finding, 'exception' | 'returning'>
const RULE_OF: Readonly<Record<AlarmedFinding, string>> = {
  no_first_scan: 'parcel.no_first_scan',
  stalled: 'parcel.stalled',
  customs: 'parcel.customs',
  wrong_way: 'parcel.wrong_way',
  delivery_failed: 'parcel.delivery_failed',
  disputed: 'parcel.disputed',
}

/** Looks for parcels that ought to have moved, and says what is wrong, one alarm a carrier and warehouse. */
export async function watchParcels(deps: WatchDeps): Promise<void> {
  const { db, clock, alarms } = deps
  const now = clock.now()
  const rows = await thresholdsNow(deps)
  await inRounds((limit) =>
    markUnscanned(db, { rows, least: ago(now, leastHours(rows, ['firstScanHours'])), now, limit }),
  )
  await inRounds((limit) =>
    markStalled(db, {
      rows,
      least: ago(now, leastHours(rows, ['stalledHours', 'customsHours'])),
      now,
      limit,
    }),
  )
  const groups = await readGroups(db, ago(now, 24 * FRESH_DAYS))
  for (const [finding, rule] of Object.entries(RULE_OF)) {
    const own = groups.filter((group) => group.finding === finding)
    await alarms.settle(
      rule,
      own.map((group) => groupSignal(deps, rule, finding as AlarmedFinding, group)),
    )
  }
}

/** Says of every carrier whether asking finds what its pushes should have told. */
export async function watchCompleteness(deps: WatchDeps): Promise<void> {
  const { db, clock, alarms, incomplete } = deps
  const now = clock.now()
  const figures = await readCompleteness(db, ago(now, COMPLETENESS_HOURS))
  const bad = figures.filter(
    ({ heard, missed }) => missed >= incomplete.least && missed * 1_000 > heard * incomplete.permille,
  )
  await alarms.settle('tracking.push_incomplete', bad.map(incompleteSignal))
  await pruneHours(db, ago(now, 24 * HOURS_KEPT_DAYS))
}

export async function thresholdsNow({
  db,
  hours,
}: Pick<WatchDeps, 'db' | 'hours'>): Promise<readonly Threshold[]> {
  return withDefaults(
    (await readThresholds(db)).map((row) => ({
      carrier: row.carrier,
      warehouse: row.warehouse,
      firstScanHours: row.first_scan_hours,
      stalledHours: row.stalled_hours,
      customsHours: row.customs_hours,
    })),
    hours,
  )
}

async function inRounds(mark: (limit: number) => Promise<number>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) if ((await mark(AT_ONCE)) < AT_ONCE) return
}

function ago(now: Instant, hours: number): Instant {
  return now.subtract({ hours })
}

type Saying = (who: { zh: string; en: string }, n: number) => { readonly zh: string; readonly en: string }

const SAYINGS: Readonly<Record<AlarmedFinding, Saying>> = {
  no_first_scan: (who, n) => ({
    zh: `${who.zh}有 ${n} 个包裹打单后迟迟没有首扫。先向仓库核对是否已交接、承运商是否已来揽收，再让系统重新订阅。`,
    en: `${n} parcels ${who.en} were printed and never scanned. Ask the warehouse whether they were handed over and the carrier whether it came; then subscribe anew.`,
  }),
  stalled: (who, n) => ({
    zh: `${who.zh}有 ${n} 个包裹多日没有物流更新。先点「立即查询」排除漏推，再向承运商催查；疑似丢件先不要补发，走补发审批。`,
    en: `${n} parcels ${who.en} have not moved for days. Ask now to rule out lost pushes, then press the carrier; re-ship only by approval.`,
  }),
  customs: (who, n) => ({
    zh: `${who.zh}有 ${n} 个包裹卡在海关。看原文要补什么资料，今天补交给承运商的清关组，并告知买家会晚到。`,
    en: `${n} parcels ${who.en} are stuck at customs. Read what papers are asked for, hand them to the carrier's brokerage today, and tell the buyers.`,
  }),
  wrong_way: (who, n) => ({
    zh: `${who.zh}有 ${n} 个包裹走向不对（到过目的省又离开，或承运商说错发）。联系承运商改派，并核对面单地址。`,
    en: `${n} parcels ${who.en} go the wrong way (left the province they go to, or were missorted). Have the carrier redirect them and check the label's address.`,
  }),
  delivery_failed: (who, n) => ({
    zh: `${who.zh}有 ${n} 个包裹多次派送失败。今天联系买家确认电话、地址和时间，再让网点重派，否则会被退回。`,
    en: `Delivery of ${n} parcels ${who.en} failed more than once. Confirm phone, address and time with the buyers today and have them tried again, or they will be returned.`,
  }),
  disputed: (who, n) => ({
    zh: `${who.zh}有 ${n} 个包裹显示签收但有争议（买家否认、签收后退款或妥投撤销）。先向承运商要签收凭证，再答复买家；未核实前不要补发。`,
    en: `${n} parcels ${who.en} are delivered and disputed (buyer denies, refund asked, or delivery revoked). Get the proof of delivery first; do not re-ship before.`,
  }),
}

function groupSignal(deps: WatchDeps, rule: string, finding: AlarmedFinding, group: Group): AlarmSignal {
  const { carrier, warehouse, parcels, oldest, sample } = group
  const store = warehouse === null ? null : deps.warehouseName(warehouse)
  const who = {
    zh: `${carrierTitle(carrier)}${store === null ? '' : `·${store}`}`,
    en: `of ${carrier ?? 'an unknown carrier'}${store === null ? '' : ` from ${store}`}`,
  }
  const query = new URLSearchParams({ find: finding })
  if (carrier !== null) query.set('carrier', carrier)
  if (warehouse !== null) query.set('warehouse', warehouse)
  return {
    rule,
    subject: `${carrier ?? ''}|${warehouse ?? ''}`,
    severity: finding === 'disputed' || finding === 'customs' ? 'critical' : 'warning',
    words: SAYINGS[finding](who, parcels),
    evidence: {
      carrier,
      warehouse,
      parcels,
      oldest: formatInstant(oldest, deps.zone()),
      sample: sample.join(' '),
    },
    link: `/parcels?${query}`,
  }
}

function incompleteSignal({ carrier, heard, missed }: Incomplete): AlarmSignal {
  const percent = ((missed * 100) / heard).toFixed(2)
  const name = carrierTitle(carrier)
  return {
    rule: 'tracking.push_incomplete',
    subject: carrier === '' ? ALL : carrier,
    severity: 'warning',
    words: {
      zh: `${name} 最近 ${COMPLETENESS_HOURS} 小时有 ${missed} 条物流事件没有推送、是查询补回来的，占 ${percent}%（共 ${heard} 条）。先看订阅页有无失败，再到回调健康核对推送地址。`,
      en: `${missed} events of ${carrier === '' ? 'an unknown carrier' : carrier} in the last ${COMPLETENESS_HOURS} h (${percent}% of ${heard}) were not pushed and had to be asked for. Look for failed subscriptions first, then at the push address in callback health.`,
    },
    evidence: { carrier: name, heard, missed, percent },
    link: '/parcels?tab=figures',
  }
}

import type { Clock } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { readReviewShares } from './decisions/store.ts'
import type { RulebookDeps } from './deps.ts'
import { readRolledBack } from './history/store.ts'
import { forgetNotLoaded, readNotLoaded } from './live/store.ts'
import { forgetTallies } from './tally/store.ts'
import { watchGray } from './watch-gray.ts'

export type RuleAlarmDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly alarms: Alarms
  readonly zone: () => string
  /** Share of undecided orders of a live version, in percent, from which on it is alarmed. */
  readonly reviewPercent: number
}

const GUARDS_EVERY_MS = 2_000
const ALARMS_EVERY_MS = 10_000
const FORGET_EVERY_MS = 3_600_000

export function rulebookSweeps(deps: RulebookDeps, alarms: RuleAlarmDeps): readonly Sweep[] {
  return [
    { name: 'rulebook-guards', everyMs: GUARDS_EVERY_MS, run: () => watchGray(deps) },
    { name: 'rulebook-alarms', everyMs: ALARMS_EVERY_MS, run: () => settleRuleAlarms(alarms) },
    {
      name: 'rulebook-forget',
      everyMs: FORGET_EVERY_MS,
      run: async () => {
        const now = deps.clock.now()
        await forgetTallies(deps.db, now.subtract({ hours: 24 * TALLY_DAYS }))
        await forgetNotLoaded(deps.db, now.subtract({ hours: 1 }))
      },
    },
  ]
}

const TALLY_DAYS = 30

export async function settleRuleAlarms(deps: RuleAlarmDeps): Promise<void> {
  await settleRolledBack(deps)
  await settleNotLoaded(deps)
  await settleReviewFlood(deps)
}

const ROLLED_BACK_HOURS = 24

/** A version that a guard took back is told until its set has another one on the way, or a day later. */
async function settleRolledBack({ db, clock, alarms, zone }: RuleAlarmDeps): Promise<void> {
  const rows = await readRolledBack(db, clock.now().subtract({ hours: ROLLED_BACK_HOURS }))
  await alarms.settle(
    'rules.rolled_back',
    rows.map((row) => ({
      rule: 'rules.rolled_back',
      subject: `${row.kind}:${row.set_id}`,
      severity: 'warning',
      words: {
        zh: `规则「${row.name}」v${row.number} 的灰度被护栏自动回滚（${row.zh}）。生效版本未受影响；在「护栏」和「决策追溯」看它在哪些订单上出错，改好后重新试跑、灰度`,
        en: `Rules "${row.name}": a guard took gray v${row.number} back (${row.en}). The live version was never touched; see in guards and decisions on which orders it went wrong, mend it, dry run and try it again`,
      },
      evidence: { version: row.number, at: formatInstant(row.at, zone()), why: row.en },
      link: `/rules/${row.set_id}`,
    })),
  )
}

const NOT_LOADED_SECONDS = 35

async function settleNotLoaded({ db, clock, alarms }: RuleAlarmDeps): Promise<void> {
  const rows = await readNotLoaded(db, clock.now().subtract({ seconds: NOT_LOADED_SECONDS }))
  await alarms.settle(
    'rules.not_loaded',
    rows.map((row) => ({
      rule: 'rules.not_loaded',
      subject: `${row.set_id}:v${row.number}`,
      severity: 'critical',
      words: {
        zh: `规则「${row.set_name}」v${row.number} 在 ${row.processes} 个进程中无法加载（${row.words}）；这些进程仍按原版本决策，没有原版本的订单转人工。先核对各进程版本是否一致，急时一键回滚该规则集`,
        en: `Rules "${row.set_name}" v${row.number} cannot be loaded in ${row.processes} processes (${row.words}); they go on with the version before, and orders without one go to review. See that all processes run the same release, or roll the set back`,
      },
      evidence: { version: row.number, processes: Number(row.processes), why: row.words },
      link: `/rules/${row.set_id}`,
    })),
  )
}

const REVIEW_MINUTES = 60
/** Fewer are no flood, whatever share they are. */
const REVIEW_LEAST = 20

async function settleReviewFlood({ db, clock, alarms, reviewPercent }: RuleAlarmDeps): Promise<void> {
  const rows = await readReviewShares(db, clock.now().subtract({ minutes: REVIEW_MINUTES }))
  const high = rows.filter(
    ({ decisions, reviews }) =>
      reviews >= REVIEW_LEAST && Number(reviews) * 100 >= Number(decisions) * reviewPercent,
  )
  await alarms.settle(
    'rules.review_flood',
    high.map((row) => {
      const share = `${((100 * Number(row.reviews)) / Number(row.decisions)).toFixed(1)}%`
      return {
        rule: 'rules.review_flood',
        subject: `${row.kind}:${row.set_id}`,
        severity: 'warning',
        words: {
          zh: `规则「${row.name}」近一小时 ${row.decisions} 单中 ${row.reviews} 单（${share}）判不了，已转人工，最多的原因是 ${row.code ?? '-'}。在「决策追溯」看停在哪个节点，补上分支后发布，急时一键回滚`,
          en: `Rules "${row.name}" left ${row.reviews} of the last hour's ${row.decisions} orders (${share}) to review, mostly for ${row.code ?? '-'}. See in the decisions at which node they stop, add the missing branch and publish; roll back where it is urgent`,
        },
        evidence: { decisions: Number(row.decisions), reviews: Number(row.reviews), code: row.code },
        link: `/decisions?set=${row.set_id}&outcome=review`,
      }
    }),
  )
}

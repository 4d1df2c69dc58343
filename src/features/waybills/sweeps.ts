import type { Instant } from '#kernel/clock.ts'
import { refuse } from '#kernel/result.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { JournalRow } from '#platform/journal/store.ts'
import { databaseNow } from '#platform/postgres/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { changeWaybill, endWaybill } from './change-waybills.ts'
import type { WaybillDeps } from './deps.ts'
import { beginCancelling, keepUncancelled } from './make/cancel-waybill.ts'
import { toReview } from './make/make-waybill.ts'
import {
  ADDRESS_CHANGED,
  countReaddressed,
  countWaybills,
  lockWaybill,
  putBehind,
  readGivenUp,
  readNeedless,
  readReaddressed,
  readStale,
  readWaitingForAccount,
  type StandingRow,
} from './make/store.ts'
import { readChoices } from './read-accounts.ts'
import { readAccounts, setBlocked } from './store.ts'
import { readReadyLeads } from './want/store.ts'
import { wantWaybills } from './want/want-waybills.ts'

export const WAYBILL_READER = 'waybills'
const AT_ONCE = 200

/** Follows plans: what stands wants waybills in the transaction that hears of it. */
export function followPlans(deps: WaybillDeps): (tx: Sql, rows: readonly JournalRow[]) => Promise<void> {
  return async (tx, rows) => {
    const stands = rows.filter((row) => {
      if (row.kind !== 'plan.changed' || row.orderId === null) return false
      const { state, code } = row.data as { readonly state?: unknown; readonly code?: unknown }
      return state === 'locked' || state === 'planned' || code === 'order_stock.part_waits'
    })
    const ids = [...new Set(stands.flatMap((row) => (row.orderId === null ? [] : [row.orderId])))]
    if (ids.length > 0) await wantWaybills(tx, deps, ids.toSorted(compare), { actor: 'hub' })
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export type WaybillSweepDeps = WaybillDeps & {
  readonly alarms: Alarms
  /** Waybills in review from which on people are told. */
  readonly reviewMost: number
  readonly zone: () => string
}

/**
 * Looks for what was missed: plans that stand without a waybill (an account was added since), waybills that nothing travels under any
 * more, calls that were given up; lets blocked accounts be tried again; and says when people are needed.
 */
export function waybillSweeps(deps: WaybillSweepDeps): readonly Sweep[] {
  return [
    { name: 'waybills', everyMs: 15_000, run: missedSweep(deps) },
    { name: 'waybills-needless', everyMs: 20_000, run: needlessSweep(deps) },
    { name: 'waybills-stuck', everyMs: 5_000, run: () => freeStuck(deps) },
    { name: 'waybills-address', everyMs: 60_000, run: () => seeNewAddresses(deps) },
    { name: 'waybills-given-up', everyMs: 10_000, run: () => endGivenUp(deps) },
    { name: 'waybill-accounts', everyMs: 30_000, run: () => tryBlocked(deps) },
    { name: 'waybill-alarms', everyMs: 15_000, run: () => tellPeople(deps) },
  ]
}

/** Goes on where the last turn ended, and round again. */
function missedSweep(deps: WaybillDeps): () => Promise<void> {
  let after = 0n
  return async () => {
    after = await wantMissed(deps, after)
  }
}

/** Answers behind which order the next turn begins. */
async function wantMissed(deps: WaybillDeps, after: bigint): Promise<bigint> {
  const serving = (await readAccounts(deps.db)).filter((one) => one.active && one.mode === 'auto')
  if (serving.length === 0) return 0n
  const everywhere = serving.some((one) => one.warehouses.length === 0)
  const warehouses = everywhere ? null : [...new Set(serving.flatMap((one) => one.warehouses))]
  const leads = await readReadyLeads(deps.db, warehouses, after, AT_ONCE)
  for (let from = 0; from < leads.length; from += 50)
    await deps.db.begin((tx) => wantWaybills(tx, deps, leads.slice(from, from + 50), { actor: 'hub' }))
  return leads.length < AT_ONCE ? 0n : (leads.at(-1) ?? 0n)
}

const NEEDLESS = '包裹已重新计划或订单已取消 / planned anew or cancelled'

/** Plans that changed in the last minutes at every turn, and all waybills now and then. */
function needlessSweep(deps: WaybillDeps): () => Promise<void> {
  let turn = 0
  return async () => {
    const isFull = turn % NEEDLESS_FULL_TURNS === 0
    turn += 1
    // Plans bear the database's time.
    const since = isFull ? null : (await databaseNow(deps.db)).subtract({ minutes: NEEDLESS_MINUTES })
    await cancelNeedless(deps, since)
  }
}
const NEEDLESS_FULL_TURNS = 45
const NEEDLESS_MINUTES = 10

async function cancelNeedless(deps: WaybillDeps, since: Instant | null): Promise<void> {
  for (const id of await readNeedless(deps.db, since, AT_ONCE))
    await deps.db.begin(async (tx) => {
      const row = await lockWaybill(tx, id)
      if (row === null || row.state !== 'issued') return
      await beginCancelling(tx, row, { actor: 'hub', reason: NEEDLESS }, deps.clock.now())
    })
}

/** Few at a time: an account that is well again is tried before all is put on it. */
const AGAIN_AT_ONCE = 20

/** Ends what waits for a person although nothing travels under it any more, and asks again what an account was to blame for. */
async function freeStuck(deps: WaybillDeps): Promise<void> {
  for (const id of await readStale(deps.db, AT_ONCE))
    await deps.db.begin(async (tx) => {
      const row = await lockWaybill(tx, id)
      if (row?.state === 'review') await endWaybill(tx, row, NEEDLESS, 'hub', deps.clock.now())
    })
  const { all } = await readChoices(deps.db, deps)
  if (!all.some((one) => one.active && !one.isAway && one.blockedCode === null)) return
  for (const id of await readWaitingForAccount(deps.db, AGAIN_AT_ONCE))
    await deps.db.begin(async (tx) => {
      const again = { do: 'retry', accountId: null, pieces: null } as const
      const done = await changeWaybill(tx, deps, id, again, 'hub')
      if (!done.ok) await putBehind(tx, id, deps.clock.now())
    })
}

/**
 * The carrier was told another address than the order has now: what is not printed yet gets another waybill by itself, what is printed is
 * a person's to stop or to send on.
 */
async function seeNewAddresses(deps: WaybillDeps): Promise<void> {
  for (const id of await readReaddressed(deps.db, AT_ONCE))
    await deps.db.begin(async (tx) => {
      const row = await lockWaybill(tx, id)
      if (row === null || row.state !== 'issued' || row.code !== null) return
      const now = deps.clock.now()
      if (row.printed_at !== null)
        return await keepUncancelled(tx, row, { code: ADDRESS_CHANGED, detail: '' }, READDRESSED, now)
      const renew = { actor: 'hub', accountId: row.account_id }
      await beginCancelling(tx, row, { actor: 'hub', reason: READDRESSED.zh, renew }, now)
    })
}
const READDRESSED = {
  zh: '取号后收件地址改了：标签没发走就换单号重打，已发走就拦截',
  en: 'the address changed after the waybill was made: renew it if the label is still here, else intercept',
}

async function endGivenUp(deps: WaybillDeps): Promise<void> {
  for (const stuck of await readGivenUp(deps.db, AT_ONCE))
    await deps.db.begin(async (tx) => {
      const row = await lockWaybill(tx, stuck.id)
      if (row === null || !['wanted', 'asking', 'cancelling'].includes(row.state)) return
      const now = deps.clock.now()
      const detail = `${stuck.code ?? ''} ${stuck.detail ?? ''}`.trim()
      const { refusal } = refuse('waybills.no_answer', detail)
      if (row.state !== 'cancelling') return await toReview(tx, row, refusal, now)
      const words = { zh: `作废没有成功：${detail}`, en: `cancelling did not succeed: ${detail}` }
      await keepUncancelled(tx, row, refusal, words, now)
    })
}

/** After how many minutes an account is tried again by itself, by what it was blocked for. */
const TRY_AGAIN_MINUTES: Readonly<Record<string, number>> = {
  'carrier.pool_empty': 10,
  'pools.empty': 1,
  'carrier.credential_expired': 5,
  'carrier.ip_refused': 5,
}
const TRY_OTHERS_MINUTES = 30

async function tryBlocked(deps: WaybillDeps): Promise<void> {
  const now = deps.clock.now()
  for (const account of await readAccounts(deps.db)) {
    if (account.blocked_code === null || account.blocked_at === null) continue
    const wait = TRY_AGAIN_MINUTES[account.blocked_code] ?? TRY_OTHERS_MINUTES
    if (now.since(account.blocked_at).total('minutes') >= wait)
      await deps.db.begin((tx) => setBlocked(tx, account.id, null, now))
  }
}

/** Minutes after which a waybill that a carrier neither makes nor refuses is told. */
const LATE_MINUTES = 10

async function tellPeople(deps: WaybillSweepDeps): Promise<void> {
  const { alarms, db, clock, reviewMost } = deps
  await alarms.settle('waybill.address_changed', addressSignals(await countReaddressed(db)))
  const states = new Map((await countWaybills(db)).map((row) => [row.state, row]))
  await alarms.settle('waybill.review', reviewSignals(states.get('review'), reviewMost))
  const late = ['wanted', 'asking'].flatMap((state) => {
    const row = states.get(state as StandingRow['state'])
    const minutes = row?.oldest == null ? 0 : clock.now().since(row.oldest).total('minutes')
    return row === undefined || minutes < LATE_MINUTES ? [] : [{ row, minutes }]
  })
  const count = late.reduce((sum, { row }) => sum + Number(row.count), 0)
  const minutes = Math.floor(Math.max(0, ...late.map((one) => one.minutes)))
  await alarms.settle(
    'waybill.slow',
    late.length === 0
      ? []
      : [
          {
            rule: 'waybill.slow',
            subject: 'hub',
            severity: 'warning',
            words: {
              zh: `${count} 个面单还没取到号，最早的等了 ${minutes} 分钟；看「外发队列」里承运商怎么回答`,
              en: `${count} waybills are not made yet, the oldest for ${minutes} minutes; the outbox says what carriers answer`,
            },
            evidence: { count, minutes },
            link: '/outbox',
          } satisfies AlarmSignal,
        ],
  )
  const blocked = (await readAccounts(db)).filter((one) => one.active && one.blocked_code !== null)
  await alarms.settle(
    'waybill.account_blocked',
    blocked.map(
      (one): AlarmSignal => ({
        rule: 'waybill.account_blocked',
        subject: one.id.toString(),
        severity: 'warning',
        words: {
          zh: `取号账号「${one.name}」暂停使用：${one.blocked_code}；修好后在「电子面单 · 账号」点恢复`,
          en: `Waybill account ${one.name} is left alone: ${one.blocked_code}; once mended, resume it under Waybills, Accounts`,
        },
        evidence: { account: one.name, code: one.blocked_code },
        link: '/waybills?tab=accounts',
      }),
    ),
  )
}

function addressSignals(count: number): readonly AlarmSignal[] {
  if (count === 0) return []
  return [
    {
      rule: 'waybill.address_changed',
      subject: 'hub',
      severity: 'warning',
      words: {
        zh: `${count} 个已打印的面单取号后改了收件地址；在「电子面单」按原因筛出，没发走的换单号重打，已发走的拦截`,
        en: `${count} printed waybills go to an address that has changed: filter Waybills by the reason, renew what is still here, intercept the rest`,
      },
      evidence: { count },
      link: `/waybills?code=${ADDRESS_CHANGED}`,
    },
  ]
}

function reviewSignals(row: StandingRow | undefined, most: number): readonly AlarmSignal[] {
  if (row === undefined || Number(row.count) < most) return []
  return [
    {
      rule: 'waybill.review',
      subject: 'hub',
      severity: 'warning',
      words: {
        zh: `${row.count} 个面单要人处理（取号被拒）；在「电子面单 · 待处理」看原因，可批量重试`,
        en: `${row.count} waybills wait for a person (the carrier refused); reasons and bulk retry are under Waybills, To do`,
      },
      evidence: { count: Number(row.count) },
      link: '/waybills?state=review',
    },
  ]
}

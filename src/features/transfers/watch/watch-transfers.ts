import { ok } from '#kernel/result.ts'
import type { AlarmSignal } from '#platform/alarms/alarms.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { readContext } from '../context.ts'
import { bySku } from '../core/transfer.ts'
import type { TransferDeps, WatchTransfersDeps } from '../deps.ts'
import { freeRedundant } from '../hand-over/free-redundant.ts'
import { followCommands, notFollowed } from '../hand-over/hand-over.ts'
import { lockNow } from '../instruct.ts'
import { allOrNothing, applyAll } from '../roll-back.ts'
import { insertEvent, lockTransfer, saveLines } from '../store.ts'
import { followed } from '../take-step.ts'
import {
  failLost,
  failRefused,
  flag,
  type LateRow,
  lockDue,
  readDue,
  readLate,
  readLostHolds,
  readNotFollowed,
  readOverdue,
} from './store.ts'

const TRIED_AT_ONCE = 100
/** A failed transfer stays an alarm for a day; by then somebody has seen it or it does not matter any more. */
const FAILED_SHOWN_HOURS = 24
const FOLLOWED_FOR_HOURS = 72
const NAMED = 5

export function transferSweeps(deps: WatchTransfersDeps): readonly Sweep[] {
  return [
    { name: 'transfer-locks', everyMs: 1_000, run: () => tryLocks(deps) },
    { name: 'transfers', everyMs: 5_000, run: () => watchTransfers(deps) },
    { name: 'redundant-locks', everyMs: 10_000, run: async () => void (await freeRedundant(deps)) },
  ]
}

/** Tries the locks that did not stand, each in a transaction of its own. */
export async function tryLocks(deps: TransferDeps): Promise<void> {
  const { db, clock } = deps
  for (const id of await readDue(db, clock.now(), TRIED_AT_ONCE)) {
    const done = await allOrNothing(db, async (tx) =>
      (await lockDue(tx, id, clock.now())) ? await lockNow(deps, tx, id, 'hub') : ok(null),
    )
    if (done.ok) continue
    const { code, detail } = done.refusal
    await db.begin(async (tx) => {
      const at = clock.now()
      await failRefused(tx, id, { code, words: detail.slice(0, 500) }, at)
      await tell(tx, id, at, 'failed', { code, words: detail.slice(0, 500) })
    })
  }
}

/** Flags what is late, notices reservations that were taken away, lets locks follow their goods. */
export async function watchTransfers(deps: WatchTransfersDeps): Promise<void> {
  const { db, clock, alarms } = deps
  const now = clock.now()
  await noticeLost(deps)
  for (const id of await readNotFollowed(db, now.subtract({ hours: FOLLOWED_FOR_HOURS })))
    await followLater(deps, id)
  const late = await readLate(db, now, now.subtract({ hours: FAILED_SHOWN_HOURS }))
  const waiting = late.filter((row) => row.state === 'instructed').map((row) => row.id)
  await db.begin(async (tx) => {
    for (const id of await flag(tx, waiting, now)) await tell(tx, id, now, 'flagged', {})
  })
  await alarms.settle('transfer.lock_late', lateSignals(late, deps.lockSeconds))
  await alarms.settle('transfer.overdue', overdueSignals(await readOverdue(db, now), now.epochMilliseconds))
}

async function noticeLost({ db, clock }: TransferDeps): Promise<void> {
  for (const lost of await readLostHolds(db)) {
    const words = `the reservation was ended by ${lost.ended_by ?? 'somebody'}: ${lost.ended_reason ?? 'no reason given'}`
    await db.begin(async (tx) => {
      const at = clock.now()
      if (await failLost(tx, lost.id, words, at))
        await tell(tx, lost.id, at, 'failed', { code: 'transfer.hold_lost', words })
    })
  }
}

/** A captured warehouse shows the goods when it has put them away: then the order's lock comes after them. */
async function followLater({ db, clock }: TransferDeps, id: bigint): Promise<void> {
  await allOrNothing(db, async (tx) => {
    const transfer = await lockTransfer(tx, id)
    if (transfer === null) return ok(null)
    const context = await readContext(tx, transfer, { number: 0, actor: 'hub' })
    const commands = await followCommands(tx, transfer, notFollowed(transfer.lines), context.holds, 'hub')
    const at = clock.now()
    const done = await applyAll(tx, commands, at)
    if (!done.ok) return done
    await saveLines(tx, id, followed(transfer.lines))
    if (commands.length > 0)
      await tell(tx, id, at, 'lock_followed', {
        pieces: [...bySku(transfer.lines, (line) => line.received - line.handedOver).values()].reduce(
          (a, b) => a + b,
          0,
        ),
      })
    return ok(null)
  })
}

async function tell(
  tx: Parameters<typeof insertEvent>[0],
  transferId: bigint,
  at: Temporal.Instant,
  kind: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await insertEvent(tx, { transferId, at, kind, actor: 'hub', key: null, asked: '', detail })
}

function lateSignals(rows: readonly LateRow[], lockSeconds: number): readonly AlarmSignal[] {
  return [...Map.groupBy(rows, (row) => row.from_warehouse)].map(([warehouse, own]) => {
    const failed = own.filter((row) => row.state === 'failed').length
    const [first] = own
    const why = first?.words ?? ''
    return {
      rule: 'transfer.lock_late',
      subject: warehouse,
      severity: failed > 0 ? 'critical' : 'warning',
      words: {
        zh: `${first?.name ?? warehouse} 有 ${own.length} 张调拨单下达 ${lockSeconds} 秒后仍未锁到货${failed > 0 ? `，其中 ${failed} 张已放弃` : ''}：${namesOf(own)}。${whyInChinese(why)}`,
        en: `${first?.name ?? warehouse}: ${own.length} transfer(s) have no lock ${lockSeconds} s after the instruction${failed > 0 ? `, ${failed} of them given up` : ''}: ${namesOf(own)}. ${why}`,
      },
      evidence: { warehouse, transfers: own.length, failed, first: first?.transfer_no ?? null },
      link: `/transfers?view=late&from=${encodeURIComponent(warehouse)}`,
    }
  })
}

/** The refusal as it was kept, for who reads the alarm in Chinese; one that is not a shortage stands as it is. */
function whyInChinese(words: string): string {
  return words.replace(/^(.+) at (\S+): (\d+) wanted, (-?\d+) available$/, '$1 在 $2 要 $3 件，可用 $4 件')
}

function overdueSignals(rows: readonly LateRow[], nowMs: number): readonly AlarmSignal[] {
  return [...Map.groupBy(rows, (row) => row.to_warehouse)].map(([warehouse, own]) => {
    const [first] = own
    const hours = first === undefined ? 0 : Math.floor((nowMs - first.since.epochMilliseconds) / 3_600_000)
    return {
      rule: 'transfer.overdue',
      subject: warehouse,
      severity: 'warning',
      words: {
        zh: `${first?.name ?? warehouse} 有 ${own.length} 张调拨单过了预计到货时间还没收齐，最久超 ${hours} 小时：${namesOf(own)}。先问承运方到哪了，到了就收货，丢了就短收结案`,
        en: `${first?.name ?? warehouse}: ${own.length} transfer(s) past their expected arrival, the oldest by ${hours} h: ${namesOf(own)}. Ask the carrier first; receive what came, close short what is lost`,
      },
      evidence: { warehouse, transfers: own.length, hours, first: first?.transfer_no ?? null },
      link: `/transfers?view=overdue&to=${encodeURIComponent(warehouse)}`,
    }
  })
}

function namesOf(rows: readonly LateRow[]): string {
  const names = rows.slice(0, NAMED).map((row) => row.transfer_no)
  return rows.length > NAMED ? `${names.join(', ')}…` : names.join(', ')
}

import type { Alarms } from '#platform/alarms/alarms.ts'
import type { UnlockDeps } from './deps.ts'
import { endMoot, readOverdue, readWaiting } from './store.ts'

export type WatchDeps = Pick<UnlockDeps, 'db' | 'clock'> & {
  readonly alarms: Alarms
  readonly thresholds: {
    /** Holds past their deadline from which on it is an alarm. */
    readonly overdue: number
    /** Minutes for which a request may wait. */
    readonly waitingMinutes: number
  }
}

const OVERDUE = 'stock.locks_overdue'
const WAITING = 'stock.unlock_waiting'

/** Ends requests that nothing is left to decide of, and says which locks and requests wait too long. Stateless; heals itself. */
export async function watchUnlocks({ db, clock, alarms, thresholds }: WatchDeps): Promise<void> {
  const now = clock.now()
  await endMoot(db, now)
  const overdue = await readOverdue(db, now)
  const holds = Number(overdue.holds)
  const oldest = minutesSince(overdue.oldest, now)
  await alarms.settle(
    OVERDUE,
    holds < thresholds.overdue
      ? []
      : [
          {
            rule: OVERDUE,
            subject: 'hub',
            severity: 'warning',
            words: {
              zh: `${holds} 笔锁库超时未释放，占着 ${overdue.pieces} 件，最久的超时 ${oldest} 分钟。到「锁库」的「超时」页看原因：订单还要就续期，不要就申请强制解锁。`,
              en: `${holds} locks are past their deadline and hold ${overdue.pieces} pieces, the oldest for ${oldest} minutes. Open Holds, tab Overdue: renew what is still wanted, ask to free the rest.`,
            },
            evidence: {
              holds,
              pieces: Number(overdue.pieces),
              oldestMinutes: oldest,
              ofOrders: Number(overdue.alive),
            },
            link: '/holds?tab=overdue',
          },
        ],
  )
  const waiting = await readWaiting(db, now.subtract({ minutes: thresholds.waitingMinutes }))
  const requests = Number(waiting.requests)
  const since = minutesSince(waiting.oldest, now)
  await alarms.settle(
    WAITING,
    requests === 0
      ? []
      : [
          {
            rule: WAITING,
            subject: 'hub',
            severity: 'warning',
            words: {
              zh: `${requests} 个强制解锁申请等了 ${thresholds.waitingMinutes} 分钟以上没人审批，最早的等了 ${since} 分钟。到「锁库」的「解锁审批」页批准或驳回。`,
              en: `${requests} requests to free locks have waited more than ${thresholds.waitingMinutes} minutes, the oldest ${since}. Open Holds, tab Approvals: approve or reject.`,
            },
            evidence: { requests, oldestMinutes: since },
            link: '/holds?tab=unlocks',
          },
        ],
  )
}

function minutesSince(at: Temporal.Instant | null, now: Temporal.Instant): number {
  return at === null ? 0 : Math.floor((now.epochMilliseconds - at.epochMilliseconds) / 60_000)
}

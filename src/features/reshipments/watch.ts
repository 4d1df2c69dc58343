import type { Alarms } from '#platform/alarms/alarms.ts'
import type { ReshipmentDeps } from './deps.ts'
import { readFigures } from './desk/store.ts'
import { lookAgain } from './duplicates.ts'
import { followIntercepts } from './follow-intercepts.ts'
import { reviewReships } from './reships.ts'

const DUPLICATE = 'reshipments.duplicate'
const WAITING = 'reshipments.waiting'
const FAILED = 'reshipments.intercept_failed'

export type WatchDeps = ReshipmentDeps & {
  readonly alarms: Alarms
  /** Minutes for which a re-ship may wait for its approval. */
  readonly waitingMinutes: number
}

/** Follows what the parcels tell, and says what waits for a person. Stateless; heals itself. */
export async function watchReshipments(deps: WatchDeps): Promise<void> {
  await followIntercepts(deps)
  await reviewReships(deps)
  await lookAgain(deps)
  const now = deps.clock.now()
  const { duplicates, waiting, waiting_oldest: oldest, failed } = await readFigures(deps.db, now)
  const minutes =
    oldest === null ? 0 : Math.floor((now.epochMilliseconds - oldest.epochMilliseconds) / 60_000)
  const signal = (rule: string, count: bigint, zh: string, en: string, link: string) =>
    deps.alarms.settle(
      rule,
      count === 0n
        ? []
        : [
            {
              rule,
              subject: 'hub',
              severity: rule === WAITING ? ('warning' as const) : ('critical' as const),
              words: { zh, en },
              evidence: { count: Number(count) },
              link,
            },
          ],
    )
  await signal(
    DUPLICATE,
    duplicates,
    `${duplicates} 个订单有两个包裹在送同样的商品。到「补发与拦截」的「重复发货」页拦下后发的那个，或说明两个都要。`,
    `${duplicates} orders have two parcels with the same goods under way. Open Re-shipments, tab Duplicates: stop the later one, or say that both are meant.`,
    '/reshipments?tab=duplicates',
  )
  await signal(
    WAITING,
    minutes >= deps.waitingMinutes ? waiting : 0n,
    `${waiting} 个补发申请等人审批，最早的等了 ${minutes} 分钟。到「补发与拦截」看证据后批准或驳回；申请人自己不能批。`,
    `${waiting} re-ships wait for an approval, the oldest for ${minutes} minutes. Open Re-shipments, look at the evidence, approve or reject; not by whoever asked.`,
    '/reshipments?state=waiting',
  )
  await signal(
    FAILED,
    failed,
    `${failed} 次拦截没有拦住（被拒、太晚、没有答复或已签收），重复的包裹还在路上或已送到。到「补发与拦截」的「拦截」页看对方原话，联系承运商或买家退回。`,
    `${failed} intercepts did not work (refused, too late, unanswered, delivered) while the duplicate is still open. Open Re-shipments, tab Intercepts, read the answer, call the carrier or ask the buyer to return it.`,
    '/reshipments?tab=intercepts',
  )
}

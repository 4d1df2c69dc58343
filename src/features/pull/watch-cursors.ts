import type { Alarms } from '#platform/alarms/alarms.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { REREAD_HOURS } from './core/windows.ts'
import { type CursorTrouble, readCursorTroubles } from './store.ts'

export type WatchCursorsDeps = {
  readonly db: Sql
  readonly alarms: Pick<Alarms, 'settle'>
  readonly nameOf: (connection: string) => string
}

/** Says for a day what an increment poll could not make sure of by itself: a wrong clock, and a second with too many changes. */
export async function watchCursors({ db, alarms, nameOf }: WatchCursorsDeps): Promise<void> {
  const troubles = await readCursorTroubles(db)
  const jumped = troubles.filter((one) => one.ahead_at !== null)
  const overflown = troubles.filter((one) => one.overflow_at !== null)
  await alarms.settle(
    'pull.clock_jumped',
    jumped.map((one) => ({
      rule: 'pull.clock_jumped',
      subject: one.connection_id,
      severity: 'warning',
      words: {
        zh: `「${nameOf(one.connection_id)}」的轮询位置曾超前于当前时间，说明服务器时钟走错过。已自动从 ${REREAD_HOURS} 小时内、出错前的位置重新查询；请先修好时间同步，时钟错了更久的，再到导入补取那段时间的订单。`,
        en: `The poll of "${nameOf(one.connection_id)}" stood ahead of the time: a clock of the hub was wrong. It reads again by itself from where it was before, ${REREAD_HOURS} hours back at most. Mend the time synchronisation first; if the clock was wrong for longer, import the orders of that time.`,
      },
      evidence: { connection: one.connection_id, noticedAt: String(one.ahead_at), from: fromOf(one) },
      link: linkOf(one),
    })),
  )
  await alarms.settle(
    'pull.too_many_pages',
    overflown.map((one) => ({
      rule: 'pull.too_many_pages',
      subject: one.connection_id,
      severity: 'warning',
      words: {
        zh: `「${nameOf(one.connection_id)}」在 ${one.overflow_from} 起的一秒内变更过多，超过 200 页的部分没有查到，轮询已继续向后。若推送当时不正常，请从平台导出这一秒前后的订单并导入。`,
        en: `"${nameOf(one.connection_id)}" had more changes in the second from ${one.overflow_from} than the 200 pages that are read; the poll went on behind it. If pushes failed at that time, export the orders around it from the platform and import them.`,
      },
      evidence: {
        connection: one.connection_id,
        noticedAt: String(one.overflow_at),
        second: String(one.overflow_from),
      },
      link: linkOf(one),
    })),
  )
}

function fromOf({ steady_to }: CursorTrouble): string | null {
  return steady_to === null ? null : steady_to.toString()
}

function linkOf({ connection_id }: CursorTrouble): string {
  return `/polls?connection=${encodeURIComponent(connection_id)}`
}

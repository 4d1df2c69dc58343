import type { Connected } from '#features/intake/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { AlarmSignal } from '#platform/alarms/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Askers } from '../askers.ts'
import { type Behind, decideBehind, decideFindsMuch, type FindsMuch } from '../core/decide-alarms.ts'
import { readSettings } from '../settings/read-settings.ts'
import { readFigures, readPushes, readWaiting, type Waiting } from './store.ts'

export type WatchPollsDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly alarms: Alarms
  readonly askers: Askers
  readonly connections: () => readonly Connected[]
}

/** Says when polls find what pushes should have told, and when they cannot keep up with what is due. */
export async function watchPolls({ db, clock, alarms, askers, connections }: WatchPollsDeps): Promise<void> {
  const now = clock.now()
  const settings = await readSettings(db)
  const since = now.subtract({ hours: 1 })
  const figures = await readFigures(db, since)
  const pushes = await readPushes(
    db,
    figures.map((row) => row.connection_id),
    since,
  )
  const nameOf = (id: string): string => connections().find((one) => one.id === id)?.name ?? id
  const much = decideFindsMuch(
    figures.map((row) => ({
      connection: row.connection_id,
      finds: row.finds,
      pushes: pushes.get(row.connection_id) ?? 0,
    })),
    settings.all.findsMuchPercent,
  )
  await alarms.settle(
    'fallback.finds_much',
    much.map((one) => findsMuchSignal(one, nameOf(one.connection))),
  )
  const waiting = settings.all.enabled ? await readWaiting(db, now) : []
  const behind = decideBehind(byAsked(waiting, askers), now)
  await alarms.settle(
    'fallback.falling_behind',
    behind.map((one) => behindSignal(one, nameOf(one.connection))),
  )
}

/** Whom each group of waiting subjects would be asked of; groups that nobody can be asked about are left out. */
export function byAsked(
  waiting: readonly Waiting[],
  askers: Askers,
): { connection: string; waiting: number; due: number; oldestDue: Instant | null }[] {
  const sums = new Map<
    string,
    { connection: string; waiting: number; due: number; oldestDue: Instant | null }
  >()
  const shops = new Set<string>(askers.shops().map((shop) => shop.id))
  for (const row of waiting) {
    const connection = row.carrier === null ? row.shop_id : (askers.forCarrier(row.carrier)[0]?.id ?? null)
    if (connection === null || (row.carrier === null && !shops.has(connection))) continue
    const sum = sums.get(connection) ?? { connection, waiting: 0, due: 0, oldestDue: null }
    const isOlder =
      row.oldest_due !== null &&
      (sum.oldestDue === null || Temporal.Instant.compare(row.oldest_due, sum.oldestDue) < 0)
    sums.set(connection, {
      connection,
      waiting: sum.waiting + row.waiting,
      due: sum.due + row.due,
      oldestDue: isOlder ? row.oldest_due : sum.oldestDue,
    })
  }
  return [...sums.values()]
}

function findsMuchSignal({ connection, finds, pushes, percent }: FindsMuch, name: string): AlarmSignal {
  return {
    rule: 'fallback.finds_much',
    subject: connection,
    severity: 'warning',
    words: {
      zh: `「${name}」最近 1 小时有 ${finds} 条新消息是轮询先查到的，占 ${percent}%（推送 ${pushes} 条）：推送很可能中断。请先到回调健康核对回调地址与平台订阅。`,
      en: `${finds} news of "${name}" in the last hour (${percent}%, against ${pushes} pushes) were found by polling first: its pushes are probably broken. Check its callback address and the platform's subscription first.`,
    },
    evidence: { connection, finds, pushes, percent },
    link: `/polls?connection=${encodeURIComponent(connection)}`,
  }
}

function behindSignal({ connection, due, minutes }: Behind, name: string): AlarmSignal {
  return {
    rule: 'fallback.falling_behind',
    subject: connection,
    severity: 'warning',
    words: {
      zh: `兜底轮询跟不上：「${name}」有 ${due} 项到期未查，最久已等 ${minutes} 分钟。请先看该连接是否熔断或限流，再放宽间隔或提高配额。`,
      en: `The fallback poll falls behind: ${due} questions to "${name}" are due, the oldest for ${minutes} min. See whether the connection is broken off or throttled, then ask less often or raise its quota.`,
    },
    evidence: { connection, due, minutes },
    link: `/polls?connection=${encodeURIComponent(connection)}`,
  }
}

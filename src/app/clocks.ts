import { mendToldTimes } from '#features/alerting/index.ts'
import { mendAskTimes } from '#features/fallback/index.ts'
import { mendBreakerTimes } from '#features/outward/index.ts'
import { mendAlarmTimes } from '#platform/alarms/store.ts'
import { mendJobTimes } from '#platform/jobs/store.ts'
import { mendIntentTimes } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'

const MENDS: Readonly<Record<string, (sql: Sql) => Promise<number>>> = {
  alarm: mendAlarmTimes,
  alarm_told: mendToldTimes,
  breaker: mendBreakerTimes,
  fallback_ask: mendAskTimes,
  job: mendJobTimes,
  outbox_intent: mendIntentTimes,
}

/** Answers how many rows of each table waited by the word of a clock that was ahead. */
export async function mendTimes(sql: Sql): Promise<Readonly<Record<string, number>>> {
  const mended: Record<string, number> = {}
  for (const [table, mend] of Object.entries(MENDS)) {
    const rows = await mend(sql)
    if (rows > 0) mended[table] = rows
  }
  return mended
}

/** A clock that was wrong for a minute must not silence for a day what was written in that minute. */
export function clockSweeps({ database, log }: Core): readonly Sweep[] {
  const run = async (): Promise<void> => {
    const mended = await mendTimes(database.db)
    if (Object.keys(mended).length > 0)
      log.warn(mended, 'a clock was ahead when these rows were written; what they wait for was set right')
  }
  return [{ name: 'clocks', everyMs: 60_000, run }]
}

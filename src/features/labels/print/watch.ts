import type { Alarms } from '#platform/alarms/alarms.ts'
import { dropOldPages, haltLost } from '../batches/store.ts'
import type { LabelDeps } from '../deps.ts'
import { takeBack } from './agent.ts'
import { readLate } from './store.ts'

const UNACKNOWLEDGED = 'print.unacknowledged'

/** Takes back what printers did not answer for, says which printers are late, and lets old pages go. Stateless; heals itself. */
export async function watchPrinting(
  deps: Pick<LabelDeps, 'db' | 'clock' | 'ackMinutes' | 'keepDays'>,
  alarms: Alarms,
): Promise<void> {
  const now = deps.clock.now()
  await deps.db.begin((tx) => takeBack(tx, now))
  await deps.db.begin((tx) => haltLost(tx, now))
  const late = await readLate(deps.db, now.subtract({ minutes: deps.ackMinutes }))
  await alarms.settle(
    UNACKNOWLEDGED,
    late.map((one) => {
      const minutes = Math.floor((now.epochMilliseconds - one.oldest.epochMilliseconds) / 60_000)
      const seen =
        one.last_seen_at === null
          ? { zh: '打印程序从未来取过任务', en: 'its program has never asked for work' }
          : {
              zh: `打印程序 ${minutesSince(one.last_seen_at, now)} 分钟前来过`,
              en: `its program was last heard of ${minutesSince(one.last_seen_at, now)} minutes ago`,
            }
      return {
        rule: UNACKNOWLEDGED,
        subject: one.code,
        severity: 'warning' as const,
        words: {
          zh: `打印机 ${one.name}（${one.code}）有 ${one.labels} 张面单 ${minutes} 分钟没有打印回执，${seen.zh}${one.stuck > 0 ? `，其中 ${one.stuck} 个任务发了多次仍无回执，已停发` : ''}${one.failed > 0 ? `，${one.failed} 个任务打印机报失败` : ''}。看纸和电源、打印程序是否在跑；到「打印面单」的「打印队列」重发或改派。角上带方块的是重发件，先核对是否已有一张。`,
          en: `Printer ${one.name} (${one.code}) has not acknowledged ${one.labels} labels for ${minutes} minutes; ${seen.en}${one.stuck > 0 ? `, ${one.stuck} tasks were given out several times and wait for a person` : ''}${one.failed > 0 ? `, ${one.failed} tasks failed by its own word` : ''}. Look at paper, power and its program; then queue again or move them under Labels, tab Queue. Labels with a square in the corner are repeated: look for a first copy.`,
        },
        evidence: {
          device: one.code,
          tasks: one.tasks,
          labels: one.labels,
          stuck: one.stuck,
          failed: one.failed,
          oldestMinutes: minutes,
        },
        link: '/labels?tab=queue',
      }
    }),
  )
  await deps.db.begin((tx) => dropOldPages(tx, now.subtract({ hours: 24 * deps.keepDays }), now))
}

function minutesSince(at: Temporal.Instant, now: Temporal.Instant): number {
  return Math.floor((now.epochMilliseconds - at.epochMilliseconds) / 60_000)
}

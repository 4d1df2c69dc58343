import type { AlarmSignal, Alarms } from '../alarms/alarms.ts'
import type { Database } from '../postgres/database.ts'
import { readLags } from './reader-store.ts'

/** A reader is at most some seconds behind what is committed; a minute is a reader that hangs or cannot keep up. */
const BEHIND_SECONDS = 60

/** Says which of these readers lag. A reader that nobody runs any more is not watched. */
export async function watchReaders(
  db: Database,
  alarms: Pick<Alarms, 'settle'>,
  readers: readonly string[],
): Promise<void> {
  const lags = await readLags(db, readers)
  const behind = lags.filter(({ seconds }) => seconds > BEHIND_SECONDS)
  await alarms.settle('journal.reader_behind', behind.map(behindSignal))
}

function behindSignal({ name, seconds }: { name: string; seconds: number }): AlarmSignal {
  const oldest = Math.round(seconds)
  return {
    rule: 'journal.reader_behind',
    subject: name,
    severity: 'warning',
    words: {
      zh: `「${name}」最早一条未处理的订单变更已等待 ${oldest} 秒：它提供的结果落后于订单。请先查数据库有无卡住的会话，再看日志；必要时重启 worker 进程，会从原位置继续。`,
      en: `The oldest order change that "${name}" has not handled has waited for ${oldest} s: what it tells lags behind the orders. Look for hanging sessions in the database first, then into the log; restarting the worker process is safe, it goes on where it was.`,
    },
    evidence: { reader: name, oldestSeconds: oldest },
    link: null,
  }
}

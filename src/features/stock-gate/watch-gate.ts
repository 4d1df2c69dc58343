import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { GateStatus } from './gate.ts'

const RULE = 'stock.redis_away'
const LINK = '/settings'

/** `status` null: no Redis is set. Opens after so many seconds and closes by itself. */
export async function watchGate(
  alarms: Pick<Alarms, 'settle'>,
  status: GateStatus | null,
  afterSeconds: number,
): Promise<void> {
  const isLong = status !== null && status.state !== 'ready' && status.seconds >= afterSeconds
  await alarms.settle(RULE, isLong ? [awaySignal(status)] : [])
}

function awaySignal({ state, reason, seconds, cluster }: GateStatus): AlarmSignal {
  const where = cluster ? 'Redis Cluster' : 'Redis'
  const builds = state !== 'away'
  return {
    rule: 'stock.redis_away',
    subject: 'redis',
    severity: 'warning',
    words: builds
      ? {
          zh: `${where} 可达，但其中的库存副本 ${seconds} 秒仍未重建完；期间由 PostgreSQL 独自锁库，不超卖、不停。久建不完请看 PostgreSQL 负载与 Redis 内存。`,
          en: `${where} answers, but the copy of the stock in it has not been rebuilt for ${seconds} s. PostgreSQL locks alone meanwhile; nothing is oversold and nothing stops. If it does not end, look at PostgreSQL's load and Redis's memory.`,
        }
      : {
          zh: `${where} 已 ${seconds} 秒不可用（${reason ?? '无响应'}）；期间由 PostgreSQL 独自锁库，已应答的锁一把不丢。请恢复 Redis 或网络，恢复后自动重建副本。`,
          en: `${where} has been away for ${seconds} s (${reason ?? 'no answer'}). PostgreSQL locks alone meanwhile and no acknowledged lock is lost. Bring Redis or the network back; the copy is rebuilt by itself.`,
        },
    evidence: { state, reason, seconds, cluster },
    link: LINK,
  }
}

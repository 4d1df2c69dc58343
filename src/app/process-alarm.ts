import type { AlarmSignal } from '#platform/alarms/alarms.ts'
import { type ProcessRow, readProcesses } from '#platform/processes/store.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'

/** A supervisor starts a process again within seconds: nobody is called for that. */
const GONE_AFTER_MS = 60_000
/** Whoever is away for longer was taken out of service on purpose, or has been told of for a day. */
const TOLD_FOR_MS = 86_400_000
const EVERY_MS = 15_000

/**
 * What is to be told of processes that ended without a goodbye: one for each place (host and folder of data) in which none has been started
 * again within a minute. Critical where no living process does what one of them did.
 */
export function goneSignals(rows: readonly ProcessRow[]): AlarmSignal[] {
  const living = rows.filter(({ goneAt }) => goneAt === null)
  const places = Map.groupBy(rows, ({ host, home }) => `${host}:${home}`)
  const roles = new Set(living.flatMap((one) => one.roles))
  return [...places].flatMap(([place, there]) => {
    const last = there.toSorted((a, b) => a.silentMs - b.silentMs)[0]
    if (last === undefined || there.some(({ goneAt }) => goneAt === null)) return []
    if (last.silentMs < GONE_AFTER_MS || last.silentMs > TOLD_FOR_MS) return []
    const missing = last.roles.filter((role) => !roles.has(role))
    const named = `${last.host} (${last.roles.join(', ')}, pid ${last.pid})`
    const minutes = Math.round(last.silentMs / 60_000)
    return [
      {
        rule: 'hub.process_gone',
        subject: place.slice(0, 200),
        severity: missing.length > 0 ? ('critical' as const) : ('warning' as const),
        words: {
          zh: `进程 ${named} 未正常退出，已 ${minutes} 分钟没有重新启动${missing.length > 0 ? `，没有别的进程承担：${missing.join('、')}` : '，它的工作由其他进程接手'}。看它的日志和内存后启动它。`,
          en: `The process ${named} ended without a goodbye and has not come back for ${minutes} min${missing.length > 0 ? `; nobody else does: ${missing.join(', ')}` : '; others do its work'}. Look at its log and memory, then start it.`,
        },
        evidence: {
          host: last.host,
          pid: last.pid,
          roles: last.roles.join(','),
          version: last.version,
          missing: missing.join(','),
        },
        link: '/settings?tab=hub',
      },
    ]
  })
}

/** By any process that sweeps; heals itself once one runs in that place again. */
export function processSweeps({ database, alarms }: Core): readonly Sweep[] {
  return [
    {
      name: 'process-gone',
      everyMs: EVERY_MS,
      run: async () =>
        await alarms.settle('hub.process_gone', goneSignals(await readProcesses(database.sweepDb))),
    },
  ]
}

import type { PollEnd } from '#features/pull/index.ts'
import type { Log } from '#platform/log.ts'

/**
 * Writes how polls ended. A connection's trouble is a warning when it begins or becomes another one; while it lasts, every
 * further run says it at debug only, or a shop with an expired token would fill the log by itself.
 */
export function pollLog(log: Pick<Log, 'debug' | 'warn'>): (end: PollEnd) => void {
  const troubles = new Map<string, string>()
  return (end) => {
    const known = troubles.get(end.connection)
    if (end.trouble === null) troubles.delete(end.connection)
    else troubles.set(end.connection, end.trouble)
    if (end.trouble === null) log.debug(end, 'polled')
    else if (end.trouble === known) log.debug(end, 'poll stopped early, as before')
    else log.warn(end, 'poll stopped early')
  }
}

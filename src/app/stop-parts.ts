import type { Log } from '#platform/log.ts'

/** What has to end, by the name under which the log tells of it when it does not. */
export type Ending = Readonly<Record<string, (() => unknown) | undefined>>

/** Long enough for a call or a batch under way; a hub that is told to stop must end, whatever hangs. */
const EACH_WITHIN_MS = 6_000

/**
 * Ends several parts at once and waits for all of them, each no longer than six seconds: what hangs is left behind and named in the log.
 * Nothing is lost by that, everything the hub promised is on the disk before it is promised.
 */
export async function stopParts(log: Log, parts: Ending, withinMs: number = EACH_WITHIN_MS): Promise<void> {
  await Promise.all(Object.entries(parts).map(([name, stop]) => stopOne(log, name, stop, withinMs)))
}

async function stopOne(
  log: Log,
  name: string,
  stop: (() => unknown) | undefined,
  withinMs: number,
): Promise<void> {
  if (stop === undefined) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), withinMs)
  })
  const ended = Promise.resolve()
    .then(stop)
    .then(
      () => 'ended' as const,
      (error: unknown) => {
        log.error({ err: error, part: name }, 'a part failed to stop')
        return 'ended' as const
      },
    )
  if ((await Promise.race([ended, late])) === 'late')
    log.error({ part: name }, 'a part did not stop in time and was left behind')
  clearTimeout(timer)
}

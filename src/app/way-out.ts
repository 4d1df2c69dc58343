import type { CallsFor, HttpCall, OpenSocket } from '#domain/connector.ts'
import { type Outward, type OutwardDeps, openOutward } from '#features/outward/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { openSockets } from '#platform/http-client/open-socket.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import { parseNetworks, type TargetRules } from '#platform/http-client/target-guard.ts'
import type { Log } from '#platform/log.ts'
import type { Metrics } from '#platform/metrics.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Config } from './config.ts'

export type WayOut = {
  readonly callsFor: CallsFor
  readonly openSocket: OpenSocket
  readonly outward: Outward
}

export type WayOutDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly processId: string
  readonly metrics: Metrics
  readonly log: Log
  /** Told of every call that ended. */
  readonly onEnded: NonNullable<OutwardDeps['onEnded']>
  readonly aroundHttp: (http: HttpCall) => HttpCall
  readonly nowMs: () => number
  readonly ticks?: 'by_hand'
}

/** The one way out: every call of every connection, its addresses judged, behind its breaker, within its budget. */
export async function openWayOut(
  config: Config,
  { db, clock, random, metrics, log, onEnded, aroundHttp, nowMs, processId, ticks }: WayOutDeps,
): Promise<WayOut> {
  const rules = targetRules(config)
  const outward = openOutward({
    db,
    clock,
    random,
    http: aroundHttp(openHttp(rules)),
    nowMs,
    openTcp: openTcpTo(rules),
    processId,
    ...(ticks === undefined ? {} : { ticks }),
    cautious: { perSecond: config.callsPerSecond, burst: config.callsBurst },
    onEnded,
    onError: (error) => log.error({ err: error }, 'the watch over outward calls stopped for a moment'),
    onCall: (kind, outcome, waitedMs) => {
      metrics.outwardCalls.inc({ kind, outcome })
      if (outcome !== 'held') metrics.outwardWaitSeconds.observe({ kind }, waitedMs / 1_000)
    },
  })
  outward.breakers.onChange(() => {
    for (const [state, count] of Object.entries(outward.breakers.counts()))
      metrics.breakers.set({ state }, count)
  })
  await outward.start()
  return { callsFor: outward.callsFor, openSocket: openSockets(rules), outward }
}

/** Which addresses the hub may call. */
export function targetRules({ allowLoopbackTargets, privateTargets }: Config): TargetRules {
  const allowed = privateTargets === null ? null : parseNetworks(privateTargets)
  return {
    allowLoopback: allowLoopbackTargets,
    allowPrivate: allowLoopbackTargets,
    ...(allowed === null ? {} : { allowed }),
  }
}

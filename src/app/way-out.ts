import type { CallsFor, OpenSocket } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { openSockets } from '#platform/http-client/open-socket.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import type { TargetRules } from '#platform/http-client/target-guard.ts'
import type { Config } from './config.ts'

export type WayOut = { readonly callsFor: CallsFor; readonly openSocket: OpenSocket }

/** The one way out: every call of every connection, its addresses judged. */
export function openWayOut(
  config: Config,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): WayOut {
  const rules = targetRules(config)
  const calls = { http: openHttp(rules), openTcp: openTcpTo(rules), clock, random }
  return { callsFor: () => calls, openSocket: openSockets(rules) }
}

function targetRules({ allowLoopbackTargets }: Config): TargetRules {
  return { allowLoopback: allowLoopbackTargets, allowPrivate: allowLoopbackTargets }
}

import { readFileSync } from 'node:fs'
import type { CallbackHealthDeps, CallbackRules, Tally } from '#features/callback-health/index.ts'
import { countsTransport } from '#features/callback-health/index.ts'
import type { Reception } from '#features/intake/index.ts'
import { Outage } from '#kernel/outage.ts'
import { openTlsProbe } from '#platform/http-client/probe-tls.ts'
import type { Arrival } from '#platform/inbox/store.ts'
import type { Config } from './config.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'

/** Below this many requests in ten minutes a share says nothing. */
const LEAST_REQUESTS = 5

export function callbackHealthDeps(core: Core): CallbackHealthDeps {
  const { clock, directory, settings, callsFor, alarms, startedAt, publicFace } = core
  return {
    db: core.database.db,
    clock,
    zone: () => settings.current().zone,
    connections: directory.all,
    callsFor,
    publicUrl: publicFace.url,
    rules: publicFace.rules,
    alarms,
    probe: publicFace.probe,
    startedAt,
  }
}

/** How the world sees us: the address that platforms call, when we worry about it, and a way to look at certificates. */
export type PublicFace = Pick<CallbackHealthDeps, 'probe' | 'rules'> & {
  readonly url: string | null
  /** Where this process listens, once it does: the address for platforms on this machine while no public one is set. */
  readonly local: { url: string | null }
}

/** Throws `Outage` (`config.invalid`) for a file of certificates that cannot be read. */
export function openPublicFace(config: Config): PublicFace {
  const { publicUrl, tlsCaFile, allowLoopbackTargets } = config
  const ca = tlsCaFile === null ? null : readCa(tlsCaFile)
  return {
    rules: callbackRules(config),
    url: publicUrl === null ? null : publicUrl.replace(/\/+$/, ''),
    local: { url: null },
    probe: {
      own: openTlsProbe({ allowLoopback: allowLoopbackTargets, allowPrivate: true }, ca),
      other: openTlsProbe({ allowLoopback: allowLoopbackTargets, allowPrivate: allowLoopbackTargets }, ca),
    },
  }
}

function callbackRules(config: Config): CallbackRules {
  return {
    leastRequests: LEAST_REQUESTS,
    forgedShare: config.callbackForgedPercent / 100,
    lateShare: config.callbackLatePercent / 100,
    unavailableShare: config.callbackUnavailablePercent / 100,
    silence: { probability: 1 / config.callbackSilenceOdds, leastSeconds: config.callbackSilenceSeconds },
    fixedSilenceMinutes: config.callbackSilenceMinutes,
    daysKept: config.callbackDays,
    tls: { warnDays: config.tlsWarnDays, criticalDays: config.tlsCriticalDays },
  }
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Outage('config.invalid', `TLS_CA_FILE ${path} cannot be read`, {
      retryable: false,
      cause: error,
    })
  }
}

type Counting = { readonly tally: Tally; readonly directory: Pick<Parts['directory'], 'byId'> }

/** A callback that was answered. */
export function countReception({ tally, directory }: Counting, seen: Reception): void {
  tally.count({
    connection: seen.connection,
    verdict: seen.verdict,
    code: seen.code,
    status: seen.status,
    seconds: seen.seconds,
    origin: seen.origin,
    deadlineMs: directory.byId(seen.connection)?.connector.ackDeadlineMs ?? null,
  })
}

/** A message of a stream, or of a poll that is all that a connection has. */
export function countKept(
  { tally, directory }: Counting,
  arrival: Pick<Arrival, 'connection' | 'transport'>,
  verdict: Reception['verdict'],
): void {
  const connection = directory.byId(arrival.connection)
  if (connection === null || !countsTransport(connection, arrival.transport)) return
  tally.count({
    connection: arrival.connection,
    verdict,
    code: null,
    status: 0,
    seconds: 0,
    origin: null,
    deadlineMs: null,
  })
}

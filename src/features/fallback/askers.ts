import { CARRIERS, type CarrierCode } from '#domain/carrier.ts'
import type { Calls } from '#domain/connector.ts'
import type { Connected } from '#features/intake/index.ts'
import type { Instant } from '#kernel/clock.ts'
import { candidatesFor } from './core/choose-connection.ts'
import type { AskersDeps } from './deps.ts'

/** How long a connection that does not know a carrier is not asked about its parcels again: its account may change. */
const UNFIT_FOR = { hours: 1 }

/** Who can be asked at this moment, and who had better not be. */
export type Askers = {
  /** Shops that can be asked for one order. */
  readonly shops: () => readonly Connected[]
  /** Whom to ask about a carrier's parcel, best first; paused and blocked ones left out. */
  readonly forCarrier: (carrier: string) => readonly Connected[]
  /** Carriers about whose parcels somebody can be asked. */
  readonly carriers: () => readonly CarrierCode[]
  readonly canFetch: (shop: string) => boolean
  readonly callsOf: (connected: Connected) => Calls
  readonly block: (connection: string, until: Instant) => void
  readonly blockedUntil: (connection: string) => Instant | null
  readonly markUnfit: (connection: string, carrier: string) => void
}

/** `isClosed` leaves out connections that are switched off or have enough to do. */
export function openAskers(
  deps: AskersDeps,
  isClosed: (connection: string) => boolean = () => false,
): Askers {
  const blocks = new Map<string, Instant>()
  const unfit = new Map<string, Instant>()
  const holds = (map: Map<string, Instant>, key: string): boolean => {
    const until = map.get(key)
    return until !== undefined && Temporal.Instant.compare(until, deps.clock.now()) > 0
  }
  const callsOf = (connected: Connected): Calls =>
    connected.connector.calls?.(connected.settings, deps.callsFor(connected)) ?? {
      test: async () => ({
        ok: false,
        refusal: { code: 'fetch.not_supported', detail: 'nothing can be asked' },
      }),
    }
  const open = (): readonly Connected[] =>
    deps.connections().filter((one) => !one.paused && !isClosed(one.id) && !holds(blocks, one.id))
  const tracking = (): readonly Connected[] =>
    open().filter((one) => one.connector.role === 'carrier' && callsOf(one).fetchTracking !== undefined)
  const isUnfit = (connection: string, carrier: string): boolean => holds(unfit, `${connection} ${carrier}`)
  const chosen = (carrier: string, from: readonly Connected[]): readonly Connected[] => {
    const byId = new Map(from.map((one) => [one.id, one]))
    return candidatesFor(carrier, from, isUnfit).flatMap(({ id }) => byId.get(id) ?? [])
  }
  return {
    shops: () => open().filter((one) => callsOf(one).fetchOrder !== undefined),
    forCarrier: (carrier) => chosen(carrier, tracking()),
    carriers: () => {
      const from = tracking()
      return (Object.keys(CARRIERS) as CarrierCode[]).filter((carrier) => chosen(carrier, from).length > 0)
    },
    canFetch: (shop) => {
      const connected = deps.connections().find((one) => one.id === shop)
      return connected !== undefined && callsOf(connected).fetchOrder !== undefined
    },
    callsOf,
    block: (connection, until) => blocks.set(connection, until),
    blockedUntil: (connection) => (holds(blocks, connection) ? (blocks.get(connection) ?? null) : null),
    markUnfit: (connection, carrier) =>
      unfit.set(`${connection} ${carrier}`, deps.clock.now().add(UNFIT_FOR)),
  }
}

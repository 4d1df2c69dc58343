import { askForOrder } from '#features/fallback/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import {
  followParcels,
  parcelRoutes,
  renewSubscriptions,
  type StandingDeps,
  SUBSCRIBE_TRACKING,
  subscribeHandler,
  type WatchDeps,
  watchCompleteness,
  watchParcels,
} from '#features/tracking/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { FollowDeps } from '#platform/journal/follow.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { fallbackRoutesDeps } from './fallback.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'

export const TRACKING_READER = 'tracking'
const ROWS_AT_ONCE = 500

/** What the standing of parcels is computed with. */
function standingDeps({
  clock,
  directory,
  callsFor,
}: Pick<Parts, 'clock' | 'directory' | 'callsFor'>): StandingDeps {
  return { clock, connections: directory.all, callsFor, provinceOf }
}

/** A place of a scan as carriers write it; places abroad and words that may be several places say nothing. */
function provinceOf(place: string): string | null {
  const address = place.replace(/[[\]【】()（）,，\s]+/g, '')
  const { province } = normaliseShipTo({ country: '', province: '', city: '', district: '', address })
  return province === '' ? null : province
}

/** The hub's part: asks carriers to push. */
export function trackingEffects(parts: Parts): Readonly<Record<string, EffectHandler>> {
  const { database, directory, callsFor, vault, publicFace } = parts
  return {
    [SUBSCRIBE_TRACKING]: subscribeHandler({
      ...standingDeps(parts),
      db: database.db,
      find: directory.byId,
      callsFor,
      callbackUrlOf: (connection) => {
        const base = publicFace.url ?? publicFace.local.url
        const token = directory.withTokens().find(({ entry }) => entry.id === connection)?.token
        return base === null || token === undefined ? null : `${base}/callback/${token}`
      },
      unseal: (sealed) => vault.open(sealed),
    }),
  }
}

/** Keeps the standing of every parcel that something was said of. */
export function followForTracking(core: Core): FollowDeps {
  const { clock, log } = core
  return {
    db: core.database.db,
    clock,
    name: TRACKING_READER,
    batch: ROWS_AT_ONCE,
    from: 'beginning',
    kinds: ['order.', 'waybill.', 'parcels.touched'],
    handler: followParcels(standingDeps(core)),
    onError: (error) =>
      log.error({ err: error, reader: TRACKING_READER }, 'the journal could not be followed'),
  }
}

function hoursOf({ config }: Pick<Core, 'config'>): WatchDeps['hours'] {
  return {
    firstScanHours: config.trackingFirstScanHours,
    stalledHours: config.trackingStalledHours,
    customsHours: config.trackingCustomsHours,
  }
}

/** An event or two that polling saw first say nothing yet. */
const INCOMPLETE_LEAST = 3

export function trackingSweepsOf(core: Core): readonly Sweep[] {
  const { clock, alarms, config, settings, warehouses } = core
  const { db } = core.database
  const watch: WatchDeps = {
    db,
    clock,
    alarms,
    zone: () => settings.current().zone,
    warehouseName: (code) => warehouses.byCode(code)?.name ?? code,
    hours: hoursOf(core),
    incomplete: { permille: config.trackingIncompletePermille, least: INCOMPLETE_LEAST },
  }
  const bounds = { renewedMost: config.trackingRenewMost, everyHours: config.trackingRenewHours }
  return [
    { name: 'parcels', everyMs: 20_000, run: () => watchParcels(watch) },
    { name: 'tracking-complete', everyMs: 60_000, run: () => watchCompleteness(watch) },
    {
      name: 'tracking-subscriptions',
      everyMs: 30_000,
      run: () => renewSubscriptions({ ...standingDeps(core), db, bounds }),
    },
  ]
}

export function registerTrackingRoutes(app: HttpApp, core: Core): void {
  const { clock, config, database, settings, warehouses } = core
  const ask = fallbackRoutesDeps(core)
  parcelRoutes(app, {
    ...standingDeps(core),
    db: database.db,
    zone: () => settings.current().zone,
    warehouseNames: () => new Map(warehouses.all().map((one) => [one.code, one.name])),
    hours: hoursOf(core),
    incompletePermille: config.trackingIncompletePermille,
    audit: (tx, event) => recordAudit({ sql: tx, clock }, event),
    askOrder: (actor, orderId) => askForOrder(ask, actor, orderId),
  })
}

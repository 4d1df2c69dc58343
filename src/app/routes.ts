import { connectors } from '#connectors/index.ts'
import { alertingRoutes } from '#features/alerting/index.ts'
import { backlogRoutes } from '#features/backlog/index.ts'
import { callbackHealthRoutes } from '#features/callback-health/index.ts'
import { connectionRoutes } from '#features/connections/index.ts'
import { driftRoutes } from '#features/drift/index.ts'
import { fallbackRoutes } from '#features/fallback/index.ts'
import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { importRoutes } from '#features/imports/index.ts'
import { inboundRoutes } from '#features/inbound/index.ts'
import { callbackRoutes, previewReplay, type Reception, trackRoutes } from '#features/intake/index.ts'
import { mappingRoutes } from '#features/mapping/index.ts'
import { operationsRoutes } from '#features/operations/index.ts'
import { orderRoutes, type Subscribe } from '#features/orders/http.ts'
import { outwardRoutes } from '#features/outward/index.ts'
import { promiseRoutes } from '#features/promises/index.ts'
import { recoveryRoutes } from '#features/recovery/index.ts'
import { reviewRoutes } from '#features/review/index.ts'
import { sellableRoutes } from '#features/sellable/index.ts'
import { settingsRoutes } from '#features/settings/index.ts'
import { skuRoutes } from '#features/skus/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { alertingRoutesDeps } from './alerting.ts'
import { backlogDeps } from './backlog.ts'
import { bulkPorts } from './bulk.ts'
import { callbackHealthDeps, countReception } from './callbacks.ts'
import { registerCaptureRoutes } from './capture.ts'
import { registerCredentialRoutes } from './credentials.ts'
import { doctorRoutes } from './doctor.ts'
import { registerDrillRoutes } from './drills.ts'
import { fallbackRoutesDeps } from './fallback.ts'
import { registerFreightRoutes } from './freight.ts'
import { registerFulfilmentRoutes } from './fulfilment.ts'
import { type Core, mappingDeps, replayMessages } from './hub.ts'
import { importDeps } from './imports.ts'
import { registerLabelRoutes } from './labels.ts'
import { registerLaneRoutes } from './lanes.ts'
import { registerLockHealthRoutes } from './lock-health.ts'
import { registerLookBackRoutes } from './look-back.ts'
import { registerNumberPoolRoutes } from './number-pools.ts'
import { registerOrderStockRoutes } from './order-stock.ts'
import { outwardDeps } from './outward.ts'
import { recoveryDeps } from './recovery.ts'
import { registerReshipmentRoutes } from './reshipments.ts'
import { reviewDeps } from './review.ts'
import { registerRulebookRoutes } from './rulebook.ts'
import { sellableDeps } from './sellable.ts'
import { registerSkuProfileRoutes } from './sku-profiles.ts'
import { registerSourcingRoutes } from './sourcing.ts'
import { registerStockRoutes } from './stock-api.ts'
import { registerStockPages } from './stock-desk.ts'
import { registerTrackingRoutes } from './tracking.ts'
import { registerTransferRoutes } from './transfers.ts'
import { registerWarehouseRoutes } from './warehouses.ts'
import { registerWaybillRoutes } from './waybills.ts'
import { registerWebhookRoutes } from './webhooks.ts'

export type RouteDeps = {
  readonly core: Core
  readonly subscribe: Subscribe
  readonly publicUrl: () => string
}

/** Registers every feature's routes with what each of them needs. */
export function registerRoutes(app: HttpApp, { core, subscribe, publicUrl }: RouteDeps): void {
  const { clock, random, vault, directory, settings, metrics, config, callsFor } = core
  const { db } = core.database
  const zone = (): string => settings.current().zone
  const audit = (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry)
  const received = {
    intake: core.intake,
    clock,
    onAccepted: core.wakeWorkers,
    onReceived: (seen: Reception) => {
      countReception(core, seen)
      core.credentials.noteReceived(seen)
      countReceived(metrics, seen)
    },
  }
  callbackRoutes(app, { ...received, findByToken: directory.byToken })
  trackRoutes(app, { ...received, findById: directory.byId })
  orderRoutes(app, {
    sql: db,
    clock,
    zone,
    unseal: (sealed) => vault.open(sealed),
    audit,
    subscribe,
    bulk: bulkPorts(core),
  })
  inboundRoutes(app, {
    sql: db,
    clock,
    zone,
    onJobQueued: core.wakeJobs,
    replay: replayPorts(core),
  })
  connectionRoutes(app, {
    db,
    vault,
    connectors,
    directory,
    clock,
    random,
    callsFor,
    allowLoopback: config.allowLoopbackTargets || config.privateTargets !== null,
    publicUrl,
    zone,
  })
  callbackHealthRoutes(app, { ...callbackHealthDeps(core), shownUrl: publicUrl, audit })
  mappingRoutes(app, { ...mappingDeps(core), zone })
  driftRoutes(app, { sql: db, clock, zone })
  skuRoutes(app, { sql: db, zone, audit })
  operationsRoutes(app, { sql: db, clock, zone, audit, onJobQueued: core.wakeJobs })
  settingsRoutes(app, { settings })
  alertingRoutes(app, alertingRoutesDeps(core))
  outwardRoutes(app, outwardDeps(core))
  registerLaneRoutes(app, core, { zone, audit })
  backlogRoutes(app, backlogDeps(core))
  fallbackRoutes(app, fallbackRoutesDeps(core))
  promiseRoutes(app, {
    db,
    clock,
    zone,
    audit,
    directory: core.promises,
    kinds: connectors.filter((one) => one.role === 'channel').map((one) => one.kind),
    nameOf: (id) => directory.byId(id)?.name ?? null,
    onJobQueued: core.wakeJobs,
  })
  importRoutes(app, { ...importDeps(core), zone })
  reviewRoutes(app, reviewDeps(core))
  recoveryRoutes(app, recoveryDeps(core, audit))
  selfRoutes(app, core)
  parcelRoutes(app, core)
  ruleRoutes(app, core)
  stockRoutes(app, core)
}

/** Everything of parcels: numbers, paper, where they are, who is told, and what is sent again. */
function parcelRoutes(app: HttpApp, core: Core): void {
  registerWaybillRoutes(app, core)
  registerLabelRoutes(app, core)
  registerTrackingRoutes(app, core)
  registerWebhookRoutes(app, core)
  registerLookBackRoutes(app, core)
  registerReshipmentRoutes(app, core)
  registerNumberPoolRoutes(app, core)
  registerCredentialRoutes(app, core)
}

/** Everything of goods: what is there, held, moved, captured and told. */
function stockRoutes(app: HttpApp, core: Core): void {
  registerSkuProfileRoutes(app, core)
  sellableRoutes(app, sellableDeps(core))
  registerOrderStockRoutes(app, core)
  registerFulfilmentRoutes(app, core)
  registerStockRoutes(app, core)
  registerStockPages(app, core)
  registerWarehouseRoutes(app, core)
  registerSourcingRoutes(app, core)
  registerTransferRoutes(app, core)
  registerLockHealthRoutes(app, core)
  registerCaptureRoutes(app, core)
}

/** Rules that people change, and what is planned by them. */
function ruleRoutes(app: HttpApp, core: Core): void {
  registerRulebookRoutes(app, core)
  registerFreightRoutes(app, core)
}

function countReceived(
  metrics: Core['metrics'],
  { kind, verdict, code, seconds }: Parameters<typeof countReception>[1],
): void {
  metrics.received.inc({ kind })
  metrics.ingestSeconds.observe({ kind }, seconds)
  if (verdict === 'accepted' || verdict === 'challenge') metrics.accepted.inc({ kind })
  else if (verdict === 'duplicate') metrics.duplicate.inc({ kind })
  else metrics.rejected.inc({ kind, code: code ?? 'unknown' })
}

function replayPorts(core: Core) {
  return {
    preview: (ids: readonly string[]) => previewReplay(core.interpret(), { ids }),
    replay: (ids: readonly string[]) => replayMessages(core, { ids }),
  }
}

/** What the hub says of itself, and where people practise for what may befall it. */
function selfRoutes(app: HttpApp, core: Core): void {
  doctorRoutes(app, core)
  registerDrillRoutes(app, core)
}

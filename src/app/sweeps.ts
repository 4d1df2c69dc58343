import { callbackSweeps } from '#features/callback-health/index.ts'
import { lanesSweep } from '#features/lanes/index.ts'
import { watchPromises } from '#features/promises/index.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { alertingSweeps } from './alerting.ts'
import { backlogSweepsOf } from './backlog.ts'
import { callbackHealthDeps } from './callbacks.ts'
import { captureSweeps } from './capture.ts'
import { clockSweeps } from './clocks.ts'
import { credentialSweeps } from './credentials.ts'
import { fallbackSweeps } from './fallback.ts'
import { followerSweeps } from './followers.ts'
import { fulfilmentSweepsOf } from './fulfilment.ts'
import type { Core } from './hub.ts'
import { labelSweepsOf } from './labels.ts'
import { lockHealthSweepsOf } from './lock-health.ts'
import { numberPoolSweeps } from './number-pools.ts'
import { orderStockSweepsOf } from './order-stock.ts'
import { outwardSweeps } from './outward.ts'
import { processSweeps } from './process-alarm.ts'
import { recoverySweeps } from './recovery.ts'
import { reshipmentSweep } from './reshipments.ts'
import { reviewSweepOf } from './review.ts'
import { rulebookSweepsOf } from './rulebook.ts'
import { sellableSweepsOf } from './sellable.ts'
import { stockSweeps } from './stock-api.ts'
import { unlockSweep } from './stock-desk.ts'
import { gateSweeps } from './stock-gate.ts'
import { trackingSweepsOf } from './tracking.ts'
import { transferSweepsOf } from './transfers.ts'
import { waybillSweepsOf } from './waybills.ts'
import { webhookSweepsOf } from './webhooks.ts'

/** Every look for what did not happen, and its rhythm. */
export function sweepsOf(core: Core): readonly Sweep[] {
  const { alarms, clock, settings } = core
  const { db } = core.database
  const zone = (): string => settings.current().zone
  const callbacks = callbackSweeps(callbackHealthDeps(core), {
    probeEveryMs: core.config.tlsProbeMinutes * 60_000,
    onError: (error, connection) =>
      core.log.warn({ connection, err: error }, 'the platform did not say where it calls us'),
  })
  return [
    reviewSweepOf(core),
    lanesSweep({ db, clock }),

    ...callbacks,
    ...backlogSweepsOf(core),
    ...outwardSweeps(core),
    ...fallbackSweeps(core),
    ...alertingSweeps(core),
    ...recoverySweeps(core),
    ...processSweeps(core),
    ...followerSweeps(core),
    ...clockSweeps(core),
    ...orderStockSweepsOf(core),
    ...transferSweepsOf(core),
    ...lockHealthSweepsOf(core),
    ...captureSweeps(core),
    ...stockSweeps(core),
    unlockSweep(core),
    reshipmentSweep(core),
    ...gateSweeps(core),
    ...sellableSweepsOf(core),
    ...rulebookSweepsOf(core),
    ...fulfilmentSweepsOf(core),
    ...numberPoolSweeps(core),
    ...credentialSweeps(core),
    ...waybillSweepsOf(core),
    ...webhookSweepsOf(core),
    ...labelSweepsOf(core),
    ...trackingSweepsOf(core),
    { name: 'promises', everyMs: 10_000, run: () => watchPromises({ db, clock, zone, alarms }) },
  ]
}

import { notifyHandler } from '#features/alerting/index.ts'
import { tellHubHandler } from '#features/intake/index.ts'
import { fetchOrderHandler, reportShipmentHandler } from '#features/shipment-report/index.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'
import { alertingDeps } from './alerting.ts'
import { numberPoolEffects } from './number-pools.ts'
import { routesOf } from './outward.ts'
import type { Parts } from './parts.ts'
import { interceptEffects } from './reshipments.ts'
import { sellableEffects } from './sellable.ts'
import { trackingEffects } from './tracking.ts'
import { waybillEffects } from './waybills.ts'
import { webhookEffects } from './webhooks.ts'

/** Everything the hub does to the world, by the name of its intent. */
export function effectHandlers(
  parts: Parts,
  wakeWorkers: (lane?: string) => void,
): Readonly<Record<string, EffectHandler>> {
  const { clock, directory, intake, callsFor, interpret } = parts
  const find = directory.byId
  return {
    notify: notifyHandler(alertingDeps(parts), routesOf(parts)),
    report_shipment: reportShipmentHandler({ join: interpret(), find, callsFor }),
    ...sellableEffects(parts),
    ...interceptEffects(parts),
    ...numberPoolEffects(parts),
    ...waybillEffects(parts),
    ...webhookEffects(parts),
    ...trackingEffects(parts),
    tell_hub: tellHubHandler({ intake, clock, onAccepted: wakeWorkers }),
    fetch_order: fetchOrderHandler({ intake, clock, find, callsFor, onAccepted: wakeWorkers }),
  }
}

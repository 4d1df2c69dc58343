import { fetchOrderHandler, reportShipmentHandler } from '#features/shipment-report/index.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Parts } from './parts.ts'

/** Everything the hub does to the world, by the name of its intent. */
export function effectHandlers(
  { clock, directory, intake, callsFor, interpret }: Parts,
  wakeWorkers: () => void,
): Readonly<Record<string, EffectHandler>> {
  const find = directory.byId
  return {
    report_shipment: reportShipmentHandler({ join: interpret(), find, callsFor }),
    fetch_order: fetchOrderHandler({ intake, clock, find, callsFor, onAccepted: wakeWorkers }),
  }
}

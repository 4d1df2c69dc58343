import type { PlanUnit, SourceAnswer, SourceAsk, SourceWeights } from '#domain/fulfilment.ts'
import type { Result } from '#kernel/result.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import { DEFAULT_WEIGHTS, STEPS_MOST } from './core/options.ts'
import { sourceParcels } from './core/source-parcels.ts'
import type { SourcingDeps } from './deps.ts'
import { readSourceWarehouses } from './read-warehouses.ts'
import { readFree, readKnownCodes } from './store.ts'

export type SourcingTry = {
  readonly lines: readonly {
    readonly sku: string
    readonly quantity: number
    readonly weightG: number | null
  }[]
  readonly province: string
  readonly city: string
  readonly warehouses: readonly string[] | null
  readonly weights: Omit<SourceWeights, 'priority'> | null
  readonly spread: SourceAsk['spread']
  readonly needs: readonly string[]
}

/** Where these goods would leave from now, with today's stock, lanes and loads. Locks nothing. Refused: as `sourceParcels`. */
export async function trySourcing(
  { db, clock, zone }: SourcingDeps,
  ask: SourcingTry,
): Promise<Result<SourceAnswer>> {
  const to = normaliseShipTo({
    country: 'CN',
    province: ask.province,
    city: ask.city,
    district: '',
    address: '',
  })
  const codes = ask.warehouses ?? [...(await readKnownCodes(db))].sort()
  const warehouses = await readSourceWarehouses(db, codes, to, clock.now(), zone())
  const free = await readFree(
    db,
    ask.lines.map((line) => line.sku),
  )
  const units = ask.lines.map(unitOf)
  const groups = units.map(({ key, quantity }) => [{ unit: key, quantity }])
  return sourceParcels({
    units,
    bindings: [],
    parcels: [{ groups, together: false, warehouse: null, needs: ask.needs, reasons: [] }],
    to,
    warehouses,
    free,
    spread: ask.spread,
    weights: ask.weights === null ? DEFAULT_WEIGHTS : { ...ask.weights, priority: 1 },
    excluded: [],
    dueMinutes: null,
    stepsMost: STEPS_MOST,
  })
}

function unitOf({ sku, quantity, weightG }: SourcingTry['lines'][number], index: number): PlanUnit {
  const lineId = String(index + 1)
  return {
    key: `try/${lineId.padStart(3, '0')}/${sku}`,
    orderId: 0n,
    lineId,
    sku,
    title: sku,
    quantity,
    gift: false,
    bundle: null,
    perBundle: 1,
    weightG,
    volumeCm3: null,
    valueMinor: 0n,
    tags: [],
  }
}

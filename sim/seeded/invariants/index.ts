import type { Invariant } from '../invariant.ts'
import { DESKS } from './desks.ts'
import { PLANS } from './fulfilment.ts'
import { INTAKE } from './intake.ts'
import { ORDERS } from './orders.ts'
import { OUTWARD } from './outward.ts'
import { OVER_TIME } from './over-time.ts'
import { PARCELS } from './parcels.ts'
import { PLANNED_BY } from './planned-by.ts'
import { STOCK } from './stock.ts'

/** Every promise of a README or spec that can be seen in the database at a committed moment. */
export const INVARIANTS: readonly Invariant[] = [
  ...ORDERS,
  ...STOCK,
  ...PLANS,
  ...PARCELS,
  ...INTAKE,
  ...OUTWARD,
  ...DESKS,
  ...PLANNED_BY,
  ...OVER_TIME,
]

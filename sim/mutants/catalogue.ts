import { CONNECTOR_MUTANTS } from './connectors.ts'
import { FULFILMENT_MUTANTS } from './fulfilment.ts'
import { INTAKE_MUTANTS } from './intake.ts'
import type { Mutant } from './mutant.ts'
import { ORDER_MUTANTS } from './orders.ts'
import { OUTBOX_MUTANTS } from './outbox.ts'
import { PARCEL_MUTANTS } from './parcels.ts'
import { RULE_MUTANTS } from './rules.ts'
import { STOCK_MUTANTS } from './stock.ts'

export const MUTANTS: readonly Mutant[] = [
  ...INTAKE_MUTANTS,
  ...ORDER_MUTANTS,
  ...STOCK_MUTANTS,
  ...FULFILMENT_MUTANTS,
  ...PARCEL_MUTANTS,
  ...OUTBOX_MUTANTS,
  ...RULE_MUTANTS,
  ...CONNECTOR_MUTANTS,
]

/** Those that a run may show; the list that counts. */
export const TRIED: readonly Mutant[] = MUTANTS.filter(({ unseen }) => unseen === undefined)

/** Faults planted together, since each of them alone is caught by the other's passage: two layers keep one promise. */
export const TOGETHER: readonly string[] = [
  'stock.freed-before-deadline+stock.expiry-not-looked-at-again',
  'stock.return-not-noted+stock.return-without-key',
  'stock.closed-warehouse-locks+stock.closed-warehouse-in-route+fulfilment.closed-warehouse-sends',
  'outbox.retry-without-asking+outbox.refusal-not-asked-about+connectors.refusal-not-looked-into',
]

/** The faults of one planting, `id` or `id+id`. Throws where one is unknown: a run without its fault would be called caught or not for nothing. */
export function mutantsNamed(ids: string): readonly Mutant[] {
  return ids.split('+').map((id) => {
    const mutant = MUTANTS.find((one) => one.id === id)
    if (mutant === undefined) throw new Error(`there is no mutant "${id}"`)
    return mutant
  })
}

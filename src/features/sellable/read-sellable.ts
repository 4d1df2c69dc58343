import type { Demand } from '#domain/stock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Figure, figureFor, type Policy, policyFor } from './core/policy.ts'
import { type Catalogue, type Sellable, sellableOf as sellableIn } from './core/sellable.ts'
import { explode } from './core/sets.ts'
import { readBundlesOf, readCatalogue, readPolicies } from './store.ts'

const EVERYWHERE: readonly string[] = []

/** What may be sold of each SKU over all active warehouses, quotas of channels left out; in the order asked. */
export async function sellableOf(sql: Sql, skus: readonly string[]): Promise<readonly Sellable[]> {
  const catalogue = await readCatalogue(sql, skus, null)
  return skus.map((sku) => sellableIn(catalogue, sku, { warehouses: EVERYWHERE, withQuota: false }))
}

/** Demand with every bundle replaced by its parts; pieces of one SKU and warehouse are added up. Other lines stay as they are. */
export async function explodeBundles(sql: Sql, lines: readonly Demand[]): Promise<readonly Demand[]> {
  return explode(lines, await readBundlesOf(sql, [...new Set(lines.map((line) => line.sku))]))
}

export type Told = Figure & {
  readonly connection: string
  readonly policy: Policy
  readonly sellable: Sellable
}

/** What one channel is to see of a SKU under its policy. */
export function figureIn(catalogue: Catalogue, sku: string, policy: Policy): Told {
  const { warehouses, connection } = policy
  const shared = sellableIn(catalogue, sku, { warehouses, withQuota: false })
  const own = sellableIn(catalogue, sku, { warehouses, withQuota: true })
  return { ...figureFor(policy, shared.pieces, own.pieces), connection, policy, sellable: shared }
}

/**
 * What every channel with a rule would be told of this SKU, and why. `draft` stands in for the rule of its channel and SKU, saved or
 * not, so that a rule can be tried before it is kept.
 */
export async function previewOf(
  sql: Sql,
  sku: string,
  draft: Policy | null,
): Promise<{ readonly sellable: Sellable; readonly told: readonly Told[] }> {
  const saved: readonly Policy[] = await readPolicies(sql, null)
  const policies =
    draft === null
      ? saved
      : [...saved.filter((one) => one.connection !== draft.connection || one.sku !== draft.sku), draft]
  const told: Told[] = []
  for (const connection of new Set(policies.map((policy) => policy.connection))) {
    const policy = policyFor(policies, connection, sku)
    if (policy === null) continue
    told.push(figureIn(await readCatalogue(sql, [sku], connection), sku, policy))
  }
  const [sellable] = await sellableOf(sql, [sku])
  return { sellable: sellable as Sellable, told }
}

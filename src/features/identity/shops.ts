import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { readMissingShops } from './store.ts'

/**
 * The shops that somebody is to be confined to, each once; null: not at all. Refuses `identity.shop_not_found`, and
 * `identity.shop_denied` for who is confined himself and gives more than he has.
 */
export async function checkShops(
  sql: Sql,
  own: readonly string[] | null,
  asked: readonly string[] | null,
): Promise<Result<readonly string[] | null>> {
  if (own !== null && (asked === null || !asked.every((shop) => own.includes(shop))))
    return refuse('identity.shop_denied', 'nobody gives a shop that they are not given themselves')
  if (asked === null) return ok(null)
  const shops = [...new Set(asked)]
  const [missing] = await readMissingShops(sql, shops)
  return missing === undefined
    ? ok(shops)
    : refuse('identity.shop_not_found', `there is no connection "${missing.slice(0, 60)}"`)
}

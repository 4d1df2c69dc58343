import { type Answered, notAvailable, readLevelsOfSkus } from '#features/stock/index.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Bid } from './core/bid.ts'
import { quotaOf, shortagesOf } from './core/second-look.ts'
import { knownKeys, readQuotasLeft } from './store.ts'

/**
 * What Redis refused, looked at once more in PostgreSQL, many at a time and without any lock: a copy that is a moment old must not
 * refuse the last piece, nor a caller who has it already and asks again. Answers null where the engine has to decide.
 */
export async function lookAgain(sql: Sql, bids: readonly Bid[]): Promise<(Answered | null)[]> {
  const lines = bids.flatMap((bid) => bid.lines)
  const skus = [...new Set(lines.map((line) => line.sku))]
  const places = [...new Map(lines.map((line) => [`${line.sku}\n${line.warehouse}`, line])).values()]
  const mayDraw = bids.some((bid) => bid.channel !== null)
  const [keys, levels, quotas] = await Promise.all([
    knownKeys(
      sql,
      bids.map((bid) => bid.key),
    ),
    readLevelsOfSkus(sql, skus),
    mayDraw ? readQuotasLeft(sql, places) : [],
  ])
  const fresh = {
    keys: new Set(keys),
    levels: Map.groupBy(
      levels.map((one) => one.level),
      (level) => level.sku,
    ),
    quotas: new Map(quotas.map((one) => [quotaOf(one, one.channel), one.leftOver])),
  }
  return bids.map((bid) => {
    const short = shortagesOf(bid, fresh)
    return short === null ? null : notAvailable(short)
  })
}

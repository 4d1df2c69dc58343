import type { SourceWarehouse } from '#domain/fulfilment.ts'
import type { ShipTo } from '#domain/rule-order.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { kmBetween } from '#platform/regions/distance.ts'
import { shortCity, shortProvince } from '#platform/regions/names.ts'
import { type Lane, laneTo, minutesUntil } from './core/lanes.ts'
import { readLanesTo, readServed, type ServedWarehouse } from './store.ts'

export type WarehousesAsk = { readonly key: string; readonly codes: readonly string[]; readonly to: ShipTo }

/** Active warehouses as sourcing sees them from one place, in the order of `codes`. */
export async function readSourceWarehouses(
  sql: Sql,
  codes: readonly string[],
  to: ShipTo,
  now: Instant,
  zone: string,
): Promise<SourceWarehouse[]> {
  const found = await readSourceWarehousesFor(sql, [{ key: '', codes, to }], now, zone)
  return [...(found.get('') ?? [])]
}

/** The same for many orders with two queries, by the asks' keys. */
export async function readSourceWarehousesFor(
  sql: Sql,
  asks: readonly WarehousesAsk[],
  now: Instant,
  zone: string,
): Promise<ReadonlyMap<string, readonly SourceWarehouse[]>> {
  const codes = [...new Set(asks.flatMap((ask) => ask.codes))].sort()
  if (codes.length === 0) return new Map(asks.map((ask) => [ask.key, []]))
  const provinces = [...new Set(asks.map((ask) => shortProvince(ask.to.province)))].sort()
  const served = new Map((await readServed(sql, codes, dayStart(now, zone))).map((one) => [one.code, one]))
  const lanes = Map.groupBy(await readLanesTo(sql, codes, provinces), (lane) => lane.warehouse)
  return new Map(
    asks.map((ask) => {
      const found = ask.codes.flatMap((code) => {
        const one = served.get(code)
        return one?.active === true ? [seenFrom(ask.to, one, lanes.get(code) ?? [], now, zone)] : []
      })
      return [ask.key, inOneCurrency(found)] as const
    }),
  )
}

export function dayStart(now: Instant, zone: string): Instant {
  return now.toZonedDateTimeISO(zone).startOfDay().toInstant()
}

type Seen = { readonly warehouse: SourceWarehouse; readonly currency: string | null }

function seenFrom(
  to: ShipTo,
  from: ServedWarehouse,
  lanes: readonly Lane[],
  now: Instant,
  zone: string,
): Seen {
  const lane = laneTo(lanes, shortProvince(to.province), shortCity(to.city))
  const { code, priority, province, city, takes, load, capacityPerDay, cutoff } = from
  return {
    currency: lane?.firstKgMinor === null || lane === null ? null : lane.currency,
    warehouse: {
      code,
      priority,
      province,
      city,
      takes,
      km: kmBetween(from, to),
      hours: lane?.hours ?? null,
      firstKgMinor: lane?.firstKgMinor ?? null,
      furtherKgMinor: lane?.furtherKgMinor ?? null,
      load,
      capacity: capacityPerDay,
      cutoffMinutes: cutoff === null ? null : minutesUntil(cutoff, now, from.zone ?? zone),
    },
  }
}

/** Amounts of several currencies cannot be compared: then nobody knows what any of them costs. */
function inOneCurrency(seen: readonly Seen[]): SourceWarehouse[] {
  const currencies = new Set(seen.map((one) => one.currency).filter((one) => one !== null))
  return seen.map(({ warehouse }) =>
    currencies.size > 1 ? { ...warehouse, firstKgMinor: null, furtherKgMinor: null } : warehouse,
  )
}

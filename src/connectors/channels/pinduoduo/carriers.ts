import { CARRIERS, type CarrierCode, isCarrierCode } from '#domain/carrier.ts'

/** logistics_id of the carriers that are known to us; the platform's own list, read at run time, goes before it. */
export const LOGISTICS_IDS: Readonly<Partial<Record<CarrierCode, string>>> = {
  STO: '1',
  SF: '44',
  YTO: '85',
  ZTO: '115',
  UC: '117',
  EMS: '118',
  TTK: '119',
  JD: '120',
  YUNDA: '121',
  DEPPON: '131',
  POST: '132',
  ANE: '208',
  BEST: '229',
  JT: '384',
}

const CODE_BY_ID: ReadonlyMap<string, CarrierCode> = new Map(
  Object.entries(LOGISTICS_IDS).flatMap(([code, id]) => (isCarrierCode(code) ? [[id, code] as const] : [])),
)

/** Canonical code, or the platform's own id behind `other:`; null where the order has no carrier. */
export function carrierOf(logisticsId: string | null): string | null {
  if (logisticsId === null || logisticsId === '0') return null
  return CODE_BY_ID.get(logisticsId) ?? `other:${logisticsId}`
}

export type Company = { readonly id: string; readonly name: string; readonly available: boolean }

/** logistics_id for a canonical code (or `other:<id>`), from the live list where there is one; null where nobody knows it. */
export function logisticsIdFor(carrier: string, companies: readonly Company[]): string | null {
  if (carrier.startsWith('other:')) return carrier.slice('other:'.length)
  const known = isCarrierCode(carrier) ? LOGISTICS_IDS[carrier] : undefined
  const usable = companies.filter((company) => company.available)
  if (known !== undefined && (companies.length === 0 || usable.some((company) => company.id === known)))
    return known
  if (!isCarrierCode(carrier)) return null
  const stem = CARRIERS[carrier].slice(0, 2)
  return (
    usable.find((company) => company.name === CARRIERS[carrier])?.id ??
    usable.find((company) => company.name.startsWith(stem))?.id ??
    null
  )
}

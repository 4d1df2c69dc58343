import { CARRIERS, type CarrierCode, carrierFromWords, isCarrierCode } from '#domain/carrier.ts'

/** company_code of the carriers whose code is confirmed; the platform's own list, read at run time, knows the rest. */
export const COMPANY_CODES: Readonly<Partial<Record<CarrierCode, string>>> = {
  SF: 'shunfeng',
  ZTO: 'zhongtong',
  YTO: 'yuantong',
  JT: 'jtexpress',
}

/** The numeric id that older messages still carry; only this one is confirmed. */
const BY_NUMBER: Readonly<Record<string, CarrierCode>> = { 15: 'ZTO' }

const BY_CODE: ReadonlyMap<string, CarrierCode> = new Map(
  Object.entries(COMPANY_CODES).flatMap(([code, theirs]) =>
    isCarrierCode(code) ? [[theirs, code] as const] : [],
  ),
)

/** Canonical code by company code, else by name, else the platform's own code behind `other:`. */
export function carrierOf(companyCode: string | null, companyName: string | null = null): string | null {
  const known = companyCode === null ? undefined : (BY_CODE.get(companyCode) ?? BY_NUMBER[companyCode])
  if (known !== undefined) return known
  const named = companyName === null ? null : carrierFromWords(companyName)
  if (named !== null) return named
  const other = companyCode ?? companyName
  return other === null ? null : `other:${other}`
}

export type Company = { readonly name: string; readonly code: string }

/** company_code for a canonical code (or `other:<code>`), from the live list where there is one; null where nobody knows it. */
export function companyCodeFor(carrier: string, companies: readonly Company[]): string | null {
  if (carrier.startsWith('other:')) return carrier.slice('other:'.length)
  if (!isCarrierCode(carrier)) return null
  const known = COMPANY_CODES[carrier]
  if (known !== undefined && (companies.length === 0 || companies.some(({ code }) => code === known)))
    return known
  const name = CARRIERS[carrier]
  return (
    companies.find((company) => company.name === name)?.code ??
    companies.find((company) => company.name.startsWith(name.slice(0, 2)))?.code ??
    null
  )
}

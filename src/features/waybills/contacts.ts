import type { Recipient } from '#domain/order.ts'
import type { PostalContact } from '#domain/waybill.ts'
import type { Vault } from '#platform/vault.ts'

export function openJson(vault: Vault, sealed: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(vault.open(sealed)))
}

export function sealJson(vault: Vault, value: unknown): Uint8Array {
  return vault.seal(new TextEncoder().encode(JSON.stringify(value)))
}

/** The recipient as kept with the order; null where only the platform can open it. */
export function openContact(vault: Vault, sealed: Uint8Array): PostalContact | null {
  const recipient = openJson(vault, sealed) as Partial<Recipient>
  return recipient.ciphertext === true ? null : contactOf(recipient)
}

export function contactOf(recipient: Partial<Recipient>): PostalContact {
  const text = (value: string | undefined): string => (value ?? '').trim()
  const country = text(recipient.country).toUpperCase()
  return {
    name: text(recipient.name),
    phone: text(recipient.phone),
    company: '',
    country: COUNTRIES[country] ?? (/^[A-Z]{2}$/.test(country) ? country : country === '' ? 'CN' : country),
    province: text(recipient.province),
    city: text(recipient.city),
    district: text(recipient.district),
    address: text(recipient.address),
    postalCode: text(recipient.postalCode),
  }
}

const COUNTRIES: Readonly<Record<string, string>> = { 中国: 'CN', CHINA: 'CN', CHN: 'CN' }

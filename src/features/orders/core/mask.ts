import type { Recipient } from '#domain/order.ts'

/** A recipient that may be shown to anyone: first character of the name, phone without its middle, no street. */
export function maskRecipient(recipient: Recipient): string {
  const name = recipient.ciphertext ? '***' : maskName(recipient.name)
  const phone = recipient.ciphertext ? '' : maskPhone(recipient.phone)
  return [name, phone, recipient.province, recipient.city, recipient.district]
    .filter((part) => part !== '')
    .join(' ')
}

export function maskName(name: string): string {
  const letters = [...name.trim()]
  return letters.length === 0 ? '' : `${letters[0]}**`
}

/** Keeps three digits in front and four behind: 138****1234; shorter numbers keep the last two. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/[^\d+]/g, '')
  if (digits.length === 0) return ''
  return digits.length >= 9 ? `${digits.slice(0, 3)}****${digits.slice(-4)}` : `****${digits.slice(-2)}`
}

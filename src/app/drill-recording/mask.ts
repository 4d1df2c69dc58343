import { createHmac } from 'node:crypto'

// What leaves a live hub as a recording names nobody. Values of people are replaced, the same one by the same stand-in throughout one
// recording, so that a buyer's second order is still his; keys and signatures are left out altogether.

const SECRET = /secret|token|sign|passw|credential|cookie|auth|api_?key|session/i
const PERSON =
  /name|receiver|recipient|consignee|contact|buyer|phone|mobile|tel|addr|street|detail|mail|card|nick|open_?id|remark|memo|note|message|wechat|first|last|company|latitude|longitude|ip$/i
/** Where parcels go is needed to plan them, and so coarse that it names nobody. */
const PLACE = /province|city|district|town|country|region|state|currency/i
/** Fields whose key reads like a person's and whose value is an order's or a thing's. */
const THING =
  /sku|item|product|goods|shop|store|title|status|type|code|order_?name|topic|event|carrier|company_?code/i
const PHONE = /(?<!\d)(?:\+?\d{1,3}[- ]?)?1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)/g
const MAIL = /[\w.+-]+@[\w-]+\.[\w.-]+/g

export type Mask = {
  /** Null: not a form that can be masked with certainty; it is left out of the recording. */
  readonly body: (text: string) => string | null
  readonly headers: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>
}

/** `key`: of this recording alone and kept nowhere, so that nobody finds a person by trying names. */
export function openMask(key: Uint8Array): Mask {
  const standIn = (value: string): string =>
    createHmac('sha256', key).update(value).digest('hex').slice(0, 12)
  const phone = (value: string): string => {
    const digits = BigInt(`0x${standIn(value.replaceAll(/\D/g, ''))}`) % 100_000_000n
    return `199${String(digits).padStart(8, '0')}`
  }
  const inText = (text: string): string =>
    text.replaceAll(PHONE, phone).replaceAll(MAIL, (mail) => `${standIn(mail)}@example.invalid`)
  const person = (value: string): string => {
    if (value === '' || /^#/.test(value)) return value
    if (/^[\d\s+()-]{7,20}$/.test(value)) return phone(value)
    return MAIL.test(value) ? inText(value) : `人${standIn(value)}`
  }
  const leaf = (name: string, value: string, isPersons: boolean): string => {
    if (SECRET.test(name)) return ''
    if (PLACE.test(name)) return inText(value)
    if (isPersons || (PERSON.test(name) && !THING.test(name))) return nested(value, true) ?? person(value)
    return nested(value, isPersons) ?? inText(value)
  }
  /** A text that is itself JSON, as aggregators send it. */
  const nested = (value: string, isPersons: boolean): string | null => {
    if (!/^\s*[[{]/.test(value)) return null
    try {
      return JSON.stringify(masked('', JSON.parse(value), isPersons))
    } catch {
      return null
    }
  }
  const masked = (name: string, value: unknown, isPersons: boolean): unknown => {
    if (typeof value === 'string') return leaf(name, value, isPersons)
    if (typeof value === 'number')
      return PERSON.test(name) && !THING.test(name) && Math.abs(value) >= 10_000_000
        ? Number(phone(String(value)))
        : value
    if (Array.isArray(value)) return value.map((one) => masked(name, one, isPersons))
    if (typeof value !== 'object' || value === null) return value
    const below =
      isPersons ||
      (/addr|receiver|recipient|consignee|contact|buyer|customer|billing/i.test(name) && !THING.test(name))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, masked(key, one, below)]))
  }
  return {
    body: (text) => {
      if (/^\s*[[{]/.test(text)) return nestedWhole(text, masked)
      if (!/^[\w.-]+=/.test(text)) return null
      const form = new URLSearchParams(text)
      return new URLSearchParams(
        [...form].map(([name, value]) => [name, leaf(name, value, false)]),
      ).toString()
    },
    headers: (headers) =>
      Object.fromEntries(
        Object.entries(headers).filter(
          ([name]) =>
            /^x-/i.test(name) && !SECRET.test(name) && !/hmac|key|ip|forward|request-id/i.test(name),
        ),
      ),
  }
}

/** Numbers longer than a double holds stay what they are: they become text while they are masked, and numbers again. */
function nestedWhole(
  text: string,
  masked: (name: string, value: unknown, isPersons: boolean) => unknown,
): string | null {
  try {
    const kept = text.replaceAll(/([:[,]\s*)(-?\d{16,})(?=\s*[,\]}])/g, '$1"@int:$2"')
    return JSON.stringify(masked('', JSON.parse(kept), false)).replaceAll(/"@int:(-?\d+)"/g, '$1')
  } catch {
    return null
  }
}

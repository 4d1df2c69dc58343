import { createHmac } from 'node:crypto'

// What leaves a live hub as a recording names nobody. Values of people are replaced, the same one by the same stand-in throughout one
// recording, so that a buyer's second order is still his; keys and signatures are left out altogether.

const SECRET = /secret|token|sign|passw|credential|cookie|auth|api_?key|session/i
const PERSON =
  /name|receiver|recipient|consignee|contact|buyer|phone|mobile|tel|addr|street|detail|mail|card|nick|open_?id|remark|memo|note|message|wechat|first|last|company|ip$/i
/** Where parcels go is needed to plan them, and so coarse that it names nobody. */
const PLACE = /province|city|district|town|country|region|state|currency/i
/** Finer than a district: in some countries half a street. Of the same length, since a form may look at it. */
const FINE_PLACE = /zip|postal|post_?code|latitude|longitude|^lat$|^lng$|^lon$/i
/** Fields whose key reads like a person's and whose value is an order's or a thing's. */
const THING =
  /sku|item|product|goods|shop|store|title|status|type|code|order_?name|topic|event|carrier|company_?code/i
const PHONE = /(?<!\d)(?:\+?\d{1,3}[- ]?)?1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)/g
const MAIL = /[\w.+-]+@[\w-]+\.[\w.-]+/g

/** Everything below such a key is a person's, whatever it is called there. */
const PERSONS_OWN =
  /addr|receiver|recipient|consignee|contact|buyer|customer|billing|note_|remark|memo|attributes|properties/i
const LONG = '@int:'
const LONG_QUOTED = /"@int:(-?\d+)"/g

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
    return /^\S+@\S+$/.test(value) ? inText(value) : `人${standIn(value)}`
  }
  /** A number too long for a double keeps its length. */
  const longNumber = (digits: string): string =>
    `9${BigInt(`0x${standIn(digits)}`)}`.padEnd(digits.length, '0').slice(0, digits.length)
  const leaf = (name: string, value: string, isPersons: boolean): string => {
    if (SECRET.test(name)) return ''
    if (FINE_PLACE.test(name)) return value.replaceAll(/[\p{L}\p{N}]/gu, '0')
    if (PLACE.test(name)) return inText(value)
    const isOnes = isPersons || (PERSON.test(name) && !THING.test(name))
    if (value.startsWith(LONG)) return isOnes ? LONG + longNumber(value.slice(LONG.length)) : value
    if (isOnes) return nested(value, true) ?? person(value)
    return nested(value, isPersons) ?? inText(value)
  }
  /** A text that is itself JSON or XML, as it stands or encoded for an address or in base64: platforms pack one into the other. */
  const nested = (value: string, isPersons: boolean): string | null => {
    if (/^\s*[[{]/.test(value)) return json(value, isPersons)
    if (/^\s*</.test(value)) return xml(value, isPersons)
    if (/^%(7b|5b|3c)/i.test(value)) {
      const inside = nested(unescaped(value), isPersons)
      return inside === null ? null : encodeURIComponent(inside)
    }
    if (!/^[\w+/-]{24,}={0,2}$/.test(value)) return null
    const plain = Buffer.from(value, 'base64').toString('utf8')
    const inside = /^\s*[[{<]/.test(plain) ? nested(plain, isPersons) : null
    return inside === null ? null : Buffer.from(inside).toString('base64')
  }
  /** Numbers longer than a double holds stay what they are: they become text while they are masked, and numbers again. */
  const json = (text: string, isPersons: boolean): string | null => {
    try {
      const kept = text.replaceAll(/([:[,]\s*)(-?\d{16,})(?=\s*[,\]}])/g, `$1"${LONG}$2"`)
      const done = JSON.stringify(masked('', JSON.parse(kept), isPersons))
      return done.replaceAll(LONG_QUOTED, '$1')
    } catch {
      return null
    }
  }
  const xml = (text: string, isPersons: boolean): string =>
    text
      .replaceAll(/(<([\w:.-]+)[^>]*>\s*<!\[CDATA\[)([\s\S]*?)(?=\]\]>)/g, (_, open, tag, inside) =>
        open.concat(leaf(tag, inside, isPersons)),
      )
      .replaceAll(/(<([\w:.-]+)[^>]*>)([^<]*[^<\s][^<]*)(?=<)/g, (_, open, tag, inside) =>
        open.concat(leaf(tag, inside, isPersons)),
      )
      .replaceAll(/([\w:.-]+)="([^"]*)"/g, (_, name, inside) => `${name}="${leaf(name, inside, isPersons)}"`)
  const masked = (name: string, value: unknown, isPersons: boolean): unknown => {
    if (typeof value === 'string') return leaf(name, value, isPersons)
    if (typeof value === 'number' && FINE_PLACE.test(name)) return 0
    if (typeof value === 'number')
      return PERSON.test(name) && !THING.test(name) && Math.abs(value) >= 10_000_000
        ? Number(phone(String(value)))
        : value
    if (Array.isArray(value)) return value.map((one) => masked(name, one, isPersons))
    if (typeof value !== 'object' || value === null) return value
    const below = isPersons || (PERSONS_OWN.test(name) && !THING.test(name))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, masked(key, one, below)]))
  }
  return {
    body: (text) => {
      if (/^\s*[[{]/.test(text)) return json(text, false)
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

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return ''
  }
}

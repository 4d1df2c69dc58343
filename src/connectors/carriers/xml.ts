import { XMLParser, XMLValidator } from 'fast-xml-parser'
import type { JsonValue } from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** Longer than any single status of a carrier. */
const MAX_TEXT = 200_000

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  htmlEntities: true,
  maxNestedTags: 20,
})

/**
 * XML as plain values, every leaf a text. Refused with `connector.not_xml`: not well-formed, a document type declared, longer than
 * 200,000 characters, nested deeper than 20.
 */
export function readXml(text: string): Result<JsonValue> {
  if (text.length > MAX_TEXT)
    return refuse('connector.not_xml', `the XML is longer than ${MAX_TEXT} characters`)
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text))
    return refuse('connector.not_xml', 'the XML declares a document type')
  try {
    if (XMLValidator.validate(text) !== true) return refuse('connector.not_xml', 'the XML is not well-formed')
    return ok(storable(parser.parse(text)))
  } catch {
    return refuse('connector.not_xml', 'the XML cannot be read')
  }
}

/** NUL and lone surrogates, which character references can smuggle in, become U+FFFD: no database text holds them. */
function storable(value: unknown): JsonValue {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\u0000', '\ufffd')
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, storable(item)]))
}

/** A text made harmless for an XML element; control characters, which XML has no way of writing, are left out. */
export function xmlText(text: string): string {
  return text
    .replaceAll(/\p{Cc}/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

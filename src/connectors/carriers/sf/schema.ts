import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { readForm } from '#connectors/carriers/form.ts'
import {
  asObject,
  decodeText,
  filledAt,
  type JsonObject,
  type JsonValue,
  listAt,
  objectAt,
  objectsAt,
  readJson,
  textAt,
  valueAt,
} from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** A push holds up to 10 nodes; this leaves room for twenty times that. */
const MAX_TEXT = 200_000
const MAX_ITEMS = 200

/** One scan of a parcel, 路由节点. `id` is unique per node, also across re-pushes. */
export type RouteNode = {
  readonly id: string
  readonly mailNo: string
  readonly orderId: string | null
  readonly opCode: string
  readonly acceptTime: string
  /** Only on international routes; the time is then local to it. */
  readonly country: string | null
  readonly place: string | null
  readonly remark: string | null
  readonly reasonCode: string | null
  readonly reasonName: string | null
}

/** One change of an order with SF, 订单状态. */
export type OrderState = {
  readonly orderNo: string
  readonly waybillNo: string | null
  readonly stateCode: string
  readonly description: string | null
  readonly lastTime: string
}

export type PushForm = 'json' | 'xml'
export type SfPush =
  | { readonly kind: 'route'; readonly form: PushForm; readonly nodes: readonly JsonObject[] }
  | { readonly kind: 'order_state'; readonly form: PushForm; readonly states: readonly JsonObject[] }
  | { readonly kind: 'other'; readonly form: PushForm }

/** In which form the sender wants to be answered, known even where the rest cannot be read. */
export function pushForm(body: Uint8Array): PushForm {
  return contentText(body)?.startsWith('<') ? 'xml' : 'json'
}

/**
 * Reads the envelope of a push or a queried route: JSON, XML, or either of them in the form field `content`. Refused with `sf.unreadable`
 * where the text is broken (a transfer cut short, a document type declaration, more than 200,000 characters).
 */
export function parsePush(body: Uint8Array): Result<SfPush> {
  const text = contentText(body)
  if (text === null || text === '') return refuse('sf.unreadable', 'the body holds neither JSON nor XML')
  if (text.length > MAX_TEXT) return refuse('sf.unreadable', `the body is longer than ${MAX_TEXT} characters`)
  const form: PushForm = text.startsWith('<') ? 'xml' : 'json'
  const document = form === 'xml' ? readXml(text) : readJson(text)
  if (!document.ok) return refuse('sf.unreadable', document.refusal.detail)
  const top = objectAt(document.value, 'Request') ?? asObject(document.value)
  if (top === null) return refuse('sf.unreadable', 'the body is not an object')
  const nodes = [...manyAt(top, 'Body', 'WaybillRoute'), ...queriedNodes(top)]
  const states = manyAt(top, 'orderState')
  if (nodes.length > MAX_ITEMS || states.length > MAX_ITEMS)
    return refuse('sf.unreadable', `the push holds more than ${MAX_ITEMS} entries`)
  if (nodes.length > 0) return ok({ kind: 'route', form, nodes })
  if (states.length > 0) return ok({ kind: 'order_state', form, states })
  return ok({ kind: 'other', form })
}

/** The nodes of a queried route, each with its number beside it as in a push. The query gives nodes neither id nor order. */
function queriedNodes(top: JsonObject): readonly JsonObject[] {
  return objectsAt(top, 'routeResps').flatMap((route) => {
    const mailno = filledAt(route, 'mailNo') ?? ''
    return objectsAt(route, 'routes').map((node) => ({ ...node, mailno }))
  })
}

/** Refused with `sf.incomplete_node` where number, operation code or node id is missing. */
export function parseNode(node: JsonObject): Result<RouteNode> {
  const mailNo = filledAt(node, 'mailno')
  const opCode = filledAt(node, 'opCode')
  if (mailNo === null || opCode === null)
    return refuse('sf.incomplete_node', 'a route node has no mailno or no opCode', { id: textAt(node, 'id') })
  return ok({
    id: filledAt(node, 'id') ?? '',
    mailNo,
    orderId: filledAt(node, 'orderid'),
    opCode,
    acceptTime: filledAt(node, 'acceptTime') ?? '',
    country: filledAt(node, 'trackCountry'),
    place: filledAt(node, 'acceptAddress'),
    remark: filledAt(node, 'remark'),
    reasonCode: filledAt(node, 'reasonCode'),
    reasonName: filledAt(node, 'reasonName'),
  })
}

/** Refused with `sf.incomplete_state` where order number or state code is missing. */
export function parseState(state: JsonObject): Result<OrderState> {
  const orderNo = filledAt(state, 'orderNo')
  const stateCode = filledAt(state, 'orderStateCode')
  if (orderNo === null || stateCode === null)
    return refuse('sf.incomplete_state', 'an order state has no orderNo or no orderStateCode')
  return ok({
    orderNo,
    stateCode,
    waybillNo: filledAt(state, 'waybillNo'),
    description: filledAt(state, 'orderStateDesc'),
    lastTime: filledAt(state, 'lastTime') ?? '',
  })
}

function contentText(body: Uint8Array): string | null {
  const text = decodeText(body)?.trim() ?? null
  if (text === null || /^[{[<]/.test(text)) return text
  const content = readForm(body)?.get('content')?.trim() ?? null
  if (content === null || !/^%(?:3C|7B)/i.test(content)) return content
  try {
    return decodeURIComponent(content.replaceAll('+', ' ')).trim()
  } catch {
    return content
  }
}

const xml = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  htmlEntities: true,
  maxNestedTags: 20,
})

function readXml(text: string): Result<JsonValue> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return refuse('sf.unreadable', 'the XML declares a document type')
  try {
    if (XMLValidator.validate(text) !== true) return refuse('sf.unreadable', 'the XML is not well-formed')
    return ok(storable(xml.parse(text)))
  } catch {
    return refuse('sf.unreadable', 'the XML cannot be read')
  }
}

/** NUL and lone surrogates, which character references can smuggle in, become U+FFFD: no database text holds them. */
function storable(value: unknown): JsonValue {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\u0000', '\ufffd')
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, storable(item)]))
}

/** A list, or the single element that XML and some senders write instead of a list of one. */
function manyAt(value: JsonValue, ...path: readonly string[]): readonly JsonObject[] {
  const found = valueAt(value, ...path)
  if (found === undefined) return []
  return listAt(value, ...path).length > 0 ? objectsAt(value, ...path) : objectsAt({ one: [found] }, 'one')
}

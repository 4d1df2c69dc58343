import { EVENTS_MOST } from '#connectors/carriers/events.ts'
import { readForm } from '#connectors/carriers/form.ts'
import { readXml } from '#connectors/carriers/xml.ts'
import {
  asObject,
  filledAt,
  type JsonObject,
  type JsonValue,
  objectAt,
  objectsAt,
  readJson,
} from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** A push or a call of LINK as it is signed: the content decoded from the form, and its digest. */
export type LinkForm = {
  readonly content: string
  readonly digest: string | null
  readonly msgType: string
}

/** The form's fields, or null where there is no `logistics_interface`. */
export function linkForm(body: Uint8Array): LinkForm | null {
  const form = readForm(body)
  const content = form?.get('logistics_interface') ?? ''
  if (content === '') return null
  const digest = form?.get('data_digest') ?? ''
  return { content, digest: digest === '' ? null : digest, msgType: form?.get('msg_type')?.trim() ?? '' }
}

export type TraceEvent = {
  readonly code: string
  readonly time: string
  /** As the trace names it; only overseas ones do. */
  readonly zone: string | null
  readonly place: string | null
  readonly words: string | null
}
export type CainiaoTrace = {
  readonly number: string
  readonly cpCode: string | null
  readonly orderNo: string | null
  readonly isOverseas: boolean
  readonly events: readonly TraceEvent[]
}

/**
 * The trace of one parcel in either shape. `numberFields` are the names under which its number may stand, in order. Refused:
 * `cainiao.unreadable` (neither JSON nor XML), `cainiao.unknown_push` (no trace in it), `cainiao.incomplete` (no number, an event
 * without code).
 */
export function parseTrace(content: string, numberFields: readonly string[]): Result<CainiaoTrace> {
  const document = readContent(content)
  if (!document.ok) return document
  const top = document.value
  const overseas = [...objectsAt(top, 'traceDetail'), ...one(objectAt(top, 'traceDetail'))]
  const operations = operationsOf(top)
  const entries = overseas.length > 0 ? overseas : operations
  if (entries.length === 0)
    return refuse('cainiao.unknown_push', 'the push holds neither traceDetail nor operationDetails')
  if (entries.length > EVENTS_MOST)
    return refuse('cainiao.incomplete', `the trace has more than ${EVENTS_MOST} events`)
  const number = firstFilled(top, numberFields) ?? firstFilled(entries[0] ?? {}, numberFields)
  if (number === null)
    return refuse('cainiao.incomplete', `none of ${numberFields.join(', ')} holds the parcel’s number`)
  const events: TraceEvent[] = []
  for (const entry of entries) {
    const event = overseas.length > 0 ? overseasEvent(entry) : operation(entry)
    if (event === null) return refuse('cainiao.incomplete', 'an event has no code')
    events.push(event)
  }
  return ok({
    number,
    cpCode: filledAt(top, 'cpCode') ?? filledAt(top, 'tmsCode'),
    orderNo: filledAt(top, 'orderCode') ?? filledAt(top, 'tradeOrderCode'),
    isOverseas: overseas.length > 0,
    events,
  })
}

/** JSON, or XML whose root is passed over; refused with `cainiao.unreadable`. */
export function readContent(content: string): Result<JsonObject> {
  const text = content.trim()
  const isXml = text.startsWith('<')
  const document: Result<JsonValue> = isXml ? readXml(text) : readJson(text)
  if (!document.ok) return refuse('cainiao.unreadable', document.refusal.detail)
  const top = asObject(document.value)
  const root = isXml && top !== null ? asObject(Object.values(top)[0]) : top
  return root === null ? refuse('cainiao.unreadable', 'the content is not an object') : ok(root)
}

/** A list in JSON; in XML elements inside `operationDetails`, one or several. */
function operationsOf(top: JsonObject): readonly JsonObject[] {
  const listed = objectsAt(top, 'operationDetails')
  const wrapped = objectAt(top, 'operationDetails')
  if (listed.length > 0 || wrapped === null) return listed
  if (filledAt(wrapped, 'status') !== null) return [wrapped]
  return Object.keys(wrapped).flatMap((name) => [
    ...objectsAt(wrapped, name),
    ...one(objectAt(wrapped, name)),
  ])
}

function overseasEvent(entry: JsonObject): TraceEvent | null {
  const code = filledAt(entry, 'actionCode')
  return code === null
    ? null
    : {
        code: `actionCode:${code}`,
        time: filledAt(entry, 'time') ?? '',
        zone: filledAt(entry, 'timeZone'),
        place: filledAt(entry, 'location'),
        words: filledAt(entry, 'standardDesc') ?? filledAt(entry, 'customerizedDesc'),
      }
}

function operation(entry: JsonObject): TraceEvent | null {
  const code = filledAt(entry, 'status')
  return code === null
    ? null
    : {
        code: `operation:${code}`,
        time: filledAt(entry, 'operateTime') ?? '',
        zone: null,
        place: filledAt(entry, 'orgName'),
        words: filledAt(entry, 'operateDescription'),
      }
}

function firstFilled(object: JsonObject, names: readonly string[]): string | null {
  for (const name of names) {
    const found = filledAt(object, name)
    if (found !== null) return found
  }
  return null
}

function one(object: JsonObject | null): readonly JsonObject[] {
  return object === null ? [] : [object]
}

/** The name of a push kept as a topic: only LINK's own manner of naming. */
export function topicOf(msgType: string): string {
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(msgType) ? `push.${msgType}` : 'push.other'
}

import { readForm } from '#connectors/carriers/form.ts'
import {
  asObject,
  decodeText,
  filledAt,
  type JsonObject,
  type JsonValue,
  objectsAt,
  readJson,
} from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

const MAX_TRACES = 1000
const MAX_NODES = 5000

/** A push as it is signed: `RequestData` decoded from the form. */
export type SignedData = {
  readonly requestData: string
  readonly dataSign: string | null
  readonly requestType: string | null
}

export type TraceNode = {
  readonly acceptTime: string
  readonly station: string | null
  /** Only in the paid plans. */
  readonly action: string | null
  readonly location: string | null
  readonly remark: string | null
}

/** The whole trace of one number. */
export type Trace = {
  readonly number: string
  readonly shipper: string | null
  readonly orderCode: string | null
  readonly state: string | null
  readonly stateEx: string | null
  readonly nodes: readonly TraceNode[]
}

/** Null where the form has no `RequestData`. A bare JSON body is taken as unsigned data. */
export function signedData(body: Uint8Array): SignedData | null {
  const text = decodeText(body)
  if (text === null) return null
  if (text.trimStart().startsWith('{')) return { requestData: text, dataSign: null, requestType: null }
  const form = readForm(body)
  const field = (name: string): string | null => (form?.get(name) ?? '') || null
  const requestData = field('RequestData')
  return requestData === null
    ? null
    : { requestData, dataSign: field('DataSign'), requestType: field('RequestType') }
}

/** The `Data` entries of a push, or the answer of a query as the only one; not yet checked, none where there is no list. */
export function traceEntries(requestData: string): Result<readonly JsonObject[]> {
  const parsed = readJson(requestData)
  if (!parsed.ok) return refuse('kdniao.unreadable', parsed.refusal.detail)
  // A query's answer is one such entry by itself.
  const queried = filledAt(parsed.value, 'LogisticCode') === null ? null : asObject(parsed.value)
  const entries = queried === null ? objectsAt(parsed.value, 'Data') : [queried]
  if (entries.length > MAX_TRACES) return refuse('kdniao.too_many_nodes', `more than ${MAX_TRACES} numbers`)
  return ok(entries)
}

/** Refused with `kdniao.incomplete` where the number is missing, `kdniao.too_many_nodes` above 5,000 nodes. */
export function parseTrace(entry: JsonValue): Result<Trace> {
  const number = filledAt(entry, 'LogisticCode')
  if (number === null) return refuse('kdniao.incomplete', 'an entry names no number (LogisticCode)')
  const nodes = objectsAt(entry, 'Traces')
  if (nodes.length > MAX_NODES)
    return refuse('kdniao.too_many_nodes', `a trace has more than ${MAX_NODES} nodes`)
  return ok({
    number,
    shipper: filledAt(entry, 'ShipperCode'),
    orderCode: filledAt(entry, 'OrderCode'),
    state: filledAt(entry, 'State'),
    stateEx: filledAt(entry, 'StateEx'),
    nodes: nodes.map((node) => ({
      acceptTime: filledAt(node, 'AcceptTime') ?? '',
      station: filledAt(node, 'AcceptStation'),
      action: filledAt(node, 'Action'),
      location: filledAt(node, 'Location'),
      remark: filledAt(node, 'Remark'),
    })),
  })
}

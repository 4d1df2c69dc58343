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

const MAX_NODES = 1000

export type PushForm = { readonly content: string; readonly digest: string | null }

/** One happening, out of a push or a query. One of number and order is there. */
export type Trace = {
  readonly number: string | null
  readonly order: string | null
  readonly infoContent: string
  readonly time: string
  readonly place: string | null
  readonly words: string | null
  readonly signedBy: string | null
}

/** Null where the form has no `logistics_interface`. */
export function pushForm(body: Uint8Array): PushForm | null {
  const form = readForm(body)
  const content = form?.get('logistics_interface')?.trim() ?? ''
  return content === '' ? null : { content, digest: (form?.get('data_digest') ?? '') || null }
}

/** `<UpdateInfo>` as XML, or the same fields as JSON. Refused with `yto.unreadable`. */
export function pushedObject(content: string): Result<JsonObject> {
  const document = content.startsWith('<') ? readXml(content) : readJson(content)
  if (!document.ok) return refuse('yto.unreadable', document.refusal.detail)
  const top = objectAt(document.value, 'UpdateInfo') ?? asObject(document.value)
  return top === null ? refuse('yto.unreadable', 'logistics_interface holds no object') : ok(top)
}

/** Refused with `yto.incomplete` where `infoContent` is missing, or both number and order. */
export function parseTrace(node: JsonObject): Result<Trace> {
  const first = (...names: readonly string[]): string | null =>
    names.map((name) => filledAt(node, name)).find((text) => text !== null) ?? null
  const infoContent = first('infoContent')
  const number = first('mailNo', 'waybill_No', 'waybillNo')
  const order = first('txLogisticID', 'logisticsNo')
  if (infoContent === null || (number === null && order === null))
    return refuse('yto.incomplete', 'a happening has no infoContent, or names neither number nor order')
  return ok({
    number,
    order,
    infoContent,
    time: first('acceptTime', 'upload_Time', 'uploadTime') ?? '',
    place: first('city', 'district'),
    words: first('processInfo', 'remark'),
    signedBy: first('signedName'),
  })
}

/** The nodes of a kept query. Refused with `yto.unreadable`, `yto.incomplete`, `yto.too_many_nodes` (above 1,000). */
export function parseNodes(body: Uint8Array): Result<readonly Trace[]> {
  const json = readJson(body)
  if (!json.ok) return refuse('yto.unreadable', json.refusal.detail)
  const nodes = nodesOf(json.value)
  if (nodes.length > MAX_NODES) return refuse('yto.too_many_nodes', `more than ${MAX_NODES} nodes`)
  const traces: Trace[] = []
  for (const node of nodes) {
    const trace = parseTrace(node)
    if (!trace.ok) return trace
    traces.push(trace.value)
  }
  return traces.length === 0 ? refuse('yto.incomplete', 'the answer holds no node') : ok(traces)
}

/** The bare list that the query answers. */
export function nodesOf(answer: JsonValue): readonly JsonObject[] {
  return objectsAt({ nodes: answer }, 'nodes')
}

import { readForm } from '#connectors/carriers/form.ts'
import { asObject, filledAt, type JsonObject, objectAt, objectsAt, readJson } from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

const MAX_NODES = 1000

export type PushForm = {
  readonly content: string
  readonly digest: string | null
  readonly apiName: string | null
}

/** One scan. `bizCode` is STO's own key of it, the same in every re-push; a query gives none. */
export type Scan = {
  readonly number: string
  readonly order: string | null
  readonly bizCode: string | null
  readonly scanType: string
  readonly time: string
  /** As written; empty for the mainland, its other spellings are not documented. */
  readonly tz: string | null
  readonly place: string | null
  readonly words: string | null
  readonly reason: string | null
}

/** Null where the form has no `content`. */
export function pushForm(body: Uint8Array): PushForm | null {
  const form = readForm(body)
  const content = form?.get('content') ?? ''
  if (content === '') return null
  return {
    content,
    digest: (form?.get('data_digest') ?? '') || null,
    apiName: (form?.get('api_name') ?? '') || null,
  }
}

/** Refused with `sto.unreadable` or `sto.incomplete` (no number, no trace or no scan type). */
export function parsePush(content: string): Result<Scan> {
  const json = readJson(content)
  if (!json.ok) return refuse('sto.unreadable', json.refusal.detail)
  const top = asObject(json.value)
  if (top === null) return refuse('sto.unreadable', 'content is not an object')
  const trace = objectAt(top, 'trace')
  const number = filledAt(top, 'waybillNo')
  if (number === null || trace === null)
    return refuse('sto.incomplete', 'the push names no waybillNo or no trace')
  return parseScan(trace, number, filledAt(top, 'linkCode'))
}

/** The scans of a kept query. Refused with `sto.unreadable`, `sto.incomplete`, `sto.too_many_nodes` (above 1,000). */
export function parseQuery(body: Uint8Array): Result<readonly Scan[]> {
  const json = readJson(body)
  if (!json.ok) return refuse('sto.unreadable', json.refusal.detail)
  const number = filledAt(json.value, 'waybillNo')
  const nodes = objectsAt(json.value, 'traces')
  if (nodes.length > MAX_NODES) return refuse('sto.too_many_nodes', `more than ${MAX_NODES} scans`)
  if (number === null || nodes.length === 0)
    return refuse('sto.incomplete', 'the answer names no waybillNo or holds no scan')
  const scans: Scan[] = []
  for (const node of nodes) {
    const scan = parseScan(node, number, null)
    if (!scan.ok) return scan
    scans.push(scan.value)
  }
  return ok(scans)
}

function parseScan(trace: JsonObject, number: string, order: string | null): Result<Scan> {
  const scanType = filledAt(trace, 'scanType')
  if (scanType === null) return refuse('sto.incomplete', 'a scan has no scanType')
  return ok({
    number,
    order,
    bizCode: filledAt(trace, 'outBizCode'),
    scanType,
    time: filledAt(trace, 'opTime') ?? '',
    tz: filledAt(trace, 'tz'),
    place: filledAt(trace, 'opOrgCityName') ?? filledAt(trace, 'opOrgName'),
    words: filledAt(trace, 'memo'),
    reason: filledAt(trace, 'issueName'),
  })
}

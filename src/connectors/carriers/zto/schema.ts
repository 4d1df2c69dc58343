import { readForm } from '#connectors/carriers/form.ts'
import { asObject, filledAt, type JsonObject, objectsAt, readJson, textAt } from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** More scans than any parcel collects. */
const MAX_NODES = 1000

/** The form of a push, decoded; `data` is what is signed. */
export type PushForm = {
  readonly data: string
  readonly digest: string | null
  readonly companyId: string | null
  readonly msgType: string | null
}

/** One pushed happening. */
export type PushedTrace = {
  readonly billCode: string
  readonly action: string
  readonly actionTime: string
  readonly city: string | null
  readonly facility: string | null
  readonly words: string | null
  readonly next: string | null
}

/** One node of a queried route; `scanDate` is milliseconds since 1970 as text. */
export type QueriedScan = {
  readonly billCode: string
  readonly scanType: string
  readonly scanDate: string
  readonly place: string | null
  readonly words: string | null
  readonly next: string | null
}

/** Null where the form has no `data`. */
export function pushForm(body: Uint8Array): PushForm | null {
  const form = readForm(body)
  const field = (name: string): string | null => (form?.get(name) ?? '') || null
  const data = field('data')
  if (data === null) return null
  return {
    data,
    digest: field('data_digest'),
    companyId: field('company_id'),
    msgType: field('msg_type'),
  }
}

/** Refused with `zto.unreadable` or `zto.incomplete` (no number, no action). */
export function parseTrace(data: string): Result<PushedTrace> {
  const json = readJson(data)
  if (!json.ok) return refuse('zto.unreadable', json.refusal.detail)
  const trace = asObject(json.value)
  if (trace === null) return refuse('zto.unreadable', 'data is not an object')
  const billCode = filledAt(trace, 'billCode')
  const action = filledAt(trace, 'action')
  if (billCode === null || action === null)
    return refuse('zto.incomplete', 'the push names no billCode or no action')
  return ok({
    billCode,
    action,
    actionTime: filledAt(trace, 'actionTime') ?? '',
    city: filledAt(trace, 'city'),
    facility: filledAt(trace, 'facilityName'),
    words: filledAt(trace, 'desc'),
    next: filledAt(trace, 'nextNodeName'),
  })
}

/** The nodes of a kept query. Refused with `zto.unreadable`, `zto.incomplete`, `zto.too_many_nodes` (above 1,000). */
export function parseScans(body: Uint8Array): Result<readonly QueriedScan[]> {
  const json = readJson(body)
  if (!json.ok) return refuse('zto.unreadable', json.refusal.detail)
  const nodes = objectsAt(json.value, 'result')
  if (nodes.length > MAX_NODES) return refuse('zto.too_many_nodes', `more than ${MAX_NODES} scans`)
  const scans: QueriedScan[] = []
  for (const node of nodes) {
    const scan = parseScan(node)
    if (!scan.ok) return scan
    scans.push(scan.value)
  }
  return scans.length === 0 ? refuse('zto.incomplete', 'the answer holds no scan') : ok(scans)
}

function parseScan(node: JsonObject): Result<QueriedScan> {
  const billCode = filledAt(node, 'billCode')
  const scanType = filledAt(node, 'scanType')
  if (billCode === null || scanType === null)
    return refuse('zto.incomplete', 'a scan names no billCode or no scanType')
  return ok({
    billCode,
    scanType,
    scanDate: textAt(node, 'scanDate') ?? '',
    place: filledAt(node, 'scanSite', 'city') ?? filledAt(node, 'scanSite', 'name'),
    words: filledAt(node, 'desc'),
    next: filledAt(node, 'preOrNextSite', 'name') ?? filledAt(node, 'preOrNextSite'),
  })
}

import { readForm } from '#connectors/carriers/form.ts'
import {
  decodeText,
  filledAt,
  type JsonObject,
  type JsonValue,
  objectAt,
  objectsAt,
  readJson,
} from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** Years of a parcel's life in one trace; a limit on what one message may make the hub do. */
const MAX_NODES = 2000

/** A push as it is signed: `param` decoded from the form, and `sign` where the subscription had a salt. */
export type SignedParam = { readonly param: string; readonly sign: string | null }

/** One node of a trace. `statusCode` comes with resultv2=4, `status` with resultv2=1 or 4. */
export type TraceNode = {
  readonly time: string
  readonly ftime: string | null
  readonly context: string | null
  readonly status: string | null
  readonly statusCode: string | null
  readonly place: string | null
}

/** The whole trace of one number at one company, newest node first. */
export type Trace = {
  readonly number: string | null
  readonly company: string | null
  readonly state: string | null
  readonly nodes: readonly TraceNode[]
}

export type Push = {
  readonly status: string | null
  readonly message: string | null
  readonly corrected: boolean
  readonly companyOld: string | null
  readonly companyNew: string | null
  readonly last: Trace
  /** The trace in the country of destination, often under another number. */
  readonly destination: Trace | null
}

/** The fields of the form, or null where there is no `param`. A bare JSON body is taken as an unsigned `param`. */
export function signedParam(body: Uint8Array): SignedParam | null {
  const text = decodeText(body)
  if (text === null) return null
  if (text.trimStart().startsWith('{')) return { param: text, sign: null }
  const form = readForm(body)
  const param = form?.get('param') ?? ''
  const sign = form?.get('sign') ?? ''
  return param === '' ? null : { param, sign: sign === '' ? null : sign }
}

/** Refused: `kuaidi100.unreadable` (no `param`, not JSON), `kuaidi100.incomplete` (no number), `kuaidi100.too_many_nodes`. */
export function parsePush(body: Uint8Array): Result<Push> {
  const signed = signedParam(body)
  if (signed === null) return refuse('kuaidi100.unreadable', 'the form has no param')
  const param = readJson(signed.param)
  if (!param.ok) return refuse('kuaidi100.unreadable', param.refusal.detail)
  const last = parseTrace(objectAt(param.value, 'lastResult'))
  const destination = objectAt(param.value, 'destResult')
  const push: Push = {
    status: filledAt(param.value, 'status'),
    message: filledAt(param.value, 'message'),
    corrected: filledAt(param.value, 'autoCheck') === '1',
    companyOld: filledAt(param.value, 'comOld'),
    companyNew: filledAt(param.value, 'comNew'),
    last,
    destination: destination === null ? null : parseTrace(destination),
  }
  if (last.number === null) return refuse('kuaidi100.incomplete', 'the push names no number (lastResult.nu)')
  if (last.nodes.length + (push.destination?.nodes.length ?? 0) > MAX_NODES)
    return refuse('kuaidi100.too_many_nodes', `the trace has more than ${MAX_NODES} nodes`)
  return ok(push)
}

function parseTrace(trace: JsonObject | null): Trace {
  const top: JsonValue = trace ?? {}
  return {
    number: filledAt(top, 'nu'),
    company: filledAt(top, 'com'),
    state: filledAt(top, 'state'),
    nodes: objectsAt(top, 'data').map(parseTraceNode),
  }
}

function parseTraceNode(node: JsonObject): TraceNode {
  return {
    time: filledAt(node, 'time') ?? '',
    ftime: filledAt(node, 'ftime'),
    context: filledAt(node, 'context'),
    status: filledAt(node, 'status'),
    statusCode: filledAt(node, 'statusCode'),
    place: filledAt(node, 'location') ?? filledAt(node, 'areaName'),
  }
}

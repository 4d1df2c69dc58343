import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import { filledAt, type JsonObject } from '#connectors/json.ts'
import type { InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import { refuse } from '#kernel/result.ts'
import { type PushForm, parsePush, pushForm, type SfPush } from './schema.ts'

/** What makes SF send the whole batch again. */
export const SF_RETRY_REPLY: Reply = json(200, { return_code: '1000', return_msg: '系统繁忙，请稍后重试' })

/**
 * SF's push carries no signature: the secret callback address authenticates it, and the shared header where the connection
 * has one. Refused: `sf.header_refused`, `sf.unreadable` (SF then sends the batch again).
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const header = settings.push_header?.trim().toLowerCase() ?? ''
  const expected = settings.push_header_value ?? ''
  if (header !== '' && (expected === '' || !timingSafeEqualText(request.headers[header] ?? '', expected)))
    return {
      verdict: 'rejected',
      refusal: refuse('sf.header_refused', `the shared header ${header} is missing or wrong`).refusal,
      reply: failure(pushForm(request.body), 403, '4001', '请求头校验失败'),
    }
  const push = parsePush(request.body)
  if (!push.ok)
    return {
      verdict: 'rejected',
      refusal: push.refusal,
      reply: failure(pushForm(request.body), 200, '4002', '报文解析错误'),
    }
  return {
    verdict: 'accepted',
    topic: push.value.kind,
    dedupKey: dedupKey(push.value, request.body),
    orderNo: orderOf(push.value),
    reply: success(push.value, settings),
  }
}

function success(push: SfPush, settings: Settings): Reply {
  if (push.form === 'xml') return xml(200, '<Response service="RoutePushService"><Head>OK</Head></Response>')
  const own = push.kind === 'order_state' ? (settings.order_state_reply?.trim() ?? '') : ''
  if (own !== '') return { status: 200, contentType: 'application/json; charset=utf-8', body: own }
  return json(200, { return_code: '0000', return_msg: '成功' })
}

function failure(form: PushForm, status: number, code: string, words: string): Reply {
  if (form === 'json') return json(status, { return_code: '1000', return_msg: words })
  const error = `<ERROR code="${code}">${words}</ERROR>`
  return xml(status, `<Response service="RoutePushService"><Head>ERR</Head>${error}</Response>`)
}

/**
 * The same nodes in any order and form are one message; a batch that only overlaps another is a message of its own. All
 * fields of a node count, because the sandbox uses its node ids again.
 */
function dedupKey(push: SfPush, body: Uint8Array): string {
  switch (push.kind) {
    case 'route':
      return `route:${digestOf(push.nodes, NODE_FIELDS)}`
    case 'order_state':
      return `order_state:${digestOf(push.states, STATE_FIELDS)}`
    case 'other':
      return `other:${sha256Hex(body)}`
  }
}

const NODE_FIELDS = [
  'id',
  'mailno',
  'orderid',
  'acceptTime',
  'acceptAddress',
  'opCode',
  'remark',
  'reasonCode',
]
const STATE_FIELDS = ['orderNo', 'waybillNo', 'orderStateCode', 'orderStateDesc', 'lastTime']

function digestOf(entries: readonly JsonObject[], fields: readonly string[]): string {
  const lines = entries.map((entry) => JSON.stringify(fields.map((field) => filledAt(entry, field) ?? '')))
  return sha256Hex(lines.sort().join('\n'))
}

function orderOf(push: SfPush): string | null {
  if (push.kind === 'other') return null
  const named =
    push.kind === 'route'
      ? push.nodes.map((node) => filledAt(node, 'orderid'))
      : push.states.map((state) => filledAt(state, 'orderNo'))
  return new Set(named).size === 1 ? (named[0] ?? null) : null
}

function json(status: number, body: Readonly<Record<string, string>>): Reply {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}

function xml(status: number, body: string): Reply {
  return { status, contentType: 'text/xml; charset=utf-8', body }
}

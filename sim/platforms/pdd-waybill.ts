import { createHash } from 'node:crypto'
import type { Settings } from '#domain/connector.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import type { CarrierBook, CarrierDesk } from '../carriers/book.ts'
import type { ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps, SimPlatform } from '../platform.ts'
import { type ApiCall, apiServer } from './carrier-server.ts'

type Asked = Readonly<Record<string, unknown>>
type Refused = readonly [code: number, words: string]

const CLIENT = 'SIMCLIENT'
const SECRET = 'simulated-pdd-waybill-secret'
const TOKEN = 'simulated-pdd-waybill-token'
const TEMPLATE = 'https://file-link.pinduoduo.com/zto_std'
/** How far a caller's clock may be off, in seconds. */
const TOLERANCE = 600

const BRANCHES = [
  { wpCode: 'ZTO', prefix: '76' },
  { wpCode: 'YTO', prefix: 'YT' },
  { wpCode: 'STO', prefix: '77' },
  { wpCode: 'YUNDA', prefix: '46' },
] as const

/** It pushes nothing; what happens to its parcels is told by whoever subscribes them, so that any course may be drawn. */
const SEEN: readonly ParcelEventKind[] = [
  'picked_up',
  'departed',
  'arrived',
  'out_for_delivery',
  'ready_for_pickup',
  'delivered',
  'signed_back',
]

const ERRORS: Readonly<Partial<Record<CarrierTrouble, Refused>>> = {
  credential_expired: [10019, 'access_token已过期'],
  credential_refused: [20032, 'access_token或client_id错误'],
  signature_refused: [20004, '签名sign校验失败'],
  ip_refused: [20005, 'ip无权访问接口，请加入ip白名单'],
  no_permission: [20031, '用户没有授权访问此接口'],
  pool_empty: [50002, '电子面单余额不足'],
}

/** 拼多多电子面单 as the hub meets it: signed calls, numbers out of the branches' stock, print data that only its component opens. */
export async function simPddWaybill(
  deps: SimDeps,
  book: CarrierBook,
): Promise<SimPlatform & { readonly account: Settings }> {
  const desk = book.open({
    kind: 'pdd-waybill',
    carriers: BRANCHES.map(({ wpCode }) => wpCode),
    mint: (serial, carrier) =>
      `${BRANCHES.find(({ wpCode }) => wpCode === carrier)?.prefix ?? '76'}8${String(serial).padStart(11, '0')}`,
    says: SEEN,
    tells: 'subscribed',
    form: 'each',
  })
  for (const { wpCode } of BRANCHES)
    desk.openAccount({ account: `PDD${wpCode}01`, carrier: wpCode, left: 5_000 })
  const server = await apiServer((call) => answerCall(call, desk, deps))
  return {
    kind: 'pdd-waybill',
    settings: {
      client_id: CLIENT,
      client_secret: SECRET,
      access_token: TOKEN,
      api_url: `${server.origin}/api/router`,
    },
    account: { template_url: TEMPLATE, user_id: '1' },
    pushTo: () => undefined,
    settled: async () => undefined,
    counts: () => ({ acknowledged: 0, refused: 0, sent: 0 }),
    close: server.close,
  }
}

function answerCall({ form }: ApiCall, desk: CarrierDesk, { clock }: SimDeps): unknown {
  const type = form.get('type') ?? ''
  const refused = proofError(form, Math.floor(clock.now().epochMilliseconds / 1000))
  const trouble = desk.trouble()
  const no = refused ?? (trouble === null ? null : (ERRORS[trouble] ?? ([50001, '业务服务错误'] as const)))
  const answer = no ?? handle(type, form, desk)
  if (!isRefused(answer))
    return { [`${type.replaceAll('.', '_')}_response`]: { ...answer, request_id: 'sim' } }
  const [error_code, error_msg] = answer
  return { error_response: { error_code, error_msg, sub_code: null, sub_msg: error_msg, request_id: 'sim' } }
}

function isRefused(answer: object | Refused): answer is Refused {
  return Array.isArray(answer)
}

function proofError(form: ReadonlyMap<string, string>, now: number): Refused | null {
  const text = [...form]
    .filter(([name]) => name !== 'sign')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => name + value)
    .join('')
  const sign = createHash('md5').update(`${SECRET}${text}${SECRET}`, 'utf8').digest('hex').toUpperCase()
  if (form.get('client_id') !== CLIENT) return [10016, 'client下线或者clientId不正确']
  if (form.get('sign') !== sign) return [20004, '签名sign校验失败']
  if (Math.abs(Number(form.get('timestamp')) - now) > TOLERANCE) return [10001, '公共参数错误:timestamp']
  return form.get('access_token') === TOKEN ? null : [20032, 'access_token或client_id错误']
}

function handle(type: string, form: ReadonlyMap<string, string>, desk: CarrierDesk): object | Refused {
  switch (type) {
    case 'pdd.waybill.get':
      return issue(JSON.parse(form.get('param_waybill_cloud_print_apply_new_request') ?? '{}') as Asked, desk)
    case 'pdd.waybill.cancel': {
      const outcome = desk.cancel(form.get('waybill_code') ?? '')
      if (outcome === 'cancelled' || outcome === 'already') return { cancel_result: true }
      return [50002, outcome === 'unknown' ? '面单号不存在' : '面单已揽收，不能取消']
    }
    case 'pdd.waybill.search':
      return { waybill_apply_subscription_cols: subscriptions(form.get('wp_code') ?? null, desk) }
    default:
      return [10017, 'type不正确']
  }
}

function issue(asked: Asked, desk: CarrierDesk): object | Refused {
  const [wanted] = (asked.trade_order_info_dtos ?? []) as Asked[]
  const order = (wanted?.order_info ?? {}) as Asked
  const parts = (wanted?.package_info ?? {}) as Asked
  const to = (wanted?.recipient ?? {}) as Asked
  const address = (to.address ?? {}) as Asked
  const orders = (order.trade_order_list ?? []) as string[]
  const wpCode = String(asked.wp_code ?? '')
  const isComplete =
    orders.length > 0 && wanted?.template_url === TEMPLATE && typeof wanted.user_id === 'number'
  if (!isComplete || String(to.name ?? '') === '' || String(address.detail ?? '') === '')
    return [21002, '请求参数不能为空']
  const issued = desk.issue({
    reference: String(parts.id ?? orders[0]),
    carrier: wpCode,
    account: `PDD${wpCode}01`,
    to: { name: String(address.city ?? '') },
  })
  if (!issued.ok) return ERRORS[issued.trouble] ?? [50002, '物流公司未订购']
  const { trackingNo } = issued.parcel
  const sealed = createHash('sha256')
    .update(`${trackingNo}${String(to.name)}`)
    .digest('base64')
  const print_data = JSON.stringify({
    encryptedData: sealed,
    signature: `MD:${sealed.slice(0, 24)}`,
    templateUrl: TEMPLATE,
    ver: '3',
  })
  return { modules: [{ object_id: wanted?.object_id, waybill_code: trackingNo, print_data }] }
}

function subscriptions(wpCode: string | null, desk: CarrierDesk): object[] {
  return desk
    .accounts()
    .filter(({ carrier }) => wpCode === null || wpCode === carrier)
    .map(({ account, carrier, left }) => ({
      wp_code: carrier,
      wp_type: 2,
      branch_account_cols: [{ branch_code: account, branch_name: `${carrier} 网点`, quantity: left }],
    }))
}

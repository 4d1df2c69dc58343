import { createHash } from 'node:crypto'
import type { Settings } from '#domain/connector.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import type { CarrierBook, CarrierDesk, DeskPush, SimParcel } from '../carriers/book.ts'
import type { ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps, SimPlatform } from '../platform.ts'
import { carrierPusher, type Outgoing } from './carrier-pusher.ts'
import { type ApiCall, apiServer, beijingText } from './carrier-server.ts'

export type CainiaoOptions = {
  /** Waits before a refused push comes again; the real ones are not documented. */
  readonly retryMs?: readonly number[]
  /** Numbers that each branch has bought. */
  readonly numbersLeft?: number
  /** Form of pushes; calls are always JSON. */
  readonly form?: 'json' | 'xml'
}

type Asked = Readonly<Record<string, unknown>>

const PROVIDER = 'SIMPROVIDER'
const SECRET = 'simulated-cainiao-secret'
const TEMPLATE = 'http://cloudprint.cainiao.com/template/standard/101'

/** The franchise carriers whose branches sold this merchant numbers. */
const BRANCHES = [
  { cpCode: 'ZTO', prefix: '75' },
  { cpCode: 'YTO', prefix: 'YT' },
  { cpCode: 'YUNDA', prefix: '31' },
  { cpCode: 'STO', prefix: '77' },
] as const

const STATUS: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: '00',
  arrived: '01',
  departed: '02',
  out_for_delivery: '04',
  exception: '05',
  delivered: '07',
  returning: '09',
  signed_back: '11',
}

const ERRORS: Readonly<Partial<Record<CarrierTrouble, readonly [string, string]>>> = {
  signature_refused: ['S02', '非法的数字签名'],
  credential_refused: ['S03', '非法的物流公司'],
  credential_expired: ['S13', '客户标识错误：授权已过期'],
  pool_empty: ['S14', '运单号段错误（号段已使用完或还未发放）'],
  ip_refused: ['S200', 'IP禁止访问'],
}

/** 菜鸟 as the hub meets it: LINK's gateway with real digests, numbers out of the branches' stock, pushed operations. */
export async function simCainiao(
  deps: SimDeps,
  book: CarrierBook,
  options: CainiaoOptions = {},
): Promise<SimPlatform & { readonly account: Settings }> {
  const pusher = carrierPusher(deps, options.retryMs ?? [300, 300, 300])
  const desk = book.open({
    kind: 'cainiao',
    carriers: BRANCHES.map(({ cpCode }) => cpCode),
    mint: (serial, carrier) =>
      `${BRANCHES.find(({ cpCode }) => cpCode === carrier)?.prefix ?? '75'}9${String(serial).padStart(11, '0')}`,
    says: Object.keys(STATUS) as ParcelEventKind[],
    tells: 'own',
    form: 'each',
  })
  for (const { cpCode } of BRANCHES)
    desk.openAccount({ account: branchOf(cpCode), carrier: cpCode, left: options.numbersLeft ?? 5_000 })
  desk.onPush((push) => {
    const outgoing = pushOf(push, options.form ?? 'json')
    pusher.send(() => outgoing)
  })
  const server = await apiServer((call) => answerCall(call, desk))
  return {
    kind: 'cainiao',
    settings: {
      provider_id: PROVIDER,
      app_secret: SECRET,
      api_url: `${server.origin}/gateway/link.do`,
    },
    account: { template_url: TEMPLATE, user_id: '1', multi_packages: 'yes' },
    pushTo: pusher.pushTo,
    settled: pusher.settled,
    counts: pusher.counts,
    close: async () => {
      pusher.close()
      await server.close()
    },
  }
}

function branchOf(cpCode: string): string {
  return `SIM${cpCode}01`
}

function failed(errorCode: string, errorMsg: string) {
  return { success: false, errorCode, errorMsg }
}

function answerCall({ path, form }: ApiCall, desk: CarrierDesk): unknown {
  if (path !== '/gateway/link.do') return failed('S04', '非法的通知类型')
  const content = form.get('logistics_interface') ?? ''
  if (form.get('logistic_provider_id') !== PROVIDER) return failed('S03', '非法的物流公司')
  if (form.get('data_digest') !== digestOf(content)) return failed('S02', '非法的数字签名')
  const trouble = desk.trouble()
  if (trouble !== null) return failed(...(ERRORS[trouble] ?? ['F00', '业务处理失败']))
  const asked = JSON.parse(content) as Asked
  switch (form.get('msg_type')) {
    case 'TMS_WAYBILL_GET':
      return issue(asked, desk)
    case 'TMS_WAYBILL_DISCARD':
      return discard(asked, desk)
    case 'TMS_WAYBILL_SUBSCRIPTION_QUERY':
      return subscriptions(asked, desk)
    default:
      return failed('S04', '非法的通知类型')
  }
}

function issue(asked: Asked, desk: CarrierDesk): unknown {
  const [wanted] = (asked.tradeOrderInfoDtos ?? []) as Asked[]
  const order = (wanted?.orderInfo ?? {}) as Asked
  const parts = (wanted?.packageInfo ?? {}) as Asked
  const to = (wanted?.recipient ?? {}) as Asked
  const cpCode = String(asked.cpCode ?? '')
  const orders = (order.tradeOrderList ?? []) as string[]
  const address = (to.address ?? {}) as Asked
  const isComplete =
    orders.length > 0 &&
    wanted?.templateUrl === TEMPLATE &&
    typeof to.name === 'string' &&
    typeof to.mobile === 'string' &&
    String(address.detail ?? '') !== ''
  if (!isComplete) return failed('S05', '非法的通知内容')
  if (!['OTHERS', 'TB', 'TM', 'JD', 'PDD'].includes(String(order.orderChannelsType)))
    return failed('ISV_BLACK', '订单渠道与平台不符')
  // Trade order, package and carrier make the number: asked again, it is the same one.
  const issued = desk.issue({
    reference: String(parts.id ?? orders[0]),
    carrier: cpCode,
    account: branchOf(cpCode),
    pieces: Number(parts.totalPackagesCount ?? 1),
    to: { name: String(address.city ?? '') },
  })
  if (!issued.ok) return failed(...(ERRORS[issued.trouble] ?? ['F00', '业务处理失败']))
  const { trackingNo, childNos } = issued.parcel
  const objectId = wanted?.objectId
  const one = (waybillCode: string) => ({
    objectId,
    waybillCode,
    ...(childNos.length === 0 ? {} : { parentWaybillCode: trackingNo }),
    printData: printData(issued.parcel, waybillCode),
  })
  return { success: true, waybillCloudPrintResponseList: [trackingNo, ...childNos].map(one) }
}

/** Sealed: only the print component of 菜鸟 opens it. */
function printData(parcel: SimParcel, waybillCode: string): string {
  const sealed = createHash('sha256').update(`${parcel.reference}${waybillCode}`).digest('base64')
  return JSON.stringify({
    encryptedData: `AES:${sealed}`,
    signature: `MD:${digestOf(waybillCode)}`,
    templateURL: TEMPLATE,
    ver: 'waybill_print_secret_version_1',
  })
}

function discard(asked: Asked, desk: CarrierDesk): unknown {
  switch (desk.cancel(String(asked.waybillCode ?? ''))) {
    case 'cancelled':
    case 'already':
      return { success: true, discardResult: true }
    case 'too_late':
      return failed('S12', '该订单已揽收，不能取消')
    default:
      return failed('S05', '运单号不存在')
  }
}

function subscriptions(asked: Asked, desk: CarrierDesk): unknown {
  const cols = desk
    .accounts()
    .filter(({ carrier }) => asked.cpCode === undefined || asked.cpCode === carrier)
    .map(({ account, carrier, left }) => ({
      cpCode: carrier,
      cpType: 2,
      branchAccountCols: [{ branchCode: account, branchName: `${carrier} 网点`, quantity: left }],
    }))
  return { success: true, waybillApplySubscriptionCols: cols }
}

function pushOf({ event, parcel }: DeskPush, form: 'json' | 'xml'): Outgoing {
  const status = STATUS[event.kind] ?? '13'
  const detail = {
    operateTime: beijingText(event.at),
    orgName: event.place.name,
    operateDescription: event.words,
    status,
  }
  const content =
    form === 'json'
      ? JSON.stringify({ mailNo: event.trackingNo, cpCode: parcel.carrier, operationDetails: [detail] })
      : `<request><mailNo>${event.trackingNo}</mailNo><cpCode>${parcel.carrier}</cpCode><operationDetails><operationDetail>${Object.entries(
          detail,
        )
          .map(([name, value]) => `<${name}>${value}</${name}>`)
          .join('')}</operationDetail></operationDetails></request>`
  const formOf = (digest: string): string =>
    new URLSearchParams({
      msg_type: 'TMS_PRACTICE_TRACE_INFO',
      partner_code: 'CAINIAO',
      logistics_interface: content,
      data_digest: digest,
    }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }
  const ack = form === 'json' ? '{"success":true}' : '<response><success>true</success></response>'
  return {
    headers,
    body: formOf(digestOf(content)),
    acknowledges: (code, answer) => code === 200 && answer === ack,
    forged: { headers, body: formOf(digestOf(`${content}forged`)) },
  }
}

function digestOf(content: string): string {
  return createHash('md5')
    .update(content + SECRET, 'utf8')
    .digest('base64')
}

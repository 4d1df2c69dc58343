import { createHash } from 'node:crypto'
import type { Settings } from '#domain/connector.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import type { CarrierBook, CarrierDesk } from '../carriers/book.ts'
import type { ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps, SimPlatform } from '../platform.ts'
import type { Outgoing } from './carrier-pusher.ts'
import { beijingText } from './carrier-server.ts'
import {
  BRANCH,
  type FranchiseOptions,
  field,
  franchiseDesk,
  type PushedEvent,
  parsed,
  pushEvents,
  type RawAnswer,
  type RawCall,
  rawServer,
  sortCodeOf,
} from './franchise-desk.ts'

const APP = 'SIMULATEDSTOAPP'
const SECRET = 'simulated-sto-secret'
const PASSWORD = 'simulated-branch-password'
const CUSTOMER = 'SIMCUSTOMER'
const SOURCE = 'SIMSOURCE'

const SCANS: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: '收件',
  departed: '发件',
  arrived: '到件',
  customs_held: 'CC_IM_FAILURE',
  customs_released: 'CC_IM_SUCCESS',
  out_for_delivery: '派件',
  ready_for_pickup: '驿站代收',
  exception: '问题件',
  delivered: '签收',
  returning: '退回件',
}

/** Codes of its own making: the real ones are not public, and the connection's table names these. */
const CODES: Readonly<Partial<Record<CarrierTrouble, readonly [string, string]>>> = {
  signature_refused: ['SIM-SIGN', '签名错误'],
  credential_refused: ['SIM-ACCOUNT', '网点或客户编码、密码错误'],
  credential_expired: ['SIM-EXPIRED', '应用已过期'],
  ip_refused: ['SIM-IP', 'IP 不在白名单'],
  pool_empty: ['SIM-STOCK', '网点电子面单余额不足'],
  too_late: ['SIM-LATE', '已揽收，不能取消'],
  unknown_number: ['SIM-NONE', '运单号不存在'],
  bad_request: ['SIM-PARAM', '参数不完整'],
}
const OWN_CODES = Object.entries(CODES)
  .map(([trouble, [code]]) => `${code}=${trouble}`)
  .join(', ')

export type SimSto = SimPlatform & { readonly account: Settings; readonly desk: CarrierDesk }

/** 申通 as the hub meets it: one gateway for all, errors in XML, pushes of single scans with their `outBizCode`. */
export async function simSto(
  deps: SimDeps,
  book: CarrierBook,
  options: FranchiseOptions = {},
): Promise<SimSto> {
  const counter = franchiseDesk(
    deps,
    book,
    {
      kind: 'sto',
      carriers: ['STO'],
      mint: (serial) => `77${String(serial).padStart(13, '0')}`,
      says: [
        'picked_up',
        'departed',
        'arrived',
        'out_for_delivery',
        'ready_for_pickup',
        'exception',
        'delivered',
        'returning',
      ],
      tells: 'own',
      form: 'each',
    },
    options,
  )
  pushEvents(counter, SCANS, pushOf)
  const { desk, pusher } = counter
  const server = await rawServer((call) => answerCall(desk, call))
  return {
    kind: 'sto',
    settings: {
      from_appkey: APP,
      from_code: APP,
      secret_key: SECRET,
      api_url: `${server.origin}/gateway/link.do`,
      own_codes: OWN_CODES,
    },
    account: { site_code: BRANCH, customer_name: CUSTOMER, site_pwd: PASSWORD, order_source: SOURCE },
    desk,
    pushTo: pusher.pushTo,
    settled: pusher.settled,
    counts: pusher.counts,
    close: async () => {
      pusher.close()
      await server.close()
    },
  }
}

function answerCall(desk: CarrierDesk, { path, body }: RawCall): RawAnswer {
  const form = new URLSearchParams(body)
  const content = form.get('content') ?? ''
  if (path !== '/gateway/link.do' || form.get('from_appkey') !== APP) return refused('credential_refused')
  if (form.get('data_digest') !== digestOf(content, SECRET)) return refused('signature_refused')
  const trouble = desk.trouble()
  if (trouble !== null) return refused(trouble)
  const data = parsed(content)
  switch (`${form.get('api_name')}>${form.get('to_code')}`) {
    case 'OMS_EXPRESS_ORDER_CREATE>sto_oms':
      return create(desk, data)
    case 'EDI_MODIFY_ORDER_CANCEL>edi_modify_order':
      return cancel(desk, data)
    case 'STO_TRACE_QUERY_COMMON>sto_trace_query':
      return query(desk, data)
    case 'STO_TRACE_PLATFORM_SUBSCRIBE>sto_trace_platform':
      return subscribe(desk, data)
    default:
      return refused('bad_request')
  }
}

function create(desk: CarrierDesk, data: Record<string, unknown>): RawAnswer {
  const isOwner =
    field(data, 'customer', 'customerName') === CUSTOMER && field(data, 'customer', 'sitePwd') === PASSWORD
  if (!isOwner || field(data, 'orderSource') !== SOURCE) return refused('credential_refused')
  const reference = field(data, 'orderNo')
  const city = field(data, 'receiver', 'city')
  if (reference === '' || field(data, 'receiver', 'address') === '') return refused('bad_request')
  const to = city === '' ? {} : { to: { name: city } }
  const account = field(data, 'customer', 'siteCode')
  const done = desk.issue({ reference, carrier: 'STO', account, ...to })
  if (!done.ok) return refused(done.trouble)
  return yes({
    orderNo: reference,
    waybillNo: done.parcel.trackingNo,
    bigWord: sortCodeOf(city),
    packagePlace: `${city}集包`,
  })
}

function cancel(desk: CarrierDesk, data: Record<string, unknown>): RawAnswer {
  if (field(data, 'orderSource') !== SOURCE) return refused('bad_request')
  const number = field(data, 'billCode') || (desk.byReference(field(data, 'sourceOrderId'))?.trackingNo ?? '')
  const done = desk.cancel(number)
  if (done === 'unknown') return refused('unknown_number')
  return done === 'too_late' ? refused('too_late') : yes('成功')
}

function query(desk: CarrierDesk, data: Record<string, unknown>): RawAnswer {
  const numbers = Array.isArray(data.waybillNoList) ? data.waybillNoList.map(String) : []
  const found = numbers.map((number): [string, unknown] => {
    const traces = desk.happened(number).flatMap((event) => {
      const scanType = SCANS[event.kind]
      if (scanType === undefined) return []
      const place = { opOrgName: `${event.place.name}公司`, opOrgCityName: event.place.name }
      return [{ waybillNo: number, opTime: beijingText(event.at), scanType, memo: event.words, ...place }]
    })
    return [number, data.order === 'desc' ? traces.reverse() : traces]
  })
  return yes(Object.fromEntries(found))
}

function subscribe(desk: CarrierDesk, data: Record<string, unknown>): RawAnswer {
  const list = Array.isArray(data.subscribeInfoList) ? data.subscribeInfoList : []
  for (const item of list) desk.subscribe(field(item, 'waybillNo'), null)
  return list.length === 0 ? refused('bad_request') : yes(null)
}

function yes(data: unknown): RawAnswer {
  return { body: { success: true, errorCode: '', errorMsg: '', data } }
}

/** The gateway answers errors in XML, also to JSON. */
function refused(trouble: CarrierTrouble): RawAnswer {
  const [code, words] = CODES[trouble] ?? ['SIM-NO', `不受理（${trouble}）`]
  const inner = `<success>false</success><errorCode>${code}</errorCode><errorMsg>${words}</errorMsg>`
  return { contentType: 'text/xml; charset=utf-8', body: `<response>${inner}</response>` }
}

function pushOf(event: PushedEvent): Outgoing {
  const content = JSON.stringify({
    waybillNo: event.number,
    linkCode: event.reference,
    trace: {
      outBizCode: event.id,
      opOrgName: `${event.city}公司`,
      opOrgCode: '200000',
      opOrgType: '1',
      opOrgCityName: event.city,
      opTime: event.time,
      tz: '',
      scanType: event.code,
      memo: event.words,
      ...(event.code === '问题件' ? { issueName: '包装破损' } : {}),
    },
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' }
  const formOf = (secret: string): string =>
    new URLSearchParams({
      content,
      data_digest: digestOf(content, secret),
      api_name: 'STO_TRACE_PLATFORM_PUSH',
      from_appkey: 'sto_trace_platform',
      from_code: 'sto_trace_platform',
      to_appkey: APP,
      to_code: APP,
    }).toString()
  return {
    headers,
    body: formOf(SECRET),
    acknowledges: (status, answer) => status === 200 && String(parsed(answer).success) === 'true',
    forged: { headers, body: formOf('guessed') },
  }
}

function digestOf(content: string, secret: string): string {
  return Buffer.from(createHash('md5').update(`${content}${secret}`, 'utf8').digest()).toString('base64')
}

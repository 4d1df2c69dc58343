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

const URL_KEY = 'simKey'
const PUSH_SECRET = 'simulated-yto-push'
/** 圆通 issues a customer code and a secret for each interface. */
const SECRETS: Readonly<Record<string, string>> = {
  [BRANCH]: 'simulated-yto-orders',
  SIMQUERY: 'simulated-yto-query',
  SIMSUBSCRIBE: 'simulated-yto-subscribe',
}
const CODE_FOR: Readonly<Record<string, string>> = {
  track_query_adapter: 'SIMQUERY',
  subscribe_adapter: 'SIMSUBSCRIBE',
}

const CONTENTS: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: 'GOT',
  departed: 'DEPARTURE',
  arrived: 'ARRIVAL',
  out_for_delivery: 'SENT_SCAN',
  ready_for_pickup: 'INBOUND',
  delivery_failed: 'FAILED',
  delivered: 'SIGNED',
  returning: 'TMS_RETURN',
}

const CODES: Readonly<Partial<Record<CarrierTrouble, readonly [string, string]>>> = {
  signature_refused: ['S02', '非法的数字签名'],
  credential_refused: ['S13', '客户标识错误'],
  credential_expired: ['S13', '客户标识已失效'],
  ip_refused: ['S200', 'IP禁止访问'],
  pool_empty: ['S14', '运单号段错误（号段已使用完或还未发放）'],
  too_late: ['S12', '订单已GOT，不能取消'],
  unknown_reference: ['S09', '无任务数据'],
  unknown_number: ['S09', '无任务数据'],
  bad_request: ['S05', '非法的通知内容'],
}

export type SimYto = SimPlatform & { readonly account: Settings; readonly desk: CarrierDesk }

/** 圆通 as the hub meets it: one signed address per interface, pushes of `<UpdateInfo>` in a signed form. */
export async function simYto(
  deps: SimDeps,
  book: CarrierBook,
  options: FranchiseOptions = {},
): Promise<SimYto> {
  const counter = franchiseDesk(
    deps,
    book,
    {
      kind: 'yto',
      carriers: ['YTO'],
      mint: (serial) => `YT${String(serial).padStart(13, '0')}`,
      says: [
        'picked_up',
        'departed',
        'arrived',
        'out_for_delivery',
        'ready_for_pickup',
        'delivery_failed',
        'delivered',
        'returning',
      ],
      tells: 'own',
      form: 'each',
    },
    options,
  )
  pushEvents({ ...counter, deps }, CONTENTS, pushOf)
  const { desk, pusher } = counter
  const server = await rawServer((call) => answerCall(desk, call))
  return {
    kind: 'yto',
    settings: {
      customer_code: BRANCH,
      secret: SECRETS[BRANCH] ?? '',
      url_key: URL_KEY,
      query_customer_code: 'SIMQUERY',
      query_secret: SECRETS.SIMQUERY ?? '',
      subscribe_customer_code: 'SIMSUBSCRIBE',
      subscribe_secret: SECRETS.SIMSUBSCRIBE ?? '',
      push_secret: PUSH_SECRET,
      api_url: server.origin,
    },
    account: { customer_code: BRANCH, secret: SECRETS[BRANCH] ?? '', url_key: URL_KEY },
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
  const [, open, method = '', version = '', key, code = ''] = path.split('/')
  const envelope = parsed(body)
  const param = field(envelope, 'param')
  if (open !== 'open' || key !== URL_KEY || code !== (CODE_FOR[method] ?? BRANCH))
    return refused('credential_refused')
  const sign = md5Base64(`${param}${method}${version}${SECRETS[code] ?? ''}`)
  if (field(envelope, 'sign') !== sign || field(envelope, 'format') !== 'JSON')
    return refused('signature_refused')
  const trouble = desk.trouble()
  if (trouble !== null) return refused(trouble)
  const data = parsed(param)
  switch (method) {
    case 'privacy_create_adapter':
      return create(desk, code, data)
    case 'korder_cancel_adapter':
      return cancel(desk, field(data, 'logisticsNo'))
    case 'track_query_adapter':
      return query(desk, field(data, 'NUMBER'))
    case 'subscribe_adapter':
      desk.subscribe(field(parsed(field(data, 'logistics_interface')), 'waybillNo'), null)
      return { body: { success: true, code: '0', message: '订阅成功' } }
    case 'wanted_report_adapter':
      return intercept(desk, field(data, 'waybillNo'))
    case 'waybill_balance_adapter':
      return { body: { success: true, data: desk.accounts().find(({ account }) => account === code)?.left } }
    default:
      return refused('bad_request')
  }
}

function create(desk: CarrierDesk, account: string, data: Record<string, unknown>): RawAnswer {
  const reference = field(data, 'logisticsNo')
  const city = field(data, 'recipientCityName')
  if (reference.length < 7 || field(data, 'recipientMobile') === '') return refused('bad_request')
  const to = city === '' ? {} : { to: { name: city } }
  const done = desk.issue({ reference, carrier: 'YTO', account, ...to })
  if (!done.ok) return refused(done.trouble)
  return {
    body: {
      logisticsNo: reference,
      mailNo: done.parcel.trackingNo,
      customerCode: account,
      shortAddress: sortCodeOf(city),
    },
  }
}

function cancel(desk: CarrierDesk, reference: string): RawAnswer {
  const parcel = desk.byReference(reference)
  if (parcel === null) return refused('unknown_reference')
  return desk.cancel(parcel.trackingNo) === 'too_late'
    ? refused('too_late')
    : { body: { logisticsNo: reference } }
}

function query(desk: CarrierDesk, number: string): RawAnswer {
  return {
    body: desk.happened(number).flatMap((event) => {
      const infoContent = CONTENTS[event.kind]
      if (infoContent === undefined) return []
      return [
        {
          waybill_No: number,
          upload_Time: beijingText(event.at),
          infoContent,
          processInfo: event.words,
          city: event.place.name,
        },
      ]
    }),
  }
}

function intercept(desk: CarrierDesk, number: string): RawAnswer {
  const done = desk.intercept(number, `wanted-${number}`)
  if (done === 'unknown') return refused('unknown_number')
  if (done === 'too_late') return { body: { statusCode: 1, statusMessage: '快件已派送，无法拦截' } }
  return { body: { statusCode: 0, statusMessage: '成功' } }
}

function refused(trouble: CarrierTrouble): RawAnswer {
  const [code, message] = CODES[trouble] ?? ['S05', `不受理（${trouble}）`]
  return { body: { success: false, code, message } }
}

function pushOf(event: PushedEvent): Outgoing {
  const content = [
    '<UpdateInfo><logisticProviderID>YTO</logisticProviderID>',
    `<clientID>${BRANCH}</clientID><mailNo>${event.number}</mailNo>`,
    `<txLogisticID>${event.reference}</txLogisticID><infoType>STATUS</infoType>`,
    `<infoContent>${event.code}</infoContent><acceptTime>${event.time}</acceptTime>`,
    `<city>${event.city}</city><remark>${escaped(event.words)}</remark></UpdateInfo>`,
  ].join('')
  const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' }
  const formOf = (secret: string): string =>
    new URLSearchParams({
      logistics_interface: content,
      data_digest: md5Base64(`${content}${secret}`),
      type: 'online',
      clientId: BRANCH,
    }).toString()
  return {
    headers,
    body: formOf(PUSH_SECRET),
    acknowledges: (status, answer) =>
      status === 200 &&
      answer.includes('<success>true</success>') &&
      answer.includes(`<txLogisticID>${event.reference}</txLogisticID>`),
    forged: { headers, body: formOf('guessed') },
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

function md5Base64(text: string): string {
  return Buffer.from(createHash('md5').update(text, 'utf8').digest('hex'), 'hex').toString('base64')
}

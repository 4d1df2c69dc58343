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

const APP_KEY = 'simulated-yunda-app'
const APP_SECRET = 'simulated-yunda-secret'
const PASSWORD = 'simulated-branch-password'

const ACTIONS: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: 'GOT',
  departed: 'DEPARTURE',
  arrived: 'ARRIVAL',
  out_for_delivery: 'SENT',
  ready_for_pickup: 'INBOUND',
  delivery_failed: 'SIGNFAIL',
  exception: 'ISSUE',
  delivered: 'SIGNED',
  returning: 'RETURN',
}

const CODES: Readonly<Partial<Record<CarrierTrouble, readonly [string, string]>>> = {
  signature_refused: ['7400', '签名失败'],
  credential_refused: ['7100', '账号无权限'],
  credential_expired: ['7100', '账号已停用'],
  ip_refused: ['7300', 'IP无权限'],
  no_permission: ['7200', '接口无权限'],
  bad_request: ['7605', '请求body参数不能为空'],
}

export type SimYunda = SimPlatform & { readonly account: Settings; readonly desk: CarrierDesk }

/** 韵达 as the hub meets it: signed JSON calls, orders in batches of which each answers for itself, pushes only after a subscription. */
export async function simYunda(
  deps: SimDeps,
  book: CarrierBook,
  options: FranchiseOptions = {},
): Promise<SimYunda> {
  const counter = franchiseDesk(
    deps,
    book,
    {
      kind: 'yunda',
      carriers: ['YUNDA'],
      mint: (serial) => `43${String(serial).padStart(13, '0')}`,
      says: [
        'picked_up',
        'departed',
        'arrived',
        'out_for_delivery',
        'ready_for_pickup',
        'delivery_failed',
        'exception',
        'delivered',
        'returning',
      ],
      tells: 'subscribed',
      form: 'each',
    },
    options,
  )
  pushEvents(counter, ACTIONS, pushOf)
  const { desk, pusher } = counter
  const server = await rawServer((call) => answerCall(desk, call))
  return {
    kind: 'yunda',
    settings: { app_key: APP_KEY, app_secret: APP_SECRET, api_url: server.origin },
    account: { partner_id: BRANCH, secret: PASSWORD },
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

function answerCall(desk: CarrierDesk, { path, headers, body }: RawCall): RawAnswer {
  if (headers['app-key'] !== APP_KEY) return refused('credential_refused')
  if (headers.sign !== signOf(body, APP_SECRET) || !/^\d{13}$/.test(String(headers['req-time'])))
    return refused('signature_refused')
  const trouble = desk.trouble()
  if (trouble !== null && CODES[trouble] !== undefined) return refused(trouble)
  const data = parsed(body)
  const isOwner = field(data, 'partner_id') === BRANCH && field(data, 'secret') === PASSWORD
  if (path.includes('/accountOrder/') && !isOwner) return refused('credential_refused')
  switch (path) {
    case '/openapi-api/v1/accountOrder/createBmOrder':
      return yes(ordersOf(data).map((order) => orderAnswer(desk, order, 'create')))
    case '/openapi-api/v1/accountOrder/updateBmOrder':
      return yes(ordersOf(data).map((order) => orderAnswer(desk, order, 'update')))
    case '/openapi-api/v1/accountOrder/cancelBmOrder':
      return yes(ordersOf(data).map((order) => cancelAnswer(desk, order)))
    case '/openapi-api/v1/accountOrder/searchCount':
      return yes(desk.accounts().find(({ account }) => account === BRANCH)?.left ?? 0)
    case '/openapi/outer/logictis/subscribe':
      for (const order of ordersOf(data)) desk.subscribe(field(order, 'mailno'), null)
      return yes(null)
    case '/openapi/outer/logictis/query':
      return query(desk, field(data, 'mailno'))
    default:
      return refused('no_permission')
  }
}

function ordersOf(data: Record<string, unknown>): readonly unknown[] {
  return Array.isArray(data.orders) ? data.orders : []
}

function orderAnswer(desk: CarrierDesk, order: unknown, call: 'create' | 'update') {
  const serial = field(order, 'order_serial_no')
  const city = field(order, 'receiver', 'city')
  const no = (msg: string) => ({ order_serial_no: serial, status: '0', msg })
  if (!/^\w{1,50}$/.test(serial)) return no('订单号只能由字母、数字、下划线组成')
  if (field(order, 'receiver', 'mobile') === '') return no('收件人手机号不能为空')
  const isThere = desk.byReference(serial) !== null
  if (call === 'create' && isThere) return no('订单已存在，更新订单请使用更新接口')
  if (call === 'update' && !isThere) return no('订单不存在')
  const to = city === '' ? {} : { to: { name: city } }
  const done = desk.issue({ reference: serial, carrier: 'YUNDA', account: BRANCH, ...to })
  if (!done.ok) return no(done.trouble === 'pool_empty' ? '电子面单余量不足' : `不受理（${done.trouble}）`)
  const [position, positionNo] = sortCodeOf(city).split(' ')
  const info = {
    position,
    position_no: positionNo,
    package_wdjc: `${city}集包`,
    mailno: done.parcel.trackingNo,
  }
  return {
    order_serial_no: serial,
    mail_no: done.parcel.trackingNo,
    pdf_info: JSON.stringify([[info]]),
    status: '1',
    msg: '创建订单成功',
  }
}

function cancelAnswer(desk: CarrierDesk, order: unknown) {
  const done = desk.cancel(field(order, 'mailno'))
  const isDone = done === 'cancelled' || done === 'already'
  const msg = isDone ? '取消成功' : done === 'unknown' ? 'ERROR:运单不存在' : 'ERROR:已揽收，不能取消'
  return {
    order_serial_no: field(order, 'order_serial_no'),
    mailno: field(order, 'mailno'),
    status: isDone ? '1' : '0',
    msg,
  }
}

function query(desk: CarrierDesk, mailno: string): RawAnswer {
  if (!desk.isSubscribed(mailno)) return { body: { result: false, code: '9001', message: '运单未订阅' } }
  const steps = desk.happened(mailno).flatMap((event) => {
    const action = ACTIONS[event.kind]
    if (action === undefined) return []
    const station = { station: '200000', station_name: event.place.name }
    return [{ time: beijingText(event.at), ...station, action, description: event.words }]
  })
  return yes({ mailno, steps })
}

function yes(data: unknown): RawAnswer {
  return { body: { result: true, code: '0000', message: '请求成功', data } }
}

function refused(trouble: CarrierTrouble): RawAnswer {
  const [code, message] = CODES[trouble] ?? ['9999', `不受理（${trouble}）`]
  return { body: { result: false, code, message } }
}

function pushOf(event: PushedEvent): Outgoing {
  const step = {
    time: event.time,
    station: '200000',
    station_name: event.city,
    action: event.code,
    description: event.words,
  }
  const body = JSON.stringify({ mailno: event.number, orderid: event.number, steps: [step] })
  const headers = { 'content-type': 'application/json;charset=UTF-8', 'app-key': APP_KEY }
  return {
    headers: { ...headers, sign: signOf(body, APP_SECRET) },
    body,
    acknowledges: (status, answer) => status === 200 && parsed(answer).code === '0000',
    forged: { headers: { ...headers, sign: signOf(body, 'guessed') }, body },
  }
}

function signOf(body: string, secret: string): string {
  return createHash('md5').update(body, 'utf8').update(`_${secret}`, 'utf8').digest('hex')
}

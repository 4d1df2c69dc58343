import { createHash } from 'node:crypto'
import type { Settings } from '#domain/connector.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import type { CarrierBook, CarrierDesk } from '../carriers/book.ts'
import type { ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps, SimPlatform } from '../platform.ts'
import type { Outgoing } from './carrier-pusher.ts'
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

const APP_KEY = 'simulated-zto-app'
const APP_SECRET = 'simulated-zto-secret'
const PASSWORD = 'simulated-branch-password'

/** What the push calls each event. A return has no word in any public table, so it is not pushed. */
const ACTIONS: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: 'GOT',
  departed: 'DEPARTURE',
  arrived: 'ARRIVAL',
  out_for_delivery: 'DISPATCH',
  ready_for_pickup: 'INBOUND',
  delivered: 'SIGNED',
}
/** And the query, in words of its own. */
const SCANS: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: '收件',
  departed: '发件',
  arrived: '到件',
  out_for_delivery: '派件',
  ready_for_pickup: 'ARRIVAL',
  exception: '问题件',
  delivered: '签收',
  returning: '退件',
}

const CODES: Readonly<Partial<Record<CarrierTrouble, readonly [string, string]>>> = {
  signature_refused: ['S211', '签名错误'],
  credential_refused: ['E404', '鉴权失败,未绑定电子面单账号'],
  credential_expired: ['S214', '时间戳非法'],
  ip_refused: ['S212', 'IP黑白名单限制'],
  no_permission: ['S210', '无权限访问'],
  pool_empty: ['', '电子面单余额不足'],
  unknown_number: ['E416', '不符合中通运单号规则校验'],
  bad_request: ['S208', '参数不能为空'],
}

export type SimZto = SimPlatform & {
  /** What a person types into the carrier account. */
  readonly account: Settings
  readonly desk: CarrierDesk
}

/** 中通 as the hub meets it: signed JSON calls, and a signed form for every scan. */
export async function simZto(
  deps: SimDeps,
  book: CarrierBook,
  options: FranchiseOptions = {},
): Promise<SimZto> {
  const counter = franchiseDesk(
    deps,
    book,
    {
      kind: 'zto',
      carriers: ['ZTO'],
      mint: (serial) => `73${String(serial).padStart(12, '0')}`,
      says: ['picked_up', 'departed', 'arrived', 'out_for_delivery', 'ready_for_pickup', 'delivered'],
      tells: 'own',
      form: 'each',
    },
    options,
  )
  pushEvents({ ...counter, deps }, ACTIONS, pushOf)
  const { desk, pusher } = counter
  const server = await rawServer((call) => answerCall(desk, call))
  return {
    kind: 'zto',
    settings: {
      app_key: APP_KEY,
      app_secret: APP_SECRET,
      api_url: server.origin,
      intercept_states: '4=back',
    },
    account: { account_id: BRANCH, account_password: PASSWORD, partner_type: '2' },
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
  const isOurs = headers['x-appkey'] === APP_KEY && headers['x-datadigest'] === digestOf(body, APP_SECRET)
  if (!isOurs) return refused('signature_refused')
  const trouble = desk.trouble()
  if (trouble !== null) return refused(trouble)
  const data = parsed(body)
  switch (path.slice(1)) {
    case 'zto.open.createOrder':
      return create(desk, data)
    case 'zto.open.cancelPreOrder':
      return no('E1', '全网件订单不支持取消')
    case 'zto.merchant.waybill.track.subsrcibe':
      return subscribe(desk, field(data, 'billCode'))
    case 'zto.merchant.waybill.track.query':
      return query(desk, field(data, 'billCode'))
    case 'thirdcenter.createIntercept':
      return intercept(desk, data)
    case 'thirdcenter.queryInterceptAndReturnStatus':
      return interceptStatus(desk, field(data, 'billCode'))
    case 'zto.open.queryAvailableBalanceNew':
      return balance(desk, data)
    default:
      return no('S207', 'API不存在')
  }
}

function create(desk: CarrierDesk, data: Record<string, unknown>): RawAnswer {
  const account = field(data, 'accountInfo', 'accountId')
  if (field(data, 'accountInfo', 'accountPassword') !== PASSWORD) return refused('credential_refused')
  const city = field(data, 'receiveInfo', 'receiverCity')
  const missing = ['receiverName', 'receiverAddress'].find((name) => field(data, 'receiveInfo', name) === '')
  if (missing !== undefined || field(data, 'partnerOrderCode') === '') return refused('bad_request')
  const done = desk.issue({
    reference: field(data, 'partnerOrderCode'),
    carrier: 'ZTO',
    account,
    ...(city === '' ? {} : { to: { name: city } }),
  })
  if (!done.ok) return refused(done.trouble)
  const { trackingNo, reference } = done.parcel
  return {
    body: {
      result: {
        bigMarkInfo: { bagAddr: `${city}集散`, mark: sortCodeOf(city) },
        siteCode: '02100',
        siteName: '上海',
        billCode: trackingNo,
        orderCode: `25${trackingNo}`,
        partnerOrderCode: reference,
      },
      message: '成功',
      status: true,
      statusCode: '0000',
    },
  }
}

function query(desk: CarrierDesk, billCode: string): RawAnswer {
  if (desk.byNumber(billCode) === null) return refused('unknown_number')
  return yes(
    desk.happened(billCode).flatMap((event) => {
      const scanType = SCANS[event.kind]
      if (scanType === undefined) return []
      const scanSite = { name: `${event.place.name}网点`, city: event.place.name, prov: '' }
      return [{ billCode, scanType, scanDate: event.at.epochMilliseconds, scanSite, desc: event.words }]
    }),
  )
}

function intercept(desk: CarrierDesk, data: Record<string, unknown>): RawAnswer {
  const done = desk.intercept(field(data, 'billCode'), field(data, 'requestId'))
  if (done === 'unknown') return refused('unknown_number')
  return done === 'too_late' ? no('E2', '快件已派送，无法拦截') : yes(true)
}

/** Figures of its own making: the real ones are not public. */
function interceptStatus(desk: CarrierDesk, billCode: string): RawAnswer {
  const parcel = desk.byNumber(billCode)
  if (parcel === null) return refused('unknown_number')
  if (parcel.interceptedAt === null) return yes(null)
  const isBack = desk.happened(billCode).some(({ kind }) => kind === 'signed_back')
  const [status, statusName] = isBack ? ['4', '已退回'] : ['1', '拦截中']
  return yes({ billCode, serviceCode: 'INTERCEPT', status, statusName })
}

function balance(desk: CarrierDesk, data: Record<string, unknown>): RawAnswer {
  const account = desk.accounts().find((one) => one.account === field(data, 'partner'))
  if (account === undefined || field(data, 'verify') !== PASSWORD) return refused('credential_refused')
  return yes({ recharge: 100_000, available: account.left, back: 0, recovery: 0 })
}

function subscribe(desk: CarrierDesk, billCode: string): RawAnswer {
  return desk.subscribe(billCode, null) === 'unknown' ? refused('unknown_number') : yes(null)
}

function yes(result: unknown): RawAnswer {
  return { body: { result, message: '操作成功', statusCode: 'SYS000', status: true } }
}

function no(statusCode: string, message: string): RawAnswer {
  return { body: { result: null, message, statusCode, status: false } }
}

function refused(trouble: CarrierTrouble): RawAnswer {
  const [code, words] = CODES[trouble] ?? ['E999', `不受理（${trouble}）`]
  return no(code, words)
}

function pushOf(event: PushedEvent): Outgoing {
  const data = JSON.stringify({
    billCode: event.number,
    facilityCode: '02191',
    actionTime: event.time,
    city: event.city,
    action: event.code,
    facilityName: `${event.city}网点`,
    desc: event.words,
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' }
  const formOf = (secret: string): string =>
    new URLSearchParams({
      data_digest: digestOf(data, secret),
      company_id: APP_KEY,
      data,
      msg_type: 'Traces',
    }).toString()
  return {
    headers,
    body: formOf(APP_SECRET),
    acknowledges: (status, answer) => status === 200 && parsed(answer).status === true,
    forged: { headers, body: formOf('guessed') },
  }
}

function digestOf(text: string, secret: string): string {
  return createHash('md5').update(text, 'utf8').update(secret, 'utf8').digest('base64')
}

import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from '#domain/connector.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import type { CarrierBook, CarrierDesk } from '../carriers/book.ts'
import type { ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps, SimPlatform } from '../platform.ts'

type Asked = Readonly<Record<string, unknown>>

const APP_KEY = 'SIMDOUYINWAYBILL'
const SECRET = 'simulated-douyin-waybill-secret'
const TOKEN = 'simulated-douyin-waybill-token'
const TEMPLATE = 'https://sf6-ttcdn-tos.pstatp.com/std/101.xml'

const COMPANIES = [
  { code: 'zhongtong', carrier: 'ZTO', prefix: '78' },
  { code: 'yuantong', carrier: 'YTO', prefix: 'YT' },
  { code: 'jtexpress', carrier: 'JT', prefix: 'JT' },
] as const

/** It pushes nothing; what happens to its parcels is told by whoever subscribes them. */
const SEEN: readonly ParcelEventKind[] = [
  'picked_up',
  'departed',
  'arrived',
  'out_for_delivery',
  'ready_for_pickup',
  'delivered',
  'signed_back',
]

const ERRORS: Readonly<Partial<Record<CarrierTrouble, readonly [number, string, string]>>> = {
  credential_expired: [30002, 'isv.access-token-expired', 'access_token已过期'],
  signature_refused: [40003, 'isv.signature-invalid:8', '签名校验失败'],
  no_permission: [30001, 'isv.app-permissions-insufficient', '权限不足'],
  pool_empty: [50002, 'isv.business-failed:10703', '电子面单余额不足'],
}

/** 抖店电子面单 as the hub meets it: signed calls, a number first and its sealed print data second. */
export async function simDouyinWaybill(
  deps: SimDeps,
  book: CarrierBook,
): Promise<SimPlatform & { readonly account: Settings; readonly failPrintData: (times: number) => void }> {
  let failing = 0
  const desk = book.open({
    kind: 'douyin-waybill',
    carriers: COMPANIES.map(({ carrier }) => carrier),
    mint: (serial, carrier) =>
      `${COMPANIES.find((one) => one.carrier === carrier)?.prefix ?? '78'}7${String(serial).padStart(11, '0')}`,
    says: SEEN,
    tells: 'subscribed',
    form: 'each',
  })
  for (const { carrier } of COMPANIES) desk.openAccount({ account: `DY${carrier}01`, carrier, left: 5_000 })
  const server = await jsonServer((path, query, body) => {
    const method = path.slice(1).replaceAll('/', '.')
    const no = proofError(method, query, body, deps)
    const trouble = desk.trouble()
    if (no !== null) return failed(...no)
    if (trouble !== null)
      return failed(...(ERRORS[trouble] ?? [50002, 'isv.business-failed:4029', '系统内部错误']))
    if (method === 'logistics.waybillApply' && failing > 0) {
      failing -= 1
      return failed(20000, 'isp.service-error:100102', '查询密钥失败')
    }
    return handle(method, JSON.parse(body) as Asked, desk)
  })
  return {
    kind: 'douyin-waybill',
    settings: { app_key: APP_KEY, app_secret: SECRET, access_token: TOKEN, api_url: server.origin },
    account: { template_url: TEMPLATE },
    failPrintData: (times) => {
      failing = times
    },
    pushTo: () => undefined,
    settled: async () => undefined,
    counts: () => ({ acknowledged: 0, refused: 0, sent: 0 }),
    close: server.close,
  }
}

function failed(code: number, sub_code: string, sub_msg: string): object {
  return { code, msg: '业务处理失败', sub_code, sub_msg, log_id: 'sim' }
}

function done(data: object): object {
  return { code: 10000, msg: 'success', sub_code: '', sub_msg: '', data }
}

function proofError(
  method: string,
  query: URLSearchParams,
  body: string,
  { clock }: SimDeps,
): readonly [number, string, string] | null {
  const timestamp = query.get('timestamp') ?? ''
  const text = `app_key${APP_KEY}method${method}param_json${body}timestamp${timestamp}v2`
  const sign = createHmac('sha256', SECRET).update(`${SECRET}${text}${SECRET}`, 'utf8').digest('hex')
  if (query.get('access_token') !== TOKEN) return [30002, 'isv.access-token-no-existed', 'access_token不存在']
  const isKnown = query.get('app_key') === APP_KEY && query.get('method') === method && query.get('v') === '2'
  if (!isKnown || query.get('sign') !== sign) return [40003, 'isv.signature-invalid:8', '签名校验失败']
  const seconds = Math.abs(Number(timestamp) - clock.now().epochMilliseconds / 1000)
  return seconds > 600 ? [40004, 'isv.timestamp-invalid', 'timestamp 已过期'] : null
}

function handle(method: string, asked: Asked, desk: CarrierDesk): object {
  switch (method) {
    case 'logistics.newCreateOrder':
      return issue(asked, desk)
    case 'logistics.waybillApply':
      return printData(asked, desk)
    case 'logistics.cancelOrder':
      switch (desk.cancel(String(asked.track_no ?? ''))) {
        case 'cancelled':
          return done({ cancel_result: { success: true } })
        case 'already':
          return failed(50002, 'isv.business-failed:1102', '1102:重复取消')
        case 'too_late':
          return failed(50002, 'isv.business-failed:1105', '1105:已揽收，无法取消')
        default:
          return failed(50002, 'isv.business-failed:1003', '1003:运单号有误，请检查运单号')
      }
    case 'logistics.listShopNetsite':
      return done({
        netsites: desk
          .accounts()
          .filter(({ carrier }) => asked.logistics_code === '' || companyOf(asked)?.carrier === carrier)
          .map(({ account, left }) => ({
            netsite_code: account,
            netsite_name: '模拟网点',
            amount: String(left),
          })),
      })
    default:
      return failed(40001, 'isv.missing-parameter', 'method 不存在')
  }
}

function companyOf(asked: Asked) {
  return COMPANIES.find(({ code }) => code === asked.logistics_code)
}

function issue(asked: Asked, desk: CarrierDesk): object {
  const [order] = (asked.order_infos ?? []) as Asked[]
  const to = (order?.receiver_info ?? {}) as Asked
  const contact = (to.contact ?? {}) as Asked
  const carrier = companyOf(asked)?.carrier
  const isComplete =
    carrier !== undefined && String(contact.name ?? '') !== '' && String(contact.mobile ?? '') !== ''
  if (!isComplete || !Array.isArray(order?.items))
    return failed(40004, 'isv.parameter-invalid:4006', '参数不正确')
  const orderId = String(order.order_id ?? '')
  const packId = String(order.pack_id ?? '')
  if (!/^\w{0,15}$/.test(packId)) return failed(40004, 'isv.parameter-invalid:1000', 'pack_id 不正确')
  const issued = desk.issue({
    reference: `${orderId}/${packId}`,
    carrier,
    account: `DY${carrier}01`,
    pieces: Number(order.total_pack_count ?? 1),
    to: { name: String(((to.address ?? {}) as Asked).city_name ?? '') },
  })
  if (!issued.ok) {
    const err = { order_id: orderId, pack_id: packId, err_code: '10703', err_msg: '电子面单余额不足' }
    return done({ ebill_infos: [], err_infos: [err] })
  }
  const { trackingNo, childNos, route } = issued.parcel
  const bill = {
    order_id: orderId,
    pack_id: packId,
    track_no: trackingNo,
    sort_code: `${route.end.name.slice(0, 2)}-571-03`,
    package_center_name: `${route.end.name}集包`,
    package_center_code: '571003',
    short_address_name: route.end.name,
    sub_waybill_codes: childNos.join(','),
  }
  return done({ ebill_infos: [bill], err_infos: [] })
}

function printData(asked: Asked, desk: CarrierDesk): object {
  const [wanted] = (asked.waybill_applies ?? []) as Asked[]
  const parcel = desk.byNumber(String(wanted?.track_no ?? ''))
  if (parcel === null) return failed(50002, 'isv.business-failed:1003', '1003:运单号有误，请检查运单号')
  const print_data = createHash('sha256').update(parcel.trackingNo).digest('base64')
  const sign = createHash('md5')
    .update(print_data + SECRET)
    .digest('hex')
  return done({ waybill_infos: [{ track_no: parcel.trackingNo, print_data, sign }], err_infos: [] })
}

async function jsonServer(answer: (path: string, query: URLSearchParams, body: string) => object) {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://loopback')
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
      response.end(
        JSON.stringify(answer(url.pathname, url.searchParams, Buffer.concat(parts).toString('utf8'))),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

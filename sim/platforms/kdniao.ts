import { createHash } from 'node:crypto'
import type { Settings } from '#domain/connector.ts'
import type { CarrierBook } from '../carriers/book.ts'
import type { ParcelEvent } from '../carriers/events.ts'
import type { SimCarrier, SimDeps, SimScan, SimShipment } from '../platform.ts'
import { carrierPusher, type Outgoing } from './carrier-pusher.ts'
import { apiServer, beijingText, placeOf, type QueryStrictness, queryLimit } from './carrier-server.ts'
import { ACTIONS, KDNIAO_ACCOUNT, kdniaoDesk } from './kdniao-desk.ts'

export type KdniaoOptions = QueryStrictness & {
  /** The paid plan (request type 102) gives each node its `Action`; the plain one (101) only the top-level state. */
  readonly plan?: 'paid' | 'plain'
  /** Waits before a refused push comes again; the real ones are not documented. */
  readonly retryMs?: readonly number[]
  /** The world's book of parcels: with it numbers are issued and subscribed ones pushed as they travel. */
  readonly book?: CarrierBook
}

type TraceNode = {
  readonly AcceptTime: string
  readonly AcceptStation: string
  readonly Location: string
  readonly Action: string
  readonly Remark: string
}
type Query = { readonly LogisticCode: string; readonly ShipperCode: string; readonly CustomerName?: string }
type Parcel = { readonly shipper: string; readonly orderCode: string; nodes: readonly TraceNode[] }

const BUSINESS_ID = '1000001'
const APP_KEY = 'simulated-app-key'

const SHIPPERS = [
  { shipper: 'STO', carrier: 'STO', prefix: 'ST' },
  { shipper: 'YD', carrier: 'YUNDA', prefix: 'YD' },
  { shipper: 'YTO', carrier: 'YTO', prefix: 'YT' },
  { shipper: 'ZTO', carrier: 'ZTO', prefix: 'ZT' },
] as const

const SCANS: Readonly<Record<SimScan, { readonly action: string; readonly words: string }>> = {
  picked_up: { action: '1', words: '已揽收' },
  in_transit: { action: '2', words: '快件已发往下一站' },
  out_for_delivery: { action: '202', words: '正在派件' },
  delivered: { action: '301', words: '已签收' },
}

/** 快递鸟 as the hub meets it: query, and a signed push of the full trace at every scan. */
export async function simKdniao(
  deps: SimDeps,
  options: KdniaoOptions = {},
): Promise<SimCarrier & { readonly account: Settings }> {
  const { clock, random, faults } = deps
  const pusher = carrierPusher(deps, options.retryMs ?? [300, 300, 300])
  const parcels = new Map<string, Parcel>()
  const plan = options.plan ?? 'paid'

  const counter =
    options.book === undefined
      ? null
      : kdniaoDesk(options.book, SHIPPERS, BUSINESS_ID, ({ parcel, event, trace }) => {
          const nodes = trace.filter(({ trackingNo }) => trackingNo === event.trackingNo)
          pushTrace(event.trackingNo, bookedParcel(parcel.carrier, nodes))
        })
  const pushTrace = (trackingNo: string, parcel: Parcel): void => {
    const data = {
      EBusinessID: BUSINESS_ID,
      PushTime: beijingText(clock.now()),
      Count: '1',
      Data: [{ EBusinessID: BUSINESS_ID, ...entryOf(trackingNo, parcel, plan) }],
    }
    const push = pushOf(JSON.stringify(data), plan === 'paid' ? '102' : '101')
    pusher.send(() => push)
  }
  const isTooMany = queryLimit(options.queriesPerSecond, () => clock.now())
  const server = await apiServer(({ form }) => {
    const data = form.get('RequestData') ?? ''
    const signed = form.get('EBusinessID') === BUSINESS_ID && form.get('DataSign') === signOf(data, APP_KEY)
    if (!signed) return { EBusinessID: BUSINESS_ID, Success: false, ResultCode: '102', Reason: '校验问题' }
    const refused = (ResultCode: string, Reason: string): unknown => ({
      EBusinessID: BUSINESS_ID,
      Success: false,
      ResultCode,
      Reason,
    })
    const ordered = counter?.answer(form.get('RequestType') ?? '', JSON.parse(data)) ?? null
    if (ordered !== null) return ordered
    if (form.get('RequestType') !== '1002' && form.get('RequestType') !== '8001')
      return refused('101', '缺少必要参数 RequestType')
    if (isTooMany()) return refused('105', '请求过于频繁，请稍后再试')
    const { LogisticCode, ShipperCode, CustomerName } = JSON.parse(data) as Query
    if (options.phoneTail !== undefined && ShipperCode === 'SF' && CustomerName !== options.phoneTail)
      return refused('105', 'CustomerName 手机号后四位错误')
    const known = counter?.desk.byNumber(LogisticCode) ?? null
    const parcel =
      parcels.get(LogisticCode) ??
      (known === null ? undefined : bookedParcel(known.carrier, counter?.desk.happened(LogisticCode) ?? []))
    return parcel === undefined || parcel.nodes.length === 0 || parcel.shipper !== ShipperCode
      ? {
          EBusinessID: BUSINESS_ID,
          LogisticCode,
          Success: true,
          State: '0',
          Reason: '暂无轨迹信息',
          Traces: [],
        }
      : { EBusinessID: BUSINESS_ID, ...entryOf(LogisticCode, parcel, plan) }
  })

  return {
    kind: 'kdniao',
    settings: {
      ebusiness_id: BUSINESS_ID,
      app_key: APP_KEY,
      query_url: `${server.origin}/Ebusiness/EbusinessOrderHandle.aspx`,
      eorder_url: `${server.origin}/api/EOrderService`,
      subscribe_url: `${server.origin}/api/dist`,
      subscribe_type: plan === 'paid' ? '8008' : '1008',
    },
    account: KDNIAO_ACCOUNT,
    pushTo: pusher.pushTo,
    issue: async (orderNo): Promise<SimShipment> => {
      const { shipper, carrier, prefix } =
        SHIPPERS[Math.floor(random.next() * SHIPPERS.length)] ?? SHIPPERS[0]
      const trackingNo = `${prefix}${String(Math.floor(random.next() * 1e13)).padStart(13, '0')}`
      parcels.set(trackingNo, { shipper, orderCode: orderNo, nodes: [] })
      return { trackingNo, carrier }
    },
    scan: async (trackingNo, scan) => {
      const parcel = parcels.get(trackingNo) ?? { shipper: shipperOf(trackingNo), orderCode: '', nodes: [] }
      parcels.set(trackingNo, parcel)
      const place = placeOf(random)
      const node: TraceNode = {
        AcceptTime: beijingText(clock.now()),
        AcceptStation: `【${place}】${SCANS[scan].words}`,
        Location: place,
        Action: random.next() < faults.unknownCode ? '9999' : SCANS[scan].action,
        Remark: '',
      }
      parcel.nodes = [...parcel.nodes, node]
      pushTrace(trackingNo, parcel)
    },
    settled: pusher.settled,
    counts: pusher.counts,
    close: async () => {
      pusher.close()
      await server.close()
    },
  }
}

/** A parcel of the book as 快递鸟 shows it; SF and others it only watches. */
function bookedParcel(carrier: string, events: readonly ParcelEvent[]): Parcel {
  const shipper =
    SHIPPERS.find((one) => one.carrier === carrier)?.shipper ?? (carrier === 'JT' ? 'JTSD' : carrier)
  const nodes = events.map((event) => ({
    AcceptTime: beijingText(event.at),
    AcceptStation: `【${event.place.name}】${event.words}`,
    Location: event.place.name,
    Action: ACTIONS[event.kind] ?? '2',
    Remark: '',
  }))
  return { shipper, orderCode: '', nodes }
}

function shipperOf(trackingNo: string): string {
  return SHIPPERS.find(({ prefix }) => trackingNo.startsWith(prefix))?.shipper ?? 'YTO'
}

function entryOf(number: string, parcel: Parcel, plan: 'paid' | 'plain') {
  const newest = parcel.nodes.at(-1)?.Action ?? '0'
  return {
    ShipperCode: parcel.shipper,
    LogisticCode: number,
    OrderCode: parcel.orderCode,
    CallBack: '',
    Success: true,
    Reason: '',
    State: newest === '9999' ? newest : newest.slice(0, 1),
    ...(plan === 'paid' ? { StateEx: newest, Location: parcel.nodes.at(-1)?.Location ?? '' } : {}),
    Traces: parcel.nodes.map(({ AcceptTime, AcceptStation, Remark, Location, Action }) =>
      plan === 'paid'
        ? { AcceptTime, AcceptStation, Remark, Location, Action }
        : { AcceptTime, AcceptStation, Remark },
    ),
  }
}

function pushOf(requestData: string, requestType: string): Outgoing {
  const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' }
  const formOf = (key: string): string =>
    new URLSearchParams({
      RequestData: requestData,
      DataSign: signOf(requestData, key),
      RequestType: requestType,
    }).toString()
  return {
    headers,
    body: formOf(APP_KEY),
    acknowledges: (status, answer) => status === 200 && isAck(answer),
    forged: { headers, body: formOf('guessed-key') },
  }
}

/** Exactly the four documented fields, our own id, and a time in the documented form. */
function isAck(text: string): boolean {
  try {
    const ack = JSON.parse(text) as Record<string, unknown>
    const fields = Object.keys(ack).sort().join()
    const given = String(ack.UpdateTime)
    if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(given)) return false
    return (
      fields === 'EBusinessID,Reason,Success,UpdateTime' &&
      ack.EBusinessID === BUSINESS_ID &&
      ack.Success === true &&
      ack.Reason === ''
    )
  } catch {
    return false
  }
}

function signOf(data: string, key: string): string {
  const hex = createHash('md5').update(`${data}${key}`, 'utf8').digest('hex')
  return btoa(hex)
}

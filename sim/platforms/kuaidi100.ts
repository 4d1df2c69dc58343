import { createHash } from 'node:crypto'
import type { Settings } from '#domain/connector.ts'
import type { CarrierBook, DeskPush } from '../carriers/book.ts'
import type { ParcelEvent } from '../carriers/events.ts'
import type { SimCarrier, SimDeps, SimScan, SimShipment } from '../platform.ts'
import { carrierPusher, type Outgoing } from './carrier-pusher.ts'
import {
  type ApiCall,
  apiServer,
  beijingText,
  placeOf,
  type QueryStrictness,
  queryLimit,
} from './carrier-server.ts'
import { KUAIDI100_ACCOUNT, type Kuaidi100Desk, kuaidi100Desk, stateOf } from './kuaidi100-desk.ts'

export type Kuaidi100Options = QueryStrictness & {
  /** How long a number may not be asked for again; in reality, and unless told otherwise, 30 minutes. */
  readonly lockMs?: number
  /** The level of detail the account has: 4 gives each node its code, none only the top-level state. */
  readonly resultv2?: '' | '1' | '4'
  /** Waits before a refused push comes again: in reality 30 minutes, three times. */
  readonly retryMs?: readonly number[]
  /** The world's book of parcels: with it numbers are issued and subscribed ones pushed as they travel. */
  readonly book?: CarrierBook
}

type TraceNode = {
  readonly time: string
  readonly context: string
  readonly location: string
  readonly status: string
  readonly code: string
  readonly top: string
}

const CUSTOMER = 'SIMCUSTOMER0123456789'
const KEY = 'simulatedkey'
const SALT = 'simulated-salt'
const SECRET = 'simulated-label-secret'

const COMPANIES = [
  { com: 'yuantong', carrier: 'YTO', prefix: 'YT' },
  { com: 'zhongtong', carrier: 'ZTO', prefix: 'ZT' },
  { com: 'yunda', carrier: 'YUNDA', prefix: 'YD' },
  { com: 'shentong', carrier: 'STO', prefix: 'ST' },
] as const
/** Numbers that others mint are watched as well, once they are scanned. */
const WATCHED = [
  ...COMPANIES,
  { com: 'shunfeng', carrier: 'SF', prefix: 'SF' },
  { com: 'jtexpress', carrier: 'JT', prefix: 'JT' },
  { com: 'jd', carrier: 'JD', prefix: 'JD' },
] as const
type Company = (typeof WATCHED)[number]

const SCANS: Readonly<Record<SimScan, { code: string; top: string; status: string; words: string }>> = {
  picked_up: { code: '103', top: '1', status: '揽收', words: '快件已被揽收' },
  in_transit: { code: '1002', top: '0', status: '在途', words: '快件离开转运中心,发往下一站' },
  out_for_delivery: { code: '5', top: '5', status: '派件', words: '快递员正在派件' },
  delivered: { code: '301', top: '3', status: '签收', words: '快件已由本人签收' },
}

/** 快递100 as the hub meets it: subscription, query, and a signed push of the full trace at every scan. */
export async function simKuaidi100(
  deps: SimDeps,
  options: Kuaidi100Options = {},
): Promise<SimCarrier & { readonly account: Settings }> {
  const { clock, random, faults } = deps
  const pusher = carrierPusher(deps, options.retryMs ?? [300, 300, 300])
  const companyOf = new Map<string, Company>()
  const traces = new Map<string, TraceNode[]>()
  const detail = options.resultv2 ?? '4'

  const isTooMany = queryLimit(options.queriesPerSecond, () => clock.now())
  const askedAt = new Map<string, number>()
  const counter =
    options.book === undefined
      ? null
      : kuaidi100Desk(
          options.book,
          COMPANIES,
          { key: KEY, secret: SECRET },
          {
            push: (push) => {
              const made = deskPush(push, detail)
              pusher.send(() => made)
            },
            subscribed: pusher.pushTo,
          },
        )
  const server = await apiServer((call) =>
    answerCall(call, counter, ({ num, com, phone }) => {
      if (isTooMany()) return failed('502', '服务器繁忙，请求过于频繁')
      const now = clock.now().epochMilliseconds
      const last = askedAt.get(num)
      if (last !== undefined && now - last < (options.lockMs ?? 1_800_000))
        return failed('400', '该单号查询已锁单')
      askedAt.set(num, now)
      const company = companyOf.get(num) ?? bookedCompany(counter, num)
      const trace = traces.get(num) ?? bookedTrace(counter?.desk.happened(num) ?? [])
      if (company === undefined || trace.length === 0 || company.com !== com)
        return failed('500', '查询无结果，请隔段时间再查')
      if (options.phoneTail !== undefined && phone !== options.phoneTail && com === 'shunfeng')
        return failed('408', '快递单号或手机号后四位错误')
      return { ...lastResult(num, company, trace, detail), message: 'ok', status: '200' }
    }),
  )
  const known = (trackingNo: string): Company => {
    const found = companyOf.get(trackingNo) ?? WATCHED.find(({ prefix }) => trackingNo.startsWith(prefix))
    const company = found ?? COMPANIES[0]
    companyOf.set(trackingNo, company)
    return company
  }

  return {
    kind: 'kuaidi100',
    settings: {
      customer: CUSTOMER,
      key: KEY,
      salt: SALT,
      sign_type: 'MD5',
      query_url: `${server.origin}/poll/query.do`,
      subscribe_url: `${server.origin}/poll`,
      secret: SECRET,
      label_url: `${server.origin}/label/order`,
      balance_url: `${server.origin}/label/order`,
    },
    account: KUAIDI100_ACCOUNT,
    pushTo: pusher.pushTo,
    issue: async (): Promise<SimShipment> => {
      const company = COMPANIES[Math.floor(random.next() * COMPANIES.length)] ?? COMPANIES[0]
      const trackingNo = `${company.prefix}${String(Math.floor(random.next() * 1e13)).padStart(13, '0')}`
      companyOf.set(trackingNo, company)
      return { trackingNo, carrier: company.carrier }
    },
    scan: async (trackingNo, scan) => {
      const company = known(trackingNo)
      const { code, top, status, words } = SCANS[scan]
      const place = placeOf(random)
      const unknown = random.next() < faults.unknownCode
      const node: TraceNode = {
        time: beijingText(clock.now()),
        context: `【${place}】${words}`,
        location: place,
        status: unknown ? '未知状态' : status,
        code: unknown ? '999' : code,
        top: unknown ? '99' : top,
      }
      const trace = [node, ...(traces.get(trackingNo) ?? [])]
      traces.set(trackingNo, trace)
      const push = pushOf(trackingNo, company, trace, detail)
      pusher.send(() => push)
    },
    settled: pusher.settled,
    counts: pusher.counts,
    close: async () => {
      pusher.close()
      await server.close()
    },
  }
}

type Query = { readonly num: string; readonly com: string; readonly phone?: string }

function failed(returnCode: string, message: string) {
  return { result: false, returnCode, message }
}

function deskPush({ parcel, event, trace }: DeskPush, detail: string): Outgoing {
  const company = WATCHED.find(({ carrier }) => carrier === parcel.carrier) ?? COMPANIES[0]
  const nodes = trace.filter(({ trackingNo }) => trackingNo === event.trackingNo)
  return pushOf(event.trackingNo, company, bookedTrace(nodes), detail)
}

/** As a push or a query shows it: the newest first. */
function bookedTrace(events: readonly ParcelEvent[]): TraceNode[] {
  return events
    .map((event) => {
      const { code, top, status } = stateOf(event)
      const location = event.place.name
      return {
        time: beijingText(event.at),
        context: `【${location}】${event.words}`,
        location,
        status,
        code,
        top,
      }
    })
    .reverse()
}

function bookedCompany(counter: Kuaidi100Desk | null, num: string): Company | undefined {
  const carrier = counter?.desk.byNumber(num)?.carrier
  return WATCHED.find((company) => company.carrier === carrier)
}

function answerCall(
  { path, form }: ApiCall,
  counter: Kuaidi100Desk | null,
  answer: (query: Query) => object,
): unknown {
  const param = form.get('param') ?? ''
  if (path === '/label/order' && counter !== null) return counter.label(form)
  if (path === '/poll') {
    if (form.get('schema') !== 'json') return failed('701', '订阅方的订阅数据存在错误')
    const asked = JSON.parse(param) as { key?: string }
    if (counter !== null) return counter.subscribe(asked, KEY)
    if (asked.key !== KEY) return { result: false, returnCode: '600', message: '您不是合法的订阅者' }
    return { result: true, returnCode: '200', message: '提交成功' }
  }
  if (form.get('customer') !== CUSTOMER || form.get('sign') !== upperMd5(param + KEY + CUSTOMER))
    return { result: false, returnCode: '503', message: '验证签名失败' }
  return answer(JSON.parse(param) as Query)
}

function pushOf(number: string, company: Company, trace: readonly TraceNode[], detail: string): Outgoing {
  const signed = trace[0]?.top === '3'
  const param = JSON.stringify({
    status: signed ? 'shutdown' : 'polling',
    billstatus: 'got',
    message: '',
    autoCheck: '0',
    comOld: '',
    comNew: '',
    lastResult: { ...lastResult(number, company, trace, detail), message: 'ok', status: '200' },
  })
  const formOf = (sign: string): string => new URLSearchParams({ sign, param }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }
  return {
    headers,
    body: formOf(upperMd5(param + SALT)),
    acknowledges: (status, answer) => {
      const expected = JSON.stringify({ result: true, returnCode: '200', message: '成功' })
      return status === 200 && answer === expected
    },
    forged: { headers, body: formOf(upperMd5(`${param}guessed-salt`)) },
  }
}

function lastResult(number: string, company: Company, trace: readonly TraceNode[], detail: string) {
  const isSigned = trace[0]?.top === '3'
  return {
    state: trace[0]?.top ?? '0',
    condition: 'F00',
    ischeck: isSigned ? '1' : '0',
    com: company.com,
    nu: number,
    data: trace.map(({ time, context, location, status, code }) => ({
      time,
      ftime: time,
      context,
      ...(detail === '' ? {} : { status, areaCode: null, areaName: null, location }),
      ...(detail === '4' ? { statusCode: code } : {}),
    })),
  }
}

function upperMd5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex').toUpperCase()
}

import { createHash } from 'node:crypto'
import type { Settings } from '#domain/connector.ts'
import type { CarrierBook, DeskPush } from '../carriers/book.ts'
import type { ParcelEvent } from '../carriers/events.ts'
import type { SimCarrier, SimDeps, SimScan } from '../platform.ts'
import { carrierPusher, type Outgoing } from './carrier-pusher.ts'
import {
  type ApiCall,
  apiServer,
  beijingText,
  placeOf,
  type QueryStrictness,
  queryLimit,
} from './carrier-server.ts'
import { SF_CARD, SF_OPCODES, type SfDesk, sfDesk } from './sf-desk.ts'

export type SfOptions = QueryStrictness & {
  /** Form of the route push; the order-state push is always JSON. */
  readonly form?: 'json' | 'xml'
  /** How long nodes are gathered before a push, up to 10 of them. The real sandbox pushes every 10 minutes. */
  readonly batchMs?: number
  /** Waits before a refused or lost batch is pushed again. */
  readonly retryMs?: readonly number[]
  /** The world's book of parcels: with it orders are taken, cancelled and intercepted, and their scans pushed. */
  readonly book?: CarrierBook
  /** How the account proves its calls; the token of `oauth` lives two hours. */
  readonly auth?: 'digest' | 'oauth'
}

/** What a person types for the account at SF. */
export type SfPlatform = SimCarrier & { readonly account: Settings }

type Node = {
  readonly id: string
  readonly mailno: string
  readonly orderid: string
  readonly acceptTime: string
  readonly acceptAddress: string
  readonly remark: string
  readonly opCode: string
  readonly reasonCode: string
  readonly reasonName: string
}

const PARTNER = 'SIMPARTNER'
const CHECK_WORD = 'simulated-check-word-0123456789'
const HEADER_VALUE = 'simulated-shared-header'
const JSON_ACK = { return_code: '0000', return_msg: '成功' }
const XML_ACK = '<Response service="RoutePushService"><Head>OK</Head></Response>'

const SCANS: Readonly<Record<SimScan, readonly (readonly [opCode: string, words: string])[]>> = {
  picked_up: [['50', '顺丰速运 已收取快件']],
  in_transit: [
    ['30', '快件在【营业点】完成分拣,准备发往 【中转场】'],
    ['31', '快件到达 【中转场】'],
  ],
  out_for_delivery: [['44', '快件交给派送员,正在派送途中']],
  delivered: [
    ['80', '已签收,感谢使用顺丰,期待再次为您服务'],
    ['8000', '在官网"运单资料&签收图",可查看签收人信息'],
  ],
}

/** 顺丰 as the hub meets it: the 丰桥 gateway, order-state pushes and route pushes with a shared header. */
export async function simSf(deps: SimDeps, options: SfOptions = {}): Promise<SfPlatform> {
  const { clock, random, faults } = deps
  const pusher = carrierPusher(deps, options.retryMs ?? [200, 500, 1000])
  const orderOfNumber = new Map<string, string>()
  const routes = new Map<string, Node[]>()
  const gathered: Node[] = []
  let serial = deps.ledger?.firstSerial ?? 0
  let timer: NodeJS.Timeout | null = null

  const isTooMany = queryLimit(options.queriesPerSecond, () => clock.now())
  const tokens = new Map<string, Temporal.Instant>()
  const counter =
    options.book === undefined
      ? null
      : sfDesk(options.book, (push, opCode) => gather(nodeOfPush(push, opCode)))
  const server = await apiServer((call) =>
    call.path === '/oauth2/accessToken'
      ? answerToken(call, deps, tokens)
      : answerCall(call, {
          orderOfNumber,
          routes,
          isTooMany,
          phoneTail: options.phoneTail,
          counter,
          isLive: (token) =>
            Temporal.Instant.compare(
              clock.now(),
              tokens.get(token) ?? Temporal.Instant.fromEpochMilliseconds(0),
            ) < 0,
        }),
  )
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    while (gathered.length > 0) {
      const batch = gathered.splice(0, 10)
      pusher.send(() => routePush(batch, options.form ?? 'json'))
    }
  }
  const gather = (node: Node): void => {
    gathered.push(node)
    if (gathered.length >= 10 || options.batchMs === 0) flush()
    else timer ??= setTimeout(flush, options.batchMs ?? 20)
  }

  return {
    kind: 'sf',
    settings: {
      partner_id: PARTNER,
      check_word: CHECK_WORD,
      digest_mode: 'standard_md5',
      api_url: `${server.origin}/std/service`,
      auth_mode: options.auth ?? 'digest',
      oauth_url: `${server.origin}/oauth2/accessToken`,
      push_header: 'x-sf-shared',
      push_header_value: HEADER_VALUE,
    },
    account: { monthly_card: SF_CARD, pay_method: '1', express_type: '1' },
    pushTo: pusher.pushTo,
    issue: async (orderNo) => {
      const trackingNo = `SF${String(Math.floor(random.next() * 1e13)).padStart(13, '0')}`
      orderOfNumber.set(trackingNo, orderNo)
      routes.set(trackingNo, [])
      serial += 1
      const push = orderStatePush(orderNo, trackingNo, clock.now(), serial)
      pusher.send(() => push)
      return { trackingNo, carrier: 'SF' }
    },
    scan: async (trackingNo, scan) => {
      for (const [listed, remark] of SCANS[scan]) {
        serial += 1
        const opCode = random.next() < faults.unknownCode ? `9${listed}9` : listed
        const node = nodeOf(
          { serial, opCode, remark, mailno: trackingNo, orderid: orderOfNumber.get(trackingNo) ?? '' },
          deps,
        )
        routes.set(trackingNo, [...(routes.get(trackingNo) ?? []), node])
        gather(node)
      }
    },
    settled: async () => {
      flush()
      await pusher.settled()
    },
    counts: pusher.counts,
    close: async () => {
      if (timer !== null) clearTimeout(timer)
      pusher.close()
      await server.close()
    },
  }
}

function nodeOf(
  scan: { serial: number; opCode: string; remark: string; mailno: string; orderid: string },
  { clock, random }: SimDeps,
): Node {
  return {
    id: String(1_000_000_000_000 + scan.serial),
    mailno: scan.mailno,
    orderid: scan.orderid,
    acceptTime: beijingText(clock.now()),
    acceptAddress: placeOf(random),
    remark: scan.remark,
    opCode: scan.opCode,
    reasonCode: '',
    reasonName: '',
  }
}

function nodeOfPush({ parcel, event }: DeskPush, opCode: string): Node {
  const { acceptTime, acceptAddress, remark } = sceneOf(event)
  return {
    id: `1${event.id.replace(/\D/g, '').padStart(12, '0')}`,
    mailno: event.trackingNo,
    orderid: parcel.reference,
    acceptTime,
    acceptAddress,
    remark,
    opCode,
    reasonCode: '',
    reasonName: '',
  }
}

function sceneOf(event: ParcelEvent) {
  const isNewNumber = event.newTrackingNo !== null
  return {
    acceptTime: beijingText(event.at),
    acceptAddress: event.place.name,
    remark: isNewNumber ? `快件已转寄，新单号为 ${event.newTrackingNo}` : event.words,
  }
}

function routePush(nodes: readonly Node[], form: 'json' | 'xml'): Outgoing {
  if (form === 'json') return jsonPush(JSON.stringify({ Body: { WaybillRoute: nodes } }))
  const routes = nodes.map((node) => {
    const attributes = Object.entries(node).map(([name, value]) => `${name}="${escapeXml(value)}"`)
    return `<WaybillRoute ${attributes.join(' ')}/>`
  })
  const xml = `<Request service="RoutePushService" lang="zh-CN"><Body>${routes.join('')}</Body></Request>`
  const body = `content=${encodeURIComponent(xml)}`
  const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }
  return {
    headers: { ...headers, 'x-sf-shared': HEADER_VALUE },
    body,
    acknowledges: (status, answer) => status === 200 && answer === XML_ACK,
    forged: { headers, body },
  }
}

function orderStatePush(orderNo: string, waybillNo: string, now: Temporal.Instant, serial: number): Outgoing {
  const state = {
    orderNo,
    waybillNo,
    orderStateCode: '04-40001',
    orderStateDesc: '调度成功/收派员信息',
    empCode: '01234567',
    empPhone: '13800000000',
    netCode: '755A',
    lastTime: beijingText(now),
    bookTime: beijingText(now),
  }
  return jsonPush(
    JSON.stringify({ requestId: `sim-${serial}`, timestamp: now.epochMilliseconds, orderState: [state] }),
  )
}

function jsonPush(body: string): Outgoing {
  const headers = { 'content-type': 'application/json;charset=UTF-8' }
  return {
    headers: { ...headers, 'x-sf-shared': HEADER_VALUE },
    body,
    acknowledges: (status, answer) => status === 200 && sameJson(answer, JSON_ACK),
    forged: { headers: { ...headers, 'x-sf-shared': 'wrong' }, body },
  }
}

type Gateway = {
  readonly orderOfNumber: ReadonlyMap<string, string>
  readonly routes: ReadonlyMap<string, readonly Node[]>
  readonly isTooMany: () => boolean
  readonly phoneTail: string | undefined
  readonly counter: SfDesk | null
  readonly isLive: (token: string) => boolean
}

type Asked = {
  readonly orderId?: string
  readonly trackingType?: string
  readonly methodType?: string
  readonly trackingNumber?: string[]
  readonly checkPhoneNo?: string
}

/** OAuth2 of SF: the partner and its check word for a token of two hours less a second. */
function answerToken(
  { form }: ApiCall,
  { clock, random }: SimDeps,
  tokens: Map<string, Temporal.Instant>,
): unknown {
  const isKnown = form.get('partnerID') === PARTNER && form.get('secret') === CHECK_WORD
  if (!isKnown || form.get('grantType') !== 'password')
    return { apiResultCode: 'A1011', apiErrorMsg: 'OAuth2认证参数错误' }
  const accessToken = Buffer.from(random.bytes(16)).toString('hex').toUpperCase()
  tokens.set(accessToken, clock.now().add({ seconds: 7_199 }))
  return { apiResultCode: 'A1000', apiErrorMsg: '', accessToken, expiresIn: 7_199 }
}

function answerCall(
  call: ApiCall,
  { orderOfNumber, routes, isTooMany, phoneTail, counter, isLive }: Gateway,
): unknown {
  const { path, form } = call
  const gateway = (apiResultCode: string, apiErrorMsg: string, data: unknown = null): unknown => ({
    apiResultCode,
    apiErrorMsg,
    apiResponseID: `sim-${form.get('requestID') ?? ''}`,
    apiResultData: data === null ? null : JSON.stringify(data),
  })
  if (path !== '/std/service') return gateway('A1009', '服务不存在')
  const [msgData, timestamp] = [form.get('msgData') ?? '', form.get('timestamp') ?? '']
  if (msgData === '' || timestamp === '') return gateway('A1001', '必传参数不可为空')
  const [token, given] = [form.get('accessToken'), form.get('msgDigest')]
  if ((token === undefined) === (given === undefined)) return gateway('A1001', '必传参数不可为空')
  const digest = createHash('md5')
    .update(asJavaEncodes(`${msgData}${timestamp}${CHECK_WORD}`))
    .digest('base64')
  if (form.get('partnerID') !== PARTNER || (given !== undefined && given !== digest))
    return gateway('A1006', '数字签名无效')
  if (token !== undefined && !isLive(token)) return gateway('A1002', '请求时效已过期')
  if (isTooMany()) return gateway('A1005', 'API调用次数超限')
  const trouble = counter?.gatewayTrouble() ?? null
  if (trouble !== null) return gateway(...trouble)
  const asked = JSON.parse(msgData) as Asked
  const wanted = form.get('serviceCode') ?? ''
  const ordered = counter?.answer(wanted, asked) ?? null
  if (ordered !== null) return gateway('A1000', '', ordered)
  switch (wanted) {
    case 'EXP_RECE_SEARCH_ROUTES': {
      const numbers = asked.trackingNumber ?? []
      if (
        asked.trackingType !== '1' ||
        asked.methodType !== '1' ||
        numbers.length === 0 ||
        numbers.length > 10
      )
        return gateway('A1000', '', { success: false, errorCode: 'S0001', errorMsg: '参数不正确' })
      const isShown = phoneTail === undefined || asked.checkPhoneNo === phoneTail
      const routeResps = numbers.map((mailNo) => ({
        mailNo,
        routes: isShown
          ? [...(routes.get(mailNo) ?? []).map(queriedNode), ...bookedNodes(counter, mailNo)]
          : [],
      }))
      return gateway('A1000', '', {
        success: true,
        errorCode: 'S0000',
        errorMsg: null,
        msgData: { routeResps },
      })
    }
    case 'EXP_RECE_SEARCH_ORDER_RESP': {
      const found = [...orderOfNumber].filter(([, orderNo]) => orderNo === asked.orderId)
      const waybillNoInfoList = found.map(([waybillNo]) => ({ waybillType: 1, waybillNo }))
      return found.length > 0
        ? gateway('A1000', '', {
            success: true,
            errorCode: 'S0000',
            msgData: { orderId: asked.orderId, waybillNoInfoList },
          })
        : gateway('A1000', '', { success: false, errorCode: '6150', errorMsg: '找不到该订单' })
    }
    default:
      return gateway('A1004', '无对应服务权限')
  }
}

/** A query shows fewer fields of a node than a push does. */
function queriedNode({ acceptTime, acceptAddress, remark, opCode }: Node) {
  return { acceptTime, acceptAddress, remark, opCode }
}

function bookedNodes(counter: SfDesk | null, mailNo: string) {
  return (counter?.desk.happened(mailNo) ?? []).map((event) => ({
    ...sceneOf(event),
    opCode: SF_OPCODES[event.kind] ?? '31',
  }))
}

/** What Java's URLEncoder makes of a text, byte by byte. */
function asJavaEncodes(text: string): string {
  let encoded = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte)
    if (/[A-Za-z0-9.\-*_]/.test(char)) encoded += char
    else encoded += byte === 0x20 ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

function sameJson(text: string, expected: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(expected)
  } catch {
    return false
  }
}

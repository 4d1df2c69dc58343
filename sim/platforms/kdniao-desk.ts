import type { CarrierTrouble } from '#domain/waybill.ts'
import type { CarrierBook, CarrierDesk, DeskPush, SimParcel } from '../carriers/book.ts'
import type { ParcelEventKind } from '../carriers/events.ts'

// Subscriptions and e-waybills of 快递鸟 over the world's book.

/** The contract that the simulated merchant has with each carrier. */
export const KDNIAO_ACCOUNT = { customer_name: 'SIMNIAO', customer_pwd: 'simulated-password' }

/** What it has a code for; a failed delivery is one of many problems to it, a revoked one is nothing. */
export const ACTIONS: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: '1',
  departed: '2',
  arrived: '201',
  out_for_delivery: '202',
  ready_for_pickup: '211',
  exception: '4',
  delivered: '301',
  returning: '404',
  signed_back: '406',
}

const ERRORS: Readonly<Partial<Record<CarrierTrouble, readonly [string, string]>>> = {
  signature_refused: ['102', '校验问题'],
  credential_refused: ['104', '用户问题'],
  credential_expired: ['104', '用户问题：套餐已到期'],
  bad_request: ['103', '格式问题'],
  pool_empty: ['105', '圆通：电子面单单号不足，请充值'],
}

export type Shipper = { readonly shipper: string; readonly carrier: string; readonly prefix: string }
type Asked = Readonly<Record<string, unknown>>

export type KdniaoDesk = {
  readonly desk: CarrierDesk
  /** The answer to an order or subscription; null for another request type. The signature was verified. */
  readonly answer: (requestType: string, asked: Asked) => object | null
}

export function kdniaoDesk(
  book: CarrierBook,
  shippers: readonly Shipper[],
  businessId: string,
  onPush: (push: DeskPush) => void,
): KdniaoDesk {
  const desk = book.open({
    kind: 'kdniao',
    carriers: shippers.map(({ carrier }) => carrier),
    mint: (serial, carrier) =>
      `${shippers.find((one) => one.carrier === carrier)?.prefix ?? 'KN'}2${String(serial).padStart(12, '0')}`,
    says: Object.keys(ACTIONS) as ParcelEventKind[],
    tells: 'subscribed',
    form: 'trace',
  })
  for (const { carrier } of shippers)
    desk.openAccount({ account: KDNIAO_ACCOUNT.customer_name, carrier, left: 5_000 })
  desk.onPush(onPush)
  const head = { EBusinessID: businessId }
  const failed = (ResultCode: string, Reason: string): object => ({
    ...head,
    Success: false,
    ResultCode,
    Reason,
  })
  return {
    desk,
    answer: (requestType, asked) => {
      if (!['1007', '1147', '1127', '1008', '8008'].includes(requestType)) return null
      const trouble = desk.trouble()
      if (trouble !== null) return failed(...(ERRORS[trouble] ?? ['105', '其他错误']))
      const carrier = shippers.find(({ shipper }) => shipper === asked.ShipperCode)?.carrier ?? null
      if (requestType === '1008' || requestType === '8008') {
        if (text(asked.LogisticCode) === '' || text(asked.ShipperCode) === '')
          return failed('101', '缺少必要参数')
        desk.subscribe(text(asked.LogisticCode), null)
        return { ...head, Success: true, Reason: '成功' }
      }
      if (carrier === null) return failed('105', '不支持的快递公司')
      if (asked.CustomerPwd !== KDNIAO_ACCOUNT.customer_pwd) return failed('105', '电子面单账号或密码错误')
      if (requestType === '1007') return order(asked, carrier, desk, head, failed)
      if (requestType === '1147') return cancel(asked, desk, head, failed)
      const account = desk
        .accounts()
        .find((one) => one.account === asked.CustomerName && one.carrier === carrier)
      return account === undefined
        ? failed('105', '客户号不存在')
        : {
            ...head,
            Success: true,
            ResultCode: '100',
            Reason: '',
            EorderBalance: { CustomerName: account.account, AvailableNum: account.left },
          }
    },
  }
}

type Failed = (code: string, reason: string) => object

function order(asked: Asked, carrier: string, desk: CarrierDesk, head: object, failed: Failed): object {
  const [to, from] = [(asked.Receiver ?? {}) as Asked, (asked.Sender ?? {}) as Asked]
  const isComplete = [to, from].every((man) =>
    ['Name', 'Mobile', 'ProvinceName', 'CityName', 'Address'].every((part) => text(man[part]) !== ''),
  )
  const reference = text(asked.OrderCode)
  if (!isComplete || reference === '' || !Array.isArray(asked.Commodity)) return failed('101', '缺少必要参数')
  const issued = desk.issue({
    reference,
    carrier,
    account: text(asked.CustomerName),
    pieces: Number(asked.Quantity ?? 1),
    to: { name: text(to.CityName) },
  })
  if (!issued.ok) return failed(...(ERRORS[issued.trouble] ?? ['105', '其他错误']))
  const { parcel } = issued
  const body = { Order: orderView(parcel, asked), SubOrders: parcel.childNos }
  return issued.isNew
    ? { ...head, Success: true, ResultCode: '100', Reason: '成功', ...body }
    : { ...failed('106', '该订单号已下单成功'), ...body }
}

function orderView(parcel: SimParcel, asked: Asked): object {
  return {
    OrderCode: parcel.reference,
    ShipperCode: asked.ShipperCode,
    LogisticCode: parcel.trackingNo,
    MarkDestination: `${parcel.route.end.name.slice(0, 2)}-571-02`,
    PackageName: `${parcel.route.end.name}集包`,
    PackageCode: '571002',
    KDNOrderCode: `KDN${parcel.trackingNo}`,
  }
}

function cancel(asked: Asked, desk: CarrierDesk, head: object, failed: Failed): object {
  const outcome = desk.cancel(text(asked.ExpNo))
  if (outcome === 'cancelled' || outcome === 'already')
    return { ...head, Success: true, ResultCode: '100', Reason: '取消成功' }
  return failed('105', outcome === 'unknown' ? '单号不存在' : '快件已揽收，不能取消')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

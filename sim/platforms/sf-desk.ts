import type { CarrierTrouble } from '#domain/waybill.ts'
import type { CarrierBook, CarrierDesk, DeskPush, SimParcel } from '../carriers/book.ts'
import type { ParcelEventKind } from '../carriers/events.ts'

// The order services of 丰桥 over the world's book: 下单取号, 结果查询, 取消, 路由注册, 截单.

/** The monthly account that the simulated SF knows. */
export const SF_CARD = '7551234567'

/** What a courier's scan is called by SF. It has no code for a revoked delivery. */
export const SF_OPCODES: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: '50',
  departed: '30',
  arrived: '31',
  exception: '33',
  out_for_delivery: '44',
  delivery_failed: '70',
  ready_for_pickup: '125',
  delivered: '80',
  returning: '648',
  signed_back: '631',
  number_changed: '648',
}

export type SfDesk = {
  readonly desk: CarrierDesk
  /** The gateway's own refusal that the world has ordered; null: it works. */
  readonly gatewayTrouble: () => readonly [code: string, words: string] | null
  /** `apiResultData` of a service; null for one that is not an order service. */
  readonly answer: (serviceCode: string, asked: Asked) => object | null
}
type Asked = Readonly<Record<string, unknown>>

const GATEWAY: Readonly<Partial<Record<CarrierTrouble, readonly [string, string]>>> = {
  credential_expired: ['A1002', '请求时效已过期'],
  ip_refused: ['A1003', 'IP无效'],
  no_permission: ['A1004', '无对应服务权限'],
  signature_refused: ['A1006', '数字签名无效'],
}
const BUSINESS: Readonly<Partial<Record<CarrierTrouble, readonly [string, string]>>> = {
  account_blocked: ['8119', '月结卡号失效'],
  credential_refused: ['8114', '月结卡号不可使用'],
  goods_refused: ['20035', '托寄物禁止收寄'],
  phone_invalid: ['8196', '电话号码异常'],
  bad_request: ['6126', '月结卡号不合法'],
}

export function sfDesk(book: CarrierBook, onPush: (push: DeskPush, opCode: string) => void): SfDesk {
  const desk = book.open({
    kind: 'sf',
    carriers: ['SF'],
    mint: (serial) => `SF${String(serial).padStart(13, '0')}`,
    says: Object.keys(SF_OPCODES) as ParcelEventKind[],
    // 648 says both: sent back, or on under a new number. Its default reading is the way back.
    meaning: { number_changed: 'returning' },
    tells: 'own',
    finds: true,
    form: 'each',
  })
  desk.openAccount({ account: SF_CARD, carrier: 'SF', left: null })
  desk.onPush((push) => onPush(push, SF_OPCODES[push.event.kind] ?? '31'))
  return {
    desk,
    gatewayTrouble: () => GATEWAY[desk.trouble() ?? 'refused'] ?? null,
    answer: (serviceCode, asked) => {
      switch (serviceCode) {
        case 'EXP_RECE_CREATE_ORDER':
          return create(desk, asked)
        case 'EXP_RECE_SEARCH_ORDER_RESP':
          return find(desk, asked)
        case 'EXP_RECE_UPDATE_ORDER':
          return cancel(desk, asked)
        case 'EXP_RECE_REGISTER_ROUTE':
          return register(desk, asked)
        case 'EXP_RECE_WANTED_INTERCEPT':
          return intercept(desk, asked)
        default:
          return null
      }
    },
  }
}

function done(msgData: unknown): object {
  return { success: true, errorCode: 'S0000', errorMsg: null, msgData }
}

function failed(errorCode: string, errorMsg: string): object {
  return { success: false, errorCode, errorMsg, msgData: null }
}

function create(desk: CarrierDesk, asked: Asked): object {
  const [from, to] = (asked.contactInfoList ?? []) as Asked[]
  const reference = text(asked.orderId)
  const isComplete =
    [from, to].every(
      (one) => text(one?.contact) !== '' && text(one?.mobile) !== '' && text(one?.address) !== '',
    ) &&
    from?.contactType === 1 &&
    to?.contactType === 2
  if (reference === '' || !isComplete || !Array.isArray(asked.cargoDetails))
    return failed('S0001', '必传参数不可为空')
  const pieces = Number(asked.parcelQty ?? 1)
  if (pieces > 307) return failed('8067', '包裹数不能大于307')
  if (text(to?.address).includes('超区') || desk.trouble() === 'address_unserved')
    return done({
      orderId: reference,
      filterResult: 3,
      remark: '收方超范围',
      waybillNoInfoList: [],
      routeLabelInfo: null,
    })
  const issued = desk.issue({
    reference,
    carrier: 'SF',
    account: text(asked.monthlyCard),
    pieces,
    to: { name: text(to?.city) },
  })
  if (!issued.ok) {
    const [code, words] = BUSINESS[issued.trouble] ?? ['8177', '流量管控']
    return failed(code, words)
  }
  if (!issued.isNew) return failed('8016', '重复下单')
  return done(orderView(issued.parcel))
}

function find(desk: CarrierDesk, asked: Asked): object {
  const parcel = desk.byReference(text(asked.orderId))
  return parcel === null ? failed('6150', '找不到该订单') : done(orderView(parcel))
}

function cancel(desk: CarrierDesk, asked: Asked): object {
  if (asked.dealType !== 2) return failed('S0001', 'dealType 不正确')
  const parcel = desk.byReference(text(asked.orderId))
  if (parcel === null) return failed('8018', '未查询到订单信息')
  switch (desk.cancel(parcel.trackingNo)) {
    case 'cancelled':
      return done({ orderId: parcel.reference, resStatus: 2 })
    case 'already':
      return failed('8037', '订单已取消，不能重复取消')
    default:
      return failed('8252', '订单已确认，不能取消')
  }
}

function register(desk: CarrierDesk, asked: Asked): object {
  if (asked.type !== '2' || text(asked.attributeNo) === '') return failed('S0001', '参数不正确')
  desk.subscribe(text(asked.attributeNo), null)
  return done({ type: '2', attributeNo: text(asked.attributeNo) })
}

function intercept(desk: CarrierDesk, asked: Asked): object {
  if (!['1', '2'].includes(text(asked.serviceCode)) || asked.role !== '1')
    return failed('S0001', '参数不正确')
  if (asked.payMode === '4' && text(asked.monthlyCardNo) !== SF_CARD) return failed('8119', '月结卡号失效')
  switch (desk.intercept(text(asked.waybillNo), text(asked.waybillNo))) {
    case 'accepted':
    case 'already':
      return done(null)
    case 'unknown':
      return failed('8247', '非顺丰运单号')
    default:
      return failed('8252', '运单已派送，不能截单')
  }
}

function orderView(parcel: SimParcel): object {
  const numbers = [
    { waybillType: 1, waybillNo: parcel.trackingNo },
    ...parcel.childNos.map((waybillNo) => ({ waybillType: 2, waybillNo })),
  ]
  const routeLabelData = {
    waybillNo: parcel.trackingNo,
    proName: '顺丰特快',
    destRouteLabel: `${parcel.route.end.name.slice(0, 2)}-021W-A7`,
    destTransferCode: '021WF',
    twoDimensionCode: `MMM={'k1':'021WF','k5':'${parcel.trackingNo}'}`,
  }
  return {
    orderId: parcel.reference,
    originCode: '755',
    destCode: '021',
    filterResult: 2,
    remark: '',
    waybillNoInfoList: numbers,
    routeLabelInfo: [{ code: '1000', routeLabelData, message: null }],
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

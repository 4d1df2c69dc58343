import { createHash } from 'node:crypto'
import type { CarrierTrouble } from '#domain/waybill.ts'
import type { CarrierBook, CarrierDesk, DeskPush } from '../carriers/book.ts'
import type { ParcelEvent, ParcelEventKind } from '../carriers/events.ts'

// Subscriptions and e-waybills of 快递100 over the world's book.

/** The contract that the simulated merchant has with each carrier. */
export const KUAIDI100_ACCOUNT = { partner_id: 'SIM100', partner_key: 'simulated-partner-key' }

type State = { readonly code: string; readonly top: string; readonly status: string }

/** It has no code for a revoked delivery. */
export const STATES: Readonly<Partial<Record<ParcelEventKind, State>>> = {
  picked_up: { code: '103', top: '1', status: '揽收' },
  departed: { code: '1002', top: '0', status: '在途' },
  arrived: { code: '1001', top: '0', status: '在途' },
  customs_held: { code: '13', top: '13', status: '清关异常' },
  customs_released: { code: '12', top: '12', status: '已清关' },
  out_for_delivery: { code: '5', top: '5', status: '派件' },
  delivery_failed: { code: '206', top: '2', status: '疑难' },
  ready_for_pickup: { code: '501', top: '5', status: '派件' },
  exception: { code: '209', top: '2', status: '疑难' },
  delivered: { code: '301', top: '3', status: '签收' },
  returning: { code: '6', top: '6', status: '退回' },
  signed_back: { code: '4', top: '4', status: '退签' },
}

const ERRORS: Readonly<Partial<Record<CarrierTrouble, readonly [string, string]>>> = {
  credential_expired: ['601', 'key已过期'],
  signature_refused: ['503', '验证签名失败'],
  no_permission: ['600', '您不是合法的用户'],
  not_supported: ['700', '不支持的快递公司'],
  bad_request: ['701', '参数错误'],
  pool_empty: ['20007', '电子面单余额不足'],
}

export type Company = { readonly com: string; readonly carrier: string; readonly prefix: string }
export type LabelKeys = { readonly key: string; readonly secret: string }
type Asked = Readonly<Record<string, unknown>>

export type Kuaidi100Desk = {
  readonly desk: CarrierDesk
  readonly subscribe: (asked: Asked, key: string) => object
  readonly label: (form: ReadonlyMap<string, string>) => object
}

export function kuaidi100Desk(
  book: CarrierBook,
  companies: readonly Company[],
  keys: LabelKeys,
  on: { readonly push: (push: DeskPush) => void; readonly subscribed: (callbackUrl: string) => void },
): Kuaidi100Desk {
  const prefixOf = (carrier: string): string =>
    companies.find((company) => company.carrier === carrier)?.prefix ?? 'KD'
  const desk = book.open({
    kind: 'kuaidi100',
    carriers: companies.map(({ carrier }) => carrier),
    mint: (serial, carrier) => `${prefixOf(carrier)}1${String(serial).padStart(12, '0')}`,
    says: Object.keys(STATES) as ParcelEventKind[],
    tells: 'subscribed',
    form: 'trace',
  })
  for (const { carrier } of companies)
    desk.openAccount({ account: KUAIDI100_ACCOUNT.partner_id, carrier, left: 5_000 })
  desk.onPush(on.push)
  return {
    desk,
    subscribe: (asked, key) => {
      const parameters = (asked.parameters ?? {}) as Asked
      const [number, callbackUrl] = [text(asked.number), text(parameters.callbackurl)]
      if (asked.key !== key) return answer('600', '您不是合法的订阅者')
      const trouble = desk.trouble()
      if (trouble !== null) return answer(...(ERRORS[trouble] ?? ['500', '服务器错误']))
      if (number.length < 6 || number.length > 32 || callbackUrl === '')
        return answer('701', '订阅方的订阅数据存在错误')
      on.subscribed(callbackUrl)
      return desk.subscribe(number, callbackUrl) === 'already'
        ? answer('501', '重复订阅')
        : { result: true, returnCode: '200', message: '提交成功' }
    },
    label: (form) => answerLabel(form, desk, companies, keys),
  }
}

function answer(returnCode: string, message: string): object {
  return { result: false, returnCode, message }
}

function failed(code: string, message: string): object {
  return { success: false, code, message, data: null }
}

function answerLabel(
  form: ReadonlyMap<string, string>,
  desk: CarrierDesk,
  companies: readonly Company[],
  { key, secret }: LabelKeys,
): object {
  const [param, t] = [form.get('param') ?? '', form.get('t') ?? '']
  const sign = createHash('md5').update(`${param}${t}${key}${secret}`, 'utf8').digest('hex').toUpperCase()
  if (form.get('key') !== key || form.get('sign') !== sign || !/^\d{13}$/.test(t))
    return failed('503', '验证签名失败')
  const trouble = desk.trouble()
  if (trouble !== null) return failed(...(ERRORS[trouble] ?? ['30001', '业务处理失败']))
  const asked = JSON.parse(param) as Asked
  const carrier = companies.find(({ com }) => com === (asked.kuaidicom ?? asked.com))?.carrier
  if (carrier === undefined) return failed('700', '不支持的快递公司')
  if (text(asked.partnerId) === '' || text(asked.partnerKey) !== KUAIDI100_ACCOUNT.partner_key)
    return failed('701', '电子面单账号或密码错误')
  switch (form.get('method')) {
    case 'order':
      return order(asked, carrier, desk)
    case 'cancel':
      return cancel(asked, desk)
    case 'interceptOrder':
      return intercept(asked, desk)
    case 'getThirdInfo':
      return done(
        desk
          .accounts()
          .filter((account) => account.carrier === carrier)
          .map(({ account, left }) => ({ branchCode: account, branchName: '模拟网点', quantity: left })),
      )
    default:
      return failed('701', 'method 不正确')
  }
}

function done(data: unknown): object {
  return { success: true, code: 200, message: 'success', data }
}

function order(asked: Asked, carrier: string, desk: CarrierDesk): object {
  const [to, from] = [(asked.recMan ?? {}) as Asked, (asked.sendMan ?? {}) as Asked]
  const isComplete = [to, from].every(
    (man) => text(man.name) !== '' && text(man.mobile) !== '' && text(man.printAddr) !== '',
  )
  const reference = text(asked.orderId)
  if (!isComplete || reference === '') return failed('701', '收寄件人信息不完整')
  // Without the switch every call is a new number.
  if (asked.reorder !== false && desk.byReference(reference) !== null) return failed('701', '重复下单')
  const pieces = asked.needChild === '1' ? Number(asked.count) : 1
  const account = text(asked.partnerId)
  const issued = desk.issue({
    reference,
    carrier,
    account,
    pieces,
    to: { name: text(to.printAddr).slice(0, 3) },
  })
  if (!issued.ok) return failed(...(ERRORS[issued.trouble] ?? ['30001', '业务处理失败']))
  const { parcel } = issued
  return done({
    taskId: `T${parcel.trackingNo}`,
    kuaidinum: parcel.trackingNo,
    childNum: parcel.childNos.join(','),
    bulkpen: `${parcel.route.end.name.slice(0, 2)} 571-01`,
    pkgName: `${parcel.route.end.name}集包`,
    pkgCode: '571001',
    qrCode: parcel.trackingNo,
  })
}

function cancel(asked: Asked, desk: CarrierDesk): object {
  const outcome = desk.cancel(text(asked.kuaidinum))
  return outcome === 'cancelled' || outcome === 'already'
    ? done(null)
    : failed('30010', outcome === 'unknown' ? '单号不存在' : '快件已揽收，不能取消')
}

function intercept(asked: Asked, desk: CarrierDesk): object {
  const to = (asked.recManInfo ?? {}) as Asked
  if (asked.interceptType !== 'MODIFY_ADDR' || text(to.printAddr) === '') return failed('701', '拦截参数错误')
  const outcome = desk.intercept(text(asked.kuaidinum), text(asked.orderId))
  return outcome === 'accepted' || outcome === 'already' ? done(null) : failed('30011', '快件不能拦截')
}

export function stateOf(event: ParcelEvent): State {
  return STATES[event.kind] ?? { code: '1002', top: '0', status: '在途' }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

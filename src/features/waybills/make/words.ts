import type { Words } from '#domain/notice.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'

/** What a carrier's no means for the one who has to act on it. */
const TROUBLE_WORDS: Readonly<Record<CarrierTrouble, Words>> = {
  credential_expired: {
    zh: '承运商凭证过期，更新后重试',
    en: 'the carrier’s credential has expired: renew it, then try again',
  },
  credential_refused: { zh: '承运商不认这个账号或密钥', en: 'the carrier does not know this account or key' },
  signature_refused: {
    zh: '承运商验签不通过，核对密钥和签名方式',
    en: 'the carrier refused our signature: check secret and digest mode',
  },
  ip_refused: { zh: '出口 IP 不在承运商白名单', en: 'our outward address is not on the carrier’s list' },
  no_permission: { zh: '账号没有开通这个接口', en: 'the interface is not opened for this account' },
  account_blocked: { zh: '月结账号无效或被停用', en: 'the monthly account is invalid or stopped' },
  pool_empty: { zh: '单号用完了', en: 'no numbers are left' },
  address_unserved: {
    zh: '收件地址超区，换承运商',
    en: 'the address is out of the carrier’s area: use another carrier',
  },
  address_invalid: { zh: '收件地址不完整或无法识别', en: 'the address is incomplete or not understood' },
  goods_refused: { zh: '承运商不收这种货', en: 'the carrier does not take such goods' },
  phone_invalid: { zh: '收件电话不对', en: 'the recipient’s phone is not valid' },
  reference_taken: {
    zh: '承运商说这个参考号已用过，又查不到面单',
    en: 'the carrier says our reference is taken, and shows no waybill of it',
  },
  unknown_number: { zh: '承运商不认这个单号', en: 'the carrier does not know the number' },
  unknown_reference: { zh: '承运商不认这个参考号', en: 'the carrier does not know our reference' },
  too_late: { zh: '包裹已揽收，不能作废', en: 'it was picked up: too late to cancel' },
  not_supported: { zh: '这个承运商连接不支持', en: 'this carrier connection cannot do it' },
  bad_request: { zh: '承运商说请求有误', en: 'the carrier says the request is wrong' },
  refused: { zh: '承运商拒绝', en: 'the carrier refused' },
}

/** What the hub itself says; the detail behind it is the carrier's. */
const OWN_WORDS: Readonly<Record<string, Words>> = {
  'waybills.in_doubt': {
    zh: '上一次请求可能已取到单号，账号恢复后会用同一账号再试；要换账号先「换单」',
    en: 'an earlier request may have made a number: the same account is asked again once it is well; renew to leave it',
  },
  'waybills.no_answer': {
    zh: '承运商一直没有答复，已停止自动重试',
    en: 'the carrier never answered; it is not tried any more',
  },
}

/** A refusal in words that a person can act on, the carrier's own behind them. */
export function wordsOf(refusal: { readonly code: string; readonly detail: string }): Words {
  const trouble = refusal.code.replace(/^carrier\./, '')
  const words = Object.hasOwn(TROUBLE_WORDS, trouble)
    ? TROUBLE_WORDS[trouble as CarrierTrouble]
    : (OWN_WORDS[refusal.code] ?? null)
  if (words === null) return { zh: refusal.detail, en: refusal.detail }
  return { zh: `${words.zh}（${refusal.detail}）`, en: `${words.en} (${refusal.detail})` }
}

/** Troubles of the account, not of the parcel: another account may serve, and this one is left alone until it is well again. */
export const OF_THE_ACCOUNT: ReadonlySet<string> = new Set([
  'carrier.credential_expired',
  'carrier.credential_refused',
  'carrier.signature_refused',
  'carrier.ip_refused',
  'carrier.no_permission',
  'carrier.account_blocked',
  'carrier.pool_empty',
  'pools.empty',
])
export function isOfTheAccount(code: string): boolean {
  return OF_THE_ACCOUNT.has(code)
}

import type { CodeEntry } from '#domain/claim.ts'
import { INTERCEPT_ANSWERS, type InterceptAnswer } from '#domain/waybill.ts'

/** What a partner says of an instruction; words are no fact of the parcel, its turning round and its arrival are. */
export const PARTNER_CODES: readonly CodeEntry[] = [
  { code: 'intercept:accepted', fact: 'none', zh: '拦截已受理', en: 'intercept accepted' },
  { code: 'intercept:refused', fact: 'none', zh: '拦截被拒', en: 'intercept refused' },
  { code: 'intercept:too_late', fact: 'none', zh: '拦截太晚', en: 'too late to intercept' },
  { code: 'intercept:returning', fact: 'returning', zh: '已拦下，退回途中', en: 'stopped, on its way back' },
  { code: 'intercept:back', fact: 'signed_back', zh: '已退回仓库', en: 'back in the warehouse' },
]

/** The answer of that name; null for a word that the protocol does not have. */
export function answerOf(status: string): InterceptAnswer | null {
  return INTERCEPT_ANSWERS.find((one) => one === status) ?? null
}

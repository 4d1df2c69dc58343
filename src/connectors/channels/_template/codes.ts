import type { CodeEntry } from '#domain/claim.ts'

/** Every code that the platform's document names, with its default reading. A code that is missing here is never guessed. */
export const CODES: readonly CodeEntry[] = [
  { code: 'created_at', fact: 'placed', zh: '下单', en: 'ordered' },
  { code: 'status:unpaid', fact: 'none', zh: '待付款', en: 'awaiting payment' },
  { code: 'status:paid', fact: 'paid', zh: '已付款', en: 'paid' },
  { code: 'status:sent', fact: 'dispatched', zh: '已发货', en: 'sent' },
]

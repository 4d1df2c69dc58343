import type { CodeEntry } from '#domain/claim.ts'

/** The events of our own protocol. Any other event name is an unknown code and waits for a mapping rule. */
export const PRINT_STATION_CODES: readonly CodeEntry[] = [
  { code: 'event:waybill.printed', fact: 'waybill_issued', zh: '面单已打印', en: 'waybill printed' },
  { code: 'event:waybill.cancelled', fact: 'waybill_cancelled', zh: '面单已作废', en: 'waybill cancelled' },
  { code: 'event:parcel.handed_over', fact: 'dispatched', zh: '包裹已交接', en: 'parcel handed over' },
]

import { CARRIER_TROUBLES, type CarrierCodeOfTrouble, type CarrierTrouble } from '#domain/waybill.ts'
import { type Refused, refuse } from '#kernel/result.ts'

const CODE_OF: Readonly<Record<CarrierTrouble, CarrierCodeOfTrouble>> = {
  credential_expired: 'carrier.credential_expired',
  credential_refused: 'carrier.credential_refused',
  signature_refused: 'carrier.signature_refused',
  ip_refused: 'carrier.ip_refused',
  no_permission: 'carrier.no_permission',
  account_blocked: 'carrier.account_blocked',
  pool_empty: 'carrier.pool_empty',
  address_unserved: 'carrier.address_unserved',
  address_invalid: 'carrier.address_invalid',
  goods_refused: 'carrier.goods_refused',
  phone_invalid: 'carrier.phone_invalid',
  reference_taken: 'carrier.reference_taken',
  unknown_number: 'carrier.unknown_number',
  unknown_reference: 'carrier.unknown_reference',
  too_late: 'carrier.too_late',
  not_supported: 'carrier.not_supported',
  bad_request: 'carrier.bad_request',
  refused: 'carrier.refused',
}

export type TroubleTable = Readonly<Record<string, CarrierTrouble>>

/**
 * A carrier's "no" in our words: `carrier.<trouble>` by the carrier's own table, its own code and words in the detail. A code that the
 * table does not know is `carrier.refused`, never guessed from the words.
 */
export function troubleFrom(table: TroubleTable, code: string | null, words: string): Refused {
  const known = code !== null && Object.hasOwn(table, code) ? table[code] : undefined
  const detail = `${code ?? ''} ${words}`.trim()
  return refuse(CODE_OF[known ?? 'refused'], detail === '' ? 'the carrier gave no reason' : detail)
}

/**
 * As `troubleFrom`, for carriers that say in words alone that the numbers are used up: an answer whose code the table does not know and
 * whose words hold one of `phrases` is `carrier.pool_empty`.
 */
export function troubleInWords(
  table: TroubleTable,
  code: string | null,
  words: string,
  phrases: readonly string[],
): Refused {
  const isKnown = code !== null && Object.hasOwn(table, code)
  if (isKnown || !phrases.some((phrase) => words.includes(phrase))) return troubleFrom(table, code, words)
  return refuse('carrier.pool_empty', `${code ?? ''} ${words}`.trim())
}

/** Phrases of a setting, divided by commas of either kind or line ends. */
export function phrasesOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(/[,，;；\n]/)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '')
}

/** `S02=signature_refused, E7=pool_empty` of a setting as a table, over the connector's own; what names no trouble is left out. */
export function withOwnCodes(table: TroubleTable, text: string | undefined): TroubleTable {
  const own = phrasesOf(text).flatMap((pair): [string, CarrierTrouble][] => {
    const [code = '', name = ''] = pair.split('=').map((part) => part.trim())
    const trouble = CARRIER_TROUBLES.find((one) => one === name)
    return code === '' || trouble === undefined ? [] : [[code, trouble]]
  })
  return { ...table, ...Object.fromEntries(own) }
}

/** What one label says, unmasked: masking is the layout's part. All texts as they come; empty where nobody knows. */
export type LabelContent = {
  readonly trackingNo: string
  /** The waybill's own number, which a child's label names too. */
  readonly masterNo: string
  readonly piece: number
  readonly pieces: number
  readonly carrierName: string
  readonly product: string
  readonly sortCode: string
  readonly packageCentre: string
  readonly packageCode: string
  /** Content of the QR code; empty: the number. */
  readonly qr: string
  readonly orderNos: readonly string[]
  readonly shops: readonly string[]
  readonly from: LabelParty
  readonly to: LabelParty
  readonly goods: readonly LabelGoods[]
  readonly tags: readonly string[]
  readonly buyerNote: string
  readonly sellerNote: string
  readonly weightG: number | null
  readonly batchNo: string
  /** 1: the first print of this waybill. */
  readonly printNo: number
}
export type LabelParty = {
  readonly name: string
  readonly phone: string
  readonly company: string
  readonly country: string
  readonly province: string
  readonly city: string
  readonly district: string
  readonly address: string
  readonly postalCode: string
}
export type LabelGoods = {
  readonly name: string
  readonly sku: string
  readonly quantity: number
  readonly isGift: boolean
}

/**
 * A phone as it may stand on a parcel: `138****8000`, `021****0000`, `+155****4567`; an extension of a virtual number is kept
 * (`184****5678-1234`, the courier dials it); of several numbers each is masked; short ones keep their last two digits.
 */
export function maskPhone(phone: string): string {
  return phone.normalize('NFKC').trim().split(SEVERAL).map(maskOne).join(' / ')
}

/** Between two numbers in one field: a sign, or a blank with a whole number before and behind it. */
const SEVERAL = /\s*(?:[/、;|]|,(?=\s*\+?\d[\d\s-]{6})|(?<=\d{7})\s+(?=\+?\d{7}))\s*/u
const EXTENSION = /^(.*?)\s*(转|分机|ext\.?|x|#|,|-)\s*(\d{1,6})$/iu
/** More digits than any phone has (E.164: 15): several numbers without a sign between them. */
const DIGITS_MOST = 15

function maskOne(phone: string): string {
  const [, before = '', sign = '', dialled = ''] = EXTENSION.exec(phone) ?? []
  const has = isWhole(before, sign)
  const digits = (has ? before : phone).replaceAll(/[^\d+]/g, '')
  const extension = has ? `${sign}${dialled}` : ''
  if (digits.length < 7) return `${'*'.repeat(Math.max(0, digits.length - 2))}${digits.slice(-2)}${extension}`
  const head = digits.length > DIGITS_MOST + 1 ? 0 : digits.length - 8
  return `${digits.slice(0, Math.max(0, head))}****${digits.slice(-4)}${extension}`
}

/** Whether what stands before an extension is a number of its own: `021-6888-0000` and `+1-555-123-4567` have none. */
function isWhole(before: string, sign: string): boolean {
  const digits = before.replaceAll(/\D/g, '').length
  if (sign !== '-') return digits >= 7
  return digits >= 10 && !/^\+(?!86)/.test(before)
}

/** Sign, joiner or selector that prints as nothing: dropped before a label is drawn. */
const UNSEEN = /\p{Cc}|\p{Cf}|\p{Variation_Selector}/gu

/** As it is drawn: no unseen characters, blanks joined, `substitutes` in the place of what the font lacks. */
export function printable(text: string, substitutes: Readonly<Record<string, string>>): string {
  const plain = text.normalize('NFC').replaceAll(/\s+/gu, ' ').replaceAll(UNSEEN, '').trim()
  let printed = ''
  for (const character of plain)
    printed += Object.hasOwn(substitutes, character) ? (substitutes[character] ?? '') : character
  return printed
}

/** Forms in daily use of characters that fonts often lack, as names and addresses have them. */
const COMMON_FORM: Readonly<Record<string, string>> = {
  𠮷: '吉',
  𡈽: '土',
  𠀋: '丈',
  𫖯: '頫',
  𬭚: '錞',
  𬍛: '瓛',
}

/** What may stand for a missing character, for a person to confirm; empty: to be left out (pictures), null: nothing is known. */
export function suggestionFor(character: string): string | null {
  const known = COMMON_FORM[character]
  if (known !== undefined) return known
  const folded = character.normalize('NFKC')
  if (folded !== character) return folded
  return /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(character) ? '' : null
}

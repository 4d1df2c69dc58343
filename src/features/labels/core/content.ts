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
 * A phone as it may stand on a parcel: `138****8000`, an extension of a virtual number kept (`184****5678-1234`, the courier dials it);
 * short ones keep their last two digits.
 */
export function maskPhone(phone: string): string {
  const [main = '', ...rest] = phone.trim().split(/(?=[-转,#])/u)
  const digits = main.replaceAll(/[^\d+]/g, '')
  const extension = rest.join('')
  if (digits.length < 7) return `${'*'.repeat(Math.max(0, digits.length - 2))}${digits.slice(-2)}${extension}`
  const head = digits.length - 8
  return `${digits.slice(0, Math.max(2, head))}****${digits.slice(-4)}${extension}`
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

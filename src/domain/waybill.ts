import type { Instant } from '#kernel/clock.ts'
import type { TrackingNo } from '#kernel/id.ts'
import type { Money } from '#kernel/money.ts'
import type { SettingField, Settings } from './connector.ts'
import type { Words } from './notice.ts'

/** Somebody at a place: who sends, who receives. All texts without blanks around them, empty where nobody knows. */
export type PostalContact = {
  readonly name: string
  readonly phone: string
  readonly company: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly province: string
  readonly city: string
  readonly district: string
  readonly address: string
  readonly postalCode: string
}

export type WaybillGoods = { readonly name: string; readonly sku: string; readonly quantity: number }

/** What a carrier is asked to make a waybill for. */
export type WaybillAsk = {
  /**
   * Our own reference: at most 32 characters of `A-Z 0-9 -`, unique for ever. It is the carrier's idempotency key: asked twice with
   * it, a carrier makes one waybill.
   */
  readonly reference: string
  /** The channel's own order number, and the kind of its connector (`pinduoduo`): some carriers want to know where it was sold. */
  readonly orderNo: string
  readonly channel: string
  /** Canonical carrier code: of weight for aggregators, which speak for several. */
  readonly carrier: string
  /** The carrier's own product code (`1`, `SF_STANDARD`, `standard`); null: the account's default. */
  readonly service: string | null
  /** What the account was given under `waybill.accountFields`: a monthly card, a branch code. */
  readonly account: Settings
  readonly from: PostalContact
  readonly to: PostalContact
  /** The recipient as only a platform can open it, for carriers that take such; null: `to` is plain. */
  readonly sealedTo: { readonly channel: string; readonly data: Readonly<Record<string, string>> } | null
  readonly goods: readonly WaybillGoods[]
  readonly weightG: number | null
  readonly volumeCm3: number | null
  /** 1 to 50 pieces under one waybill; the further ones get child numbers. */
  readonly pieces: number
  readonly remark: string
  readonly declared: Money | null
  /** A number of our own segment, for carriers that let the shipper number; null: the carrier numbers. */
  readonly number: TrackingNo | null
}

/** What a label needs beside the addresses; each empty where the carrier names none. */
export type WaybillRouting = {
  /** 大头笔 / 三段码, as printed large. */
  readonly sortCode: string
  /** 集包地: the centre where the bag is made up. */
  readonly packageCentre: string
  /** Code of that centre, for its bar code. */
  readonly packageCode: string
  /** What its QR code holds; empty: the tracking number. */
  readonly qr: string
  /** Product as printed: 标快, 特快, Express. */
  readonly product: string
}

/** Print data that only the platform's own print component opens: passed through as it is, never decoded. */
export type SealedPrintData = {
  readonly component: 'cainiao' | 'pinduoduo' | 'douyin'
  /** The document as the component takes it. */
  readonly document: unknown
}

export type Waybill = {
  readonly trackingNo: TrackingNo
  readonly childNos: readonly TrackingNo[]
  /** The carrier's own id of the waybill, where it is not the number. */
  readonly waybillId: string | null
  readonly routing: WaybillRouting
  /** A label as the carrier made it; null: ours is printed. */
  readonly label: { readonly format: 'pdf' | 'png' | 'zpl'; readonly base64: string } | null
  readonly sealed: SealedPrintData | null
}

export const NO_ROUTING: WaybillRouting = {
  sortCode: '',
  packageCentre: '',
  packageCode: '',
  qr: '',
  product: '',
}

/** Names a waybill to the carrier that made it. */
export type WaybillName = {
  readonly reference: string
  readonly trackingNo: TrackingNo | null
  readonly waybillId: string | null
  readonly carrier: string
  readonly account: Settings
}

export type TrackingSubscription = {
  readonly trackingNo: TrackingNo
  readonly carrier: string
  /** Last four digits of a phone of the parcel, where they are known. */
  readonly phoneTail: string | null
  /** Where the pushes are to go: the connection's own callback address. */
  readonly callbackUrl: string
}

export type InterceptAsk = {
  /** Stable across retries. */
  readonly requestId: string
  readonly trackingNo: TrackingNo
  readonly carrier: string
  readonly account: Settings
  /** Back to the sender, or to another address. */
  readonly what: 'return' | 'redirect'
  readonly to: PostalContact | null
  readonly reason: string
}

/** What whoever was asked to stop a parcel says became of it. */
export const INTERCEPT_ANSWERS = ['accepted', 'refused', 'too_late', 'returning', 'back'] as const
export type InterceptAnswer = (typeof INTERCEPT_ANSWERS)[number]
export type InterceptStanding = { readonly answer: InterceptAnswer; readonly words: string }

/** Pieces of paper left: numbers of an account that the carrier counts. */
export type NumberBalance = {
  /** The branch or account that they belong to, as the carrier names it. */
  readonly account: string
  readonly carrier: string
  /** Null: without limit. */
  readonly left: number | null
}

/** New settings of a connection that were fetched by the protocol's own refresh; secrets among them are sealed at once. */
export type RefreshedCredentials = { readonly settings: Settings; readonly expiresAt: Instant | null }

/** When something that a connection lives by ends. Read from its settings alone. */
export type CredentialTerm = {
  /** Name of the settings field. */
  readonly field: string
  readonly what: Words
  readonly expiresAt: Instant
  /** The protocol renews it: `Calls.refreshCredentials`. */
  readonly renewable: boolean
}

/** What a carrier connector can do about waybills, beside the calls that it has. */
export type WaybillTerms = {
  /** Settings of one account at this carrier (monthly card, branch code); shown where accounts are kept. */
  readonly accountFields: readonly SettingField[]
  /** `per_order`: the carrier numbers each one. `balance`: so, out of a stock that was paid for. `segment`: we number, out of our own segments. */
  readonly numbers: 'per_order' | 'balance' | 'segment'
  /** Products that an account may be used for; empty: typed freely. */
  readonly services: readonly ({ readonly code: string } & Words)[]
  /** Most pieces under one waybill; 1: no child numbers. */
  readonly piecesMost: number
  /** Channels (connector kinds) whose sealed recipients it takes. */
  readonly opens: readonly string[]
}

/**
 * Why a carrier said no, the same for all of them: the code of the refusal is `carrier.<trouble>`, its detail the carrier's own code and
 * words. What no table knows is `carrier.refused`, never guessed.
 */
export const CARRIER_TROUBLES = [
  'credential_expired', // token or key past its time
  'credential_refused', // an account, key or secret that the carrier does not know
  'signature_refused',
  'ip_refused', // our outward address is not on its list
  'no_permission', // the interface is not opened for this account
  'account_blocked', // monthly card invalid, overdue
  'pool_empty', // no numbers left
  'address_unserved', // 超区
  'address_invalid',
  'goods_refused',
  'phone_invalid',
  'reference_taken', // our reference was used before: the waybill is there
  'unknown_number',
  'unknown_reference',
  'too_late', // it was picked up: no cancelling
  'not_supported',
  'bad_request',
  'refused',
] as const
export type CarrierTrouble = (typeof CARRIER_TROUBLES)[number]
/** `carrier.pool_empty` and so on. */
export type CarrierCodeOfTrouble = `carrier.${CarrierTrouble}`

/**
 * Whether a number is the reference of a waybill of ours for a planned parcel: `P<order>-<revision>-<n>`, from its second waybill on with
 * `-R<which>`. Those of re-ships (`R<id>`) look like many a shop's order number and are not told apart.
 */
export function isPlannedReference(number: string): boolean {
  return /^P\d{1,19}-\d{1,6}-\d{1,4}(?:-R\d{1,4})?$/.test(number)
}

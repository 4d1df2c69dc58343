import type { Claim } from '#domain/claim.ts'
import type { InboundRequest, Settings } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'

// What `fixtures/index.ts` of a connector exports as `contractFixtures`, so that contract.test.ts can hold the connector to
// every promise. Expectations are worked out by hand from the platform's document, never recorded from the reader.

/** A message as it comes over the wire, or, where nothing is pushed over HTTP, as it lies in the inbox. */
export type Sample =
  | { readonly name: string; readonly request: InboundRequest }
  | { readonly name: string; readonly stored: { readonly topic: string; readonly body: Uint8Array } }

export type ExpectedClaim = {
  /** `order:2048`, `reference:2048` or `parcel:SF1234567890`. */
  readonly subject: string
  readonly code: string
  /** ISO 8601 in UTC (`2026-02-11T01:30:12Z`), or null where no instant can be known. */
  readonly instant: string | null
  /** The parts of the detail that must be so; others are not looked at. */
  readonly detail?: Readonly<Record<string, unknown>>
}

export type GoodSample = Sample & {
  /** Every claim that the message makes, in any order. */
  readonly claims: readonly ExpectedClaim[]
  /** Order numbers that must be fetched because of it. */
  readonly fetch?: readonly string[]
  /** What the first content claim must say: `payable: 'USD 45.00'`, `paid` by line (`['1:36.00', '2:9.00']`). */
  readonly payable?: string
  readonly paid?: readonly string[]
  /** 64-bit ids that must stand somewhere in the reading digit by digit. */
  readonly ids?: readonly string[]
}

export type ContractFixtures = {
  /** Every required field set, every secret a recognisable text of 8 characters or more. */
  readonly settings: Settings
  /** When the samples are received. */
  readonly now: Instant
  readonly good: readonly GoodSample[]
  /** Requests that must be rejected: forged, signed with another key, for another shop, without a signature. */
  readonly forged: readonly {
    readonly name: string
    readonly request: InboundRequest
    readonly code: string
  }[]
  /** Requests whose signature is right and whose time is not; empty where the scheme has no time. */
  readonly stale: readonly {
    readonly name: string
    readonly request: InboundRequest
    readonly code: string
  }[]
  /** A message with a code that the table does not know, and that code. */
  readonly unknown: readonly (Sample & { readonly code: string })[]
  /** A message whose claim of `code` carries a time without offset, and the instant that the declared rule gives it. */
  readonly offsetless: readonly (Sample & { readonly code: string; readonly instant: string | null })[]
  /** The platform's scheme signs no part of the body (a token in the address, a signature over the path). */
  readonly bodyUnsigned?: true
  /** What a notifier sends, byte by byte, and what it makes of the answers; absent for one that does not speak HTTP. */
  readonly sends?: SendSamples
  /** A request that only tests the address, where the platform has one. */
  readonly challenges?: readonly { readonly name: string; readonly request: InboundRequest }[]
}

export type SendSamples = {
  readonly notice: Notice
  readonly request: {
    readonly url: string
    /** Those that must be so; others are not looked at. */
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
  /** `accepted`, the code of a refusal, or the code of an outage. */
  readonly answers: readonly {
    readonly name: string
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body: string
    readonly outcome: string
    /** Of an outage: how long it waits at least, in milliseconds. */
    readonly waitMs?: number
  }[]
}

export function subjectText(claim: Pick<Claim, 'subject'>): string {
  const { subject } = claim
  return subject.by === 'parcel' ? `parcel:${subject.trackingNo}` : `${subject.by}:${subject.orderNo}`
}

/** A POST with the given headers and body, as the gateway hands it over. */
export function postRequest(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): InboundRequest {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return { method: 'POST', path: '/callback/token', query: '', headers, body: bytes }
}

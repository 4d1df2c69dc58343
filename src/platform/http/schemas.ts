import { type TSchema, Type } from 'typebox'
import { formatInstant, type SourceTime } from '#kernel/instant.ts'
import { formatMoney, type Money } from '#kernel/money.ts'

// Schemas and their writers that every feature's `http.ts` shares.

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'stable, `feature.reason`; listed in docs/errors.md' }),
    detail: Type.String(),
    data: Type.Optional(Type.Unknown()),
  },
  { title: 'Problem', description: 'RFC 9457 problem details' },
)

/** The answers that any authorised route may give besides its own; spread into a route's `response`. */
export const problemResponses = { '4xx': ProblemSchema, '5xx': ProblemSchema } as const

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** One of a few words. */
export const oneOf = <const V extends string>(values: readonly V[], options: { description?: string } = {}) =>
  Type.Unsafe<V>({ type: 'string', enum: [...values], ...options })

/** An answer without a body: `204: NoContent`, then `reply.code(204).send(undefined)`. */
export const NoContent = Type.Unsafe<undefined>({ type: 'null', description: 'done' })

export const IsoTime = Type.String({
  description: 'ISO 8601 with milliseconds and the hub zone offset',
  examples: ['2026-01-25T09:07:33.821+08:00'],
})

export const MoneyJson = Type.Object(
  {
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    amount: Type.String({ pattern: '^-?\\d+(\\.\\d+)?$', description: "exactly the currency's decimals" }),
  },
  { title: 'Money' },
)

export const SourceTimeJson = Type.Object(
  {
    raw: Type.String(),
    instant: nullable(IsoTime),
    zone: nullable(Type.String()),
    provenance: oneOf(['explicit_offset', 'carrier_zone', 'place_zone', 'ambiguous']),
  },
  { title: 'SourceTime' },
)

export function moneyToJson(amount: Money): { currency: string; amount: string } {
  return { currency: amount.currency, amount: formatMoney(amount) }
}

export function sourceTimeToJson(time: SourceTime, zone: string) {
  return {
    raw: time.raw,
    instant: time.instant === null ? null : formatInstant(time.instant, zone),
    zone: time.zone,
    provenance: time.provenance,
  }
}

/** A list's answer: `next` is the cursor of the following page, null on the last. */
export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: nullable(Type.String()) })

/** Query parameters of every list; intersect by spreading into a route's own query object. */
export const pageQuery = {
  cursor: Type.Optional(Type.String({ maxLength: 1_000 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
}
export const PAGE_LIMIT = 50

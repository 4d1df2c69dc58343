import type { Reading } from '#domain/claim.ts'
import type { Connector, HttpCall } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { readOrderNo, readTrackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { filledAt, type JsonObject } from './json.ts'

/** The message says that it happened and not when. Shown as such; never replaced by another time that it happens to carry. */
export const NO_TIME: SourceTime = { raw: '', instant: null, zone: null, provenance: 'ambiguous' }

/** The version of a content register: epoch nanoseconds of the source's own update time; 0 where it gives none. */
export function versionOf(instant: Instant | null): bigint {
  return instant === null ? 0n : instant.epochNanoseconds
}

/** A call that only reads changes nothing: however it broke off, its outcome is known. */
export function knownRead(effect: 'read' | 'write', http: HttpCall): HttpCall {
  if (effect === 'write') return http
  return async (request) => {
    try {
      return await http(request)
    } catch (error) {
      if (!(error instanceof Outage) || !error.unknown) throw error
      const { code, message, retryable, retryAfterMs } = error
      throw new Outage(code, message, {
        retryable,
        cause: error,
        ...(retryAfterMs === null ? {} : { retryAfterMs }),
      })
    }
  }
}

const MOST_PIECES = 1_000_000

/**
 * The pieces of a line: a whole number from 0 to 1,000,000 (`2.0` is one), or null where the field is missing. Anything else
 * is refused with `code`: a line whose pieces nobody can tell must not vanish from its order.
 */
export function piecesAt(line: JsonObject, field: string, code: string): Result<number | null> {
  const text = filledAt(line, field)
  if (text === null) return ok(null)
  const whole = /^(\d{1,7})(?:\.0+)?$/.exec(text)?.[1]
  const pieces = whole === undefined ? Number.NaN : Number(whole)
  if (pieces <= MOST_PIECES) return ok(pieces)
  return refuse(code, `${field} is "${text.slice(0, 40)}": not a number of pieces from 0 to ${MOST_PIECES}`)
}

/**
 * The connector under the one rule for order numbers (`readOrderNo`), whatever its own reader lets pass: a message that names
 * an order in another way is parked, and no such name becomes a key of the inbox. A carrier's parcels are under that of tracking
 * numbers too (`readTrackingNo`); what a shop wrote into that field is no reason to park its order.
 */
export function withOrderNoRule(connector: Connector): Connector {
  const { read, receive } = connector
  return {
    ...connector,
    read: (message, settings) => {
      const reading = read(message, settings)
      if (!reading.ok) return reading
      const numbers = connector.role === 'carrier' ? checkTrackingNos(reading.value) : ok(null)
      return numbers.ok ? checkOrderNos(reading.value) : numbers
    },
    ...(receive === undefined
      ? {}
      : {
          receive: (request, settings, now) => {
            const receipt = receive(request, settings, now)
            if (receipt.verdict !== 'accepted' || receipt.orderNo === null) return receipt
            return readOrderNo(receipt.orderNo).ok ? receipt : { ...receipt, orderNo: null }
          },
        }),
  }
}

function checkTrackingNos({ claims }: Reading): Result<null> {
  const named = new Set(
    claims.flatMap(({ subject }) => (subject.by === 'parcel' ? [subject.trackingNo] : [])),
  )
  for (const one of named) {
    const read = readTrackingNo(one)
    if (!read.ok) return read
  }
  return ok(null)
}

function checkOrderNos(reading: Reading): Result<Reading> {
  const named = new Set([
    ...reading.claims.flatMap(({ subject }) => (subject.by === 'parcel' ? [] : [subject.orderNo])),
    ...reading.content.map(({ orderNo }) => orderNo),
    ...reading.fetch.map(({ orderNo }) => orderNo),
  ])
  for (const one of named) {
    const read = readOrderNo(one)
    if (!read.ok) return read
  }
  return ok(reading)
}

import type { Claim } from '#domain/claim.ts'
import type { Connector } from '#domain/connector.ts'
import { parseLine, type TryAnswer, type TryLine } from './try-line.ts'
import { receiptJson, type Told, timeJson, toldBy } from './try-message.ts'

/** The zone in which most of our readers look at a clock. */
const SHOWN_ZONE = 'Asia/Shanghai'

/**
 * One message of a carrier as canonical tracking events: which parcel, what happened, when (with the four things that are kept of a
 * time), where, in whose words. `event` null is a code that the table knows and that says nothing; an unknown code stands in `unknown`.
 */
export function tryTrack(line: TryLine): TryAnswer {
  const told = toldBy(line)
  if (!told.ok) return { id: line.id, error: told.refusal }
  const { connector } = told.value
  if (connector.role !== 'carrier') {
    const detail = `${connector.kind} is no carrier; holdfast try message reads it`
    return { id: line.id, error: { code: 'try.no_carrier', detail } }
  }
  return { id: line.id, kind: connector.kind, ...readTracking(told.value) }
}

/** A raw body, byte by byte as it was pushed, under the kind of its connector. */
export function tryRawTrack(kind: string, body: Uint8Array): TryAnswer {
  const bodyBase64 = Buffer.from(body).toString('base64')
  const line = parseLine(JSON.stringify({ kind, bodyBase64 }))
  return line.ok ? tryTrack(line.value) : { id: null, error: line.refusal }
}

function readTracking({ connector, settings, receipt, message }: Told) {
  const verdict = receipt === null ? {} : { receipt: receiptJson(receipt) }
  const reading = connector.read(message, settings)
  if (!reading.ok) return { ...verdict, events: [], unknown: [], refusal: reading.refusal }
  const { claims } = reading.value
  const known = new Set(connector.codes.map(({ code }) => code))
  return {
    ...verdict,
    events: claims.flatMap((claim) => (known.has(claim.code) ? [eventJson(claim, connector)] : [])),
    unknown: [...new Set(claims.map(({ code }) => code).filter((code) => !known.has(code)))],
    refusal: null,
  }
}

function eventJson({ subject, code, at, detail }: Claim, { codes }: Connector) {
  const entry = codes.find((one) => one.code === code)
  const name = subject.by === 'parcel' ? { parcel: subject.trackingNo } : { order: subject.orderNo }
  return {
    ...name,
    event: entry === undefined || entry.fact === 'none' ? null : entry.fact,
    code,
    meaning: entry?.zh ?? null,
    at: {
      ...timeJson(at),
      beijing: at.instant?.toZonedDateTimeISO(SHOWN_ZONE).toString({ timeZoneName: 'never' }) ?? null,
    },
    carrier: detail.carrier ?? null,
    place: detail.place ?? null,
    words: detail.words ?? null,
    reason: detail.reason ?? null,
  }
}

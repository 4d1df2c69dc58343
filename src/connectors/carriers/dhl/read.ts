import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { EVENTS_MOST, eventTime, NO_CODE, numberOf, partsOf, placeText } from '#connectors/carriers/events.ts'
import { filledAt, type JsonObject, objectAt, objectsAt, readJson } from '#connectors/json.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import type { TrackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/**
 * Reads what the Unified API says, pushed or asked for, and the tracking answer of MyDHL. One answer mixes `Z`, offsets and no offset at
 * all: each event is read by itself. Refused: `dhl.no_shipments`, `dhl.incomplete`, `dhl.too_many_events`, and as `readJson`.
 */
export function readShipments(message: Pick<StoredMessage, 'body'>, settings: Settings): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return json
  const shipments = objectsAt(json.value, 'shipments')
  if (shipments.length === 0) return refuse('dhl.no_shipments', 'the message holds no shipments')
  const claims: Claim[] = []
  for (const shipment of shipments) {
    const parcel = numberOf(filledAt(shipment, 'id') ?? filledAt(shipment, 'shipmentTrackingNumber'))
    if (parcel === null) return refuse('dhl.incomplete', 'a shipment has no id')
    claims.push(...shipmentClaims(shipment, parcel, settings))
    if (claims.length > EVENTS_MOST)
      return refuse('dhl.too_many_events', `more than ${EVENTS_MOST} events in one message`)
  }
  return ok({ ...EMPTY_READING, claims })
}

function shipmentClaims(shipment: JsonObject, parcel: TrackingNo, settings: Settings): Claim[] {
  const events = objectsAt(shipment, 'events')
  const status = objectAt(shipment, 'status')
  // The status repeats the newest event; only where no event says it does it say something by itself.
  const isTold = events.some((event) =>
    SAME.every((field) => filledAt(event, field) === filledAt(status ?? {}, field)),
  )
  const says = status !== null && filledAt(status, 'statusCode') !== null && !isTold
  const told = says ? [...events, status] : events
  return told.flatMap((event) => {
    const express = filledAt(event, 'typeCode')
    const code = filledAt(event, 'statusCode') ?? NO_CODE
    if (express !== null)
      return parcelClaims(parcel, null, {
        code: `express:${express.toUpperCase()}`,
        at: expressTime(event, settings),
        detail: detailOf({ trackingNo: parcel, carrier: 'DHL', place: areaOf(event), words: wordsOf(event) }),
      })
    return parcelClaims(parcel, null, {
      code: `statusCode:${code.toLowerCase()}`,
      at: eventTime('dhl_universal', filledAt(event, 'timestamp') ?? '', placeContext(event), settings),
      detail: detailOf({ trackingNo: parcel, carrier: 'DHL', place: placeOf(event), words: wordsOf(event) }),
    })
  })
}

const SAME = ['timestamp', 'statusCode', 'status'] as const

/** MyDHL writes date and clock of the service area apart, and its offset only sometimes. */
function expressTime(event: JsonObject, settings: Settings) {
  const parts = partsOf(event, ['date', 'time', 'GMTOffset'])
  const area = filledAt(objectsAt(event, 'serviceArea')[0], 'description')
  return eventTime('mydhl', parts, area === null ? {} : { service_area: area }, settings)
}

function areaOf(event: JsonObject): string | null {
  return filledAt(objectsAt(event, 'serviceArea')[0], 'description')
}

function placeContext(event: JsonObject): Readonly<Record<string, unknown>> {
  const address = objectAt(event, 'location', 'address')
  return address === null ? {} : { address }
}

function placeOf(event: JsonObject): string | null {
  return placeText(
    filledAt(event, 'location', 'address', 'addressLocality'),
    filledAt(event, 'location', 'address', 'countryCode'),
  )
}

function wordsOf(event: JsonObject): string | null {
  return filledAt(event, 'description') ?? filledAt(event, 'status')
}

import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { EVENTS_MOST, eventTime, NO_CODE, numberOf, partsOf, placeText } from '#connectors/carriers/events.ts'
import { filledAt, type JsonObject, objectAt, objectsAt, readJson } from '#connectors/json.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import type { TrackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { codeOf } from './codes.ts'

/**
 * Reads a Track Alert and the tracking API's answer. `gmt*` is UTC already and goes first; the offset belongs to the local clock alone.
 * Refused: `ups.no_activity`, `ups.incomplete`, `ups.too_many_events`, and as `readJson`.
 */
export function readActivity(message: Pick<StoredMessage, 'body'>, settings: Settings): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return json
  const alert = objectAt(json.value)
  if (alert !== null && objectAt(alert, 'activityStatus') !== null) return readAlert(alert, settings)
  const packages = objectsAt(json.value, 'trackResponse', 'shipment').flatMap((one) =>
    objectsAt(one, 'package'),
  )
  if (packages.length === 0) return refuse('ups.no_activity', 'the message holds neither alert nor package')
  const claims: Claim[] = []
  for (const one of packages) {
    const parcel = numberOf(filledAt(one, 'trackingNumber'))
    if (parcel === null) return refuse('ups.incomplete', 'a package has no trackingNumber')
    claims.push(
      ...objectsAt(one, 'activity').flatMap((activity) => activityClaims(activity, parcel, settings)),
    )
    if (claims.length > EVENTS_MOST)
      return refuse('ups.too_many_events', `more than ${EVENTS_MOST} activities in one message`)
  }
  return ok({ ...EMPTY_READING, claims })
}

const ALERT_TIME = [
  'localActivityDate',
  'localActivityTime',
  'gmtActivityDate',
  'gmtActivityTime',
  'gmtOffset',
] as const
const ACTIVITY_TIME = ['date', 'time', 'gmtDate', 'gmtTime', 'gmtOffset'] as const

function readAlert(alert: JsonObject, settings: Settings): Result<Reading> {
  const parcel = numberOf(filledAt(alert, 'trackingNumber'))
  if (parcel === null) return refuse('ups.incomplete', 'the alert has no trackingNumber')
  const place = (field: string): string | null => filledAt(alert, 'activityLocation', field)
  const status = objectAt(alert, 'activityStatus') ?? {}
  const where = { city: place('city'), state: place('stateProvince'), country: place('country') }
  return ok({
    ...EMPTY_READING,
    claims: claimOf(alert, status, { parcel, where, names: ALERT_TIME }, settings),
  })
}

function activityClaims(activity: JsonObject, parcel: TrackingNo, settings: Settings): Claim[] {
  const place = (field: string): string | null => filledAt(activity, 'location', 'address', field)
  const where = {
    city: place('city'),
    state: place('stateProvince'),
    country: place('countryCode') ?? place('country'),
  }
  const status = objectAt(activity, 'status') ?? {}
  return claimOf(activity, status, { parcel, where, names: ACTIVITY_TIME }, settings)
}

type Told = {
  readonly parcel: TrackingNo
  readonly where: {
    readonly city: string | null
    readonly state: string | null
    readonly country: string | null
  }
  readonly names: readonly string[]
}

function claimOf(
  activity: JsonObject,
  status: JsonObject,
  { parcel, where, names }: Told,
  settings: Settings,
): Claim[] {
  const code = codeOf({
    type: filledAt(status, 'type'),
    code: filledAt(status, 'code'),
    descriptionCode: filledAt(status, 'descriptionCode') ?? filledAt(status, 'statusCode'),
  })
  return parcelClaims(parcel, null, {
    code: code ?? `code:${NO_CODE}`,
    at: eventTime('ups', partsOf(activity, names), where, settings),
    detail: detailOf({
      trackingNo: parcel,
      carrier: 'UPS',
      place: placeText(where.city, where.state, where.country),
      words: filledAt(status, 'description'),
    }),
  })
}

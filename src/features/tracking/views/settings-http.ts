import { type Static, Type } from 'typebox'
import { CARRIERS, isCarrierCode } from '#domain/carrier.ts'
import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, nullable, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { checkPattern, fits, routeOf, type TrackingRoute } from '../core/route.ts'
import { ALL, checkThresholds, type Threshold } from '../core/thresholds.ts'
import { type ParcelRoutesDeps, plainNumber, READ, TAGS, WRITE } from '../http.ts'
import { readAggregators, readRoutes, replaceRoutes, saveAggregators } from '../subscriptions/store.ts'
import { pushersOf } from '../subscriptions/want-subscriptions.ts'
import { forgetTimed, readThresholds, replaceThresholds } from '../watch/store.ts'

const ROUTES_MOST = 200
const Code = Type.String({ minLength: 1, maxLength: 60 })
const Hours = nullable(Type.Integer())
const RouteBody = Type.Object({
  pattern: Type.String({
    minLength: 1,
    maxLength: 41,
    description: '# a digit, @ a letter, ? either, * at the end the rest',
  }),
  carrier: nullable(Code),
  connection: nullable(Code),
  note: Type.Optional(Type.String({ maxLength: 200 })),
})
const ThresholdBody = Type.Object({
  carrier: Code,
  warehouse: Code,
  firstScanHours: Hours,
  stalledHours: Hours,
  customsHours: Hours,
})
const SettingsJson = Type.Object(
  {
    routes: Type.Array(RouteBody),
    aggregators: Type.Array(Type.String(), { description: 'ids of connections, the first asked first' }),
    thresholds: Type.Array(ThresholdBody),
    standard: Type.Object({
      firstScanHours: Type.Integer(),
      stalledHours: Type.Integer(),
      customsHours: Type.Integer(),
    }),
    pushers: Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String(),
        kind: Type.String(),
        subscribes: Type.Boolean(),
        carriers: nullable(Type.Array(Type.String())),
      }),
    ),
    updatedBy: nullable(Type.String()),
    updatedAt: nullable(IsoTime),
  },
  { title: 'TrackingSettings' },
)

/** Whose numbers are whose, who is asked first, and after which hours silence counts. */
export function settingRoutes(app: HttpApp, deps: ParcelRoutesDeps): void {
  const { db, clock } = deps
  app.get(
    '/api/parcels/settings',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Routes, aggregators and hours',
        response: { 200: SettingsJson, ...problemResponses },
      },
    },
    async () => await settingsNow(deps),
  )
  app.put(
    '/api/parcels/settings',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Change routes, aggregators or hours; what is not named stays',
        body: Type.Object({
          routes: Type.Optional(Type.Array(RouteBody, { maxItems: ROUTES_MOST })),
          aggregators: Type.Optional(Type.Array(Code, { maxItems: 50, uniqueItems: true })),
          thresholds: Type.Optional(Type.Array(ThresholdBody, { maxItems: 500 })),
        }),
        response: { 200: SettingsJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request)
      const { routes, aggregators, thresholds } = request.body
      const checked = checkAll(deps, request.body)
      if (!checked.ok) return sendRefusal(reply, checked.refusal)
      await db.begin(async (tx) => {
        const now = clock.now()
        if (routes !== undefined) await replaceRoutes(tx, checked.value.routes, actor.name, now)
        if (aggregators !== undefined) await saveAggregators(tx, aggregators, actor.name, now)
        if (thresholds !== undefined) {
          await replaceThresholds(tx, thresholds, actor.name, now)
          await forgetTimed(tx)
        }
        await deps.audit(tx, {
          actor,
          action: 'parcels.settings_changed',
          subject: 'parcels',
          detail: {
            routes: routes?.length ?? null,
            aggregators: aggregators ?? null,
            thresholds: thresholds?.length ?? null,
          },
        })
      })
      return await settingsNow(deps)
    },
  )
  app.post(
    '/api/parcels/settings/try',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Which route a number takes',
        body: Type.Object({ number: Type.String({ minLength: 1, maxLength: 60 }) }),
        response: {
          200: Type.Object({
            position: nullable(Type.Integer()),
            carrier: nullable(Type.String()),
            connection: nullable(Type.String()),
          }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const number = plainNumber(request.body.number)
      const routes = await readRoutes(db)
      const route = routeOf(number, routes)
      const at = routes.findIndex((one) => fits(one.pattern, number))
      return {
        position: at === -1 ? null : at + 1,
        carrier: route?.carrier ?? null,
        connection: route?.connection ?? null,
      }
    },
  )
}

async function settingsNow(deps: ParcelRoutesDeps): Promise<Static<typeof SettingsJson>> {
  const { db, hours, zone, connections } = deps
  const [routes, aggregators, thresholds] = [
    await readRoutes(db),
    await readAggregators(db),
    await readThresholds(db),
  ]
  const newest = [...routes, ...thresholds].toSorted((a, b) =>
    Temporal.Instant.compare(b.updated_at, a.updated_at),
  )[0]
  const names = new Map<string, string>(connections().map((one) => [one.id, one.name]))
  return {
    routes: routes.map(({ pattern, carrier, connection, note }) => ({ pattern, carrier, connection, note })),
    aggregators: [...aggregators],
    thresholds: thresholds.map((row) => ({
      carrier: row.carrier,
      warehouse: row.warehouse,
      firstScanHours: row.first_scan_hours,
      stalledHours: row.stalled_hours,
      customsHours: row.customs_hours,
    })),
    standard: hours,
    pushers: pushersOf(deps).map(({ id, kind, subscribes, carriers }) => ({
      id,
      name: names.get(id) ?? id,
      kind,
      subscribes,
      carriers: carriers === null ? null : [...carriers],
    })),
    updatedBy: newest?.updated_by ?? null,
    updatedAt: newest === undefined ? null : formatInstant(newest.updated_at, zone()),
  }
}

/**
 * Refused: `tracking.bad_pattern`, `tracking.empty_route`, `tracking.unknown_carrier`, `tracking.unknown_connection`,
 * `tracking.not_a_pusher`, and as `checkThresholds`.
 */
function checkAll(
  deps: ParcelRoutesDeps,
  body: {
    readonly routes?: readonly Static<typeof RouteBody>[] | undefined
    readonly aggregators?: readonly string[] | undefined
    readonly thresholds?: readonly Threshold[] | undefined
  },
): Result<{ readonly routes: readonly (TrackingRoute & { readonly note: string })[] }> {
  const pushers = new Map(pushersOf(deps).map((one) => [one.id, one]))
  const routes: (TrackingRoute & { readonly note: string })[] = []
  for (const [index, route] of (body.routes ?? []).entries()) {
    const pattern = checkPattern(route.pattern)
    if (!pattern.ok)
      return refuse(pattern.refusal.code, `route ${index + 1}: ${pattern.refusal.detail}`, { index })
    if (route.carrier === null && route.connection === null)
      return refuse('tracking.empty_route', `route ${index + 1} names neither a carrier nor a connection`, {
        index,
      })
    const carrier = knownCarrier(route.carrier, index)
    if (!carrier.ok) return carrier
    const connection = takesSubscriptions(pushers, route.connection, index)
    if (!connection.ok) return connection
    routes.push({
      pattern: pattern.value,
      carrier: route.carrier,
      connection: route.connection,
      note: route.note ?? '',
    })
  }
  for (const [index, id] of (body.aggregators ?? []).entries()) {
    const connection = takesSubscriptions(pushers, id, index)
    if (!connection.ok) return connection
  }
  const thresholds = checkThresholds(body.thresholds ?? [])
  if (!thresholds.ok) return thresholds
  for (const [index, row] of (body.thresholds ?? []).entries()) {
    if (row.carrier !== ALL) {
      const carrier = knownCarrier(row.carrier, index)
      if (!carrier.ok) return carrier
    }
    if (row.warehouse !== ALL && !deps.warehouseNames().has(row.warehouse))
      return refuse(
        'tracking.unknown_warehouse',
        `row ${index + 1}: there is no warehouse "${row.warehouse}"`,
        { index },
      )
  }
  return ok({ routes })
}

function knownCarrier(carrier: string | null, index: number): Result<null> {
  return carrier === null || isCarrierCode(carrier)
    ? ok(null)
    : refuse(
        'tracking.unknown_carrier',
        `row ${index + 1}: "${carrier}" is none of ${Object.keys(CARRIERS).join(', ')}`,
        {
          index,
        },
      )
}

function takesSubscriptions(
  pushers: ReadonlyMap<string, { readonly subscribes: boolean }>,
  id: string | null,
  index: number,
): Result<null> {
  if (id === null) return ok(null)
  const found = pushers.get(id)
  if (found === undefined)
    return refuse('tracking.unknown_connection', `row ${index + 1}: there is no carrier connection "${id}"`, {
      index,
    })
  return found.subscribes
    ? ok(null)
    : refuse('tracking.not_a_pusher', `row ${index + 1}: "${id}" takes no subscriptions`, { index })
}

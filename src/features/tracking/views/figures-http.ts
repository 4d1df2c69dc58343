import { Type } from 'typebox'
import { nullable, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { type ParcelRoutesDeps, READ, TAGS } from '../http.ts'
import { readCompleteness } from '../watch/store.ts'
import { COMPLETENESS_HOURS } from '../watch/watch-parcels.ts'
import { type FigureRow, readFigures } from './store.ts'

const Share = nullable(Type.Number({ description: 'hours or days, one decimal' }))
const FigureJson = Type.Object(
  {
    carrier: nullable(Type.String()),
    warehouse: nullable(Type.String()),
    parcels: Type.Integer(),
    scanned: Type.Integer(),
    delivered: Type.Integer(),
    returned: Type.Integer(),
    open: Type.Integer(),
    troubled: Type.Integer(),
    silent: Type.Integer({ description: 'no first scan in time, or stalled' }),
    events: Type.Integer(),
    ambiguous: Type.Integer({ description: 'events whose time nobody knows' }),
    firstScanHours: Share,
    firstScanHoursP90: Share,
    transitDays: Share,
    transitDaysP90: Share,
  },
  { title: 'ParcelFigure' },
)

/** How carriers do, by warehouse, and whether their pushes are complete. */
export function figureRoutes(
  app: HttpApp,
  { db, clock, warehouseNames, incompletePermille }: ParcelRoutesDeps,
): void {
  app.get(
    '/api/parcels/figures',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Figures per carrier and warehouse, and completeness per carrier',
        querystring: Type.Object({
          days: Type.Optional(Type.Integer({ minimum: 1, maximum: 90, default: 7 })),
        }),
        response: {
          200: Type.Object({
            days: Type.Integer(),
            items: Type.Array(FigureJson),
            completeness: Type.Array(
              Type.Object({
                carrier: Type.String(),
                heard: Type.Integer(),
                missed: Type.Integer({ description: 'events that only asking brought' }),
                percent: Type.Number({ description: 'share that was pushed' }),
              }),
            ),
            completenessHours: Type.Integer(),
            completenessLeast: Type.Number({ description: 'percent below which an alarm is raised' }),
            warehouses: Type.Record(Type.String(), Type.String()),
          }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const { days = 7 } = request.query
      const now = clock.now()
      const items = await readFigures(db, now.subtract({ hours: 24 * days }))
      const completeness = await readCompleteness(db, now.subtract({ hours: COMPLETENESS_HOURS }))
      return {
        days,
        items: items.map(figureJson),
        completeness: completeness.map(({ carrier, heard, missed }) => ({
          carrier,
          heard,
          missed,
          percent: heard === 0 ? 100 : Math.floor(((heard - missed) * 100_000) / heard) / 1_000,
        })),
        completenessHours: COMPLETENESS_HOURS,
        completenessLeast: 100 - incompletePermille / 10,
        warehouses: Object.fromEntries(warehouseNames()),
      }
    },
  )
}

function figureJson(row: FigureRow) {
  const short = (value: number | null): number | null =>
    value === null ? null : Math.round(Number(value) * 10) / 10
  const {
    carrier,
    warehouse,
    parcels,
    scanned,
    delivered,
    returned,
    open,
    troubled,
    silent,
    events,
    ambiguous,
  } = row
  return {
    carrier,
    warehouse,
    parcels,
    scanned,
    delivered,
    returned,
    open,
    troubled,
    silent,
    events,
    ambiguous,
    firstScanHours: short(row.first_scan_hours),
    firstScanHoursP90: short(row.first_scan_hours_p90),
    transitDays: short(row.transit_days),
    transitDaysP90: short(row.transit_days_p90),
  }
}

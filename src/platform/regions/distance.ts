import { SEATS } from './coordinates.ts'
import { shortCity, shortProvince } from './names.ts'

type Place = { readonly province: string; readonly city: string }
type Point = { readonly east: number; readonly north: number }

const EARTH_KM = 6371
const POINTS = readPoints()

/**
 * Kilometres as the crow flies between the seats of two cities, whole; 0 within one city. A city that is not known is taken for its
 * province's capital, which is right to some hundred kilometres. Null where a province is not known, or is not in China: nobody can tell.
 * Takes names with and without 省, 市, 自治区.
 */
export function kmBetween(a: Place, b: Place): number | null {
  const from = pointOf(a)
  const to = pointOf(b)
  return from === null || to === null ? null : Math.round(greatCircle(from, to))
}

function pointOf({ province, city }: Place): Point | null {
  const at = shortProvince(province)
  return POINTS.get(`${at} ${shortCity(city)}`) ?? POINTS.get(at) ?? null
}

function readPoints(): ReadonlyMap<string, Point> {
  const points = new Map<string, Point>()
  for (const [province, seats] of Object.entries(SEATS))
    for (const seat of seats.split(',')) {
      const [name = '', east, north] = seat.split(' ')
      const point = { east: radians(Number(east)), north: radians(Number(north)) }
      if (!points.has(province)) points.set(province, point)
      points.set(`${province} ${shortCity(name)}`, point)
    }
  return points
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}

/** The haversine formula: stable for near places. */
function greatCircle(from: Point, to: Point): number {
  const half = (angle: number): number => Math.sin(angle / 2) ** 2
  const chord =
    half(to.north - from.north) + Math.cos(from.north) * Math.cos(to.north) * half(to.east - from.east)
  return 2 * EARTH_KM * Math.asin(Math.sqrt(chord))
}

import type { StockLevel, StockPlace } from '#domain/stock.ts'

/** What Redis keeps of a level; whether its warehouse is active and who counts there is asked of the warehouse. */
export type KeptLevel = Omit<StockLevel, 'figures' | 'active'>

export function levelText(level: KeptLevel): string {
  return JSON.stringify([
    level.physical,
    level.locked,
    level.reserved,
    level.inTransit,
    level.safety,
    level.available,
    level.transitCounts ? 1 : 0,
    level.sourceQuantity,
    level.sourceVersion === null ? null : level.sourceVersion.toString(),
    level.unseenOut,
  ])
}

/** Null for a text of another form: an older or newer version of the hub wrote it. */
export function parseLevel(place: StockPlace, text: string): KeptLevel | null {
  const fields = fieldsOf(text)
  if (fields === null) return null
  const [physical, locked, reserved, inTransit, safety, available, transit, quantity, version, unseen] =
    fields
  const counts = [physical, locked, reserved, inTransit, safety, available, unseen]
  if (!counts.every((one) => Number.isSafeInteger(one))) return null
  if (quantity !== null && !Number.isSafeInteger(quantity)) return null
  if (version !== null && !(typeof version === 'string' && /^-?\d{1,19}$/.test(version))) return null
  return {
    sku: place.sku,
    warehouse: place.warehouse,
    physical: Number(physical),
    locked: Number(locked),
    reserved: Number(reserved),
    inTransit: Number(inTransit),
    safety: Number(safety),
    available: Number(available),
    transitCounts: transit === 1,
    sourceQuantity: quantity === null ? null : Number(quantity),
    sourceVersion: version === null ? null : BigInt(version),
    unseenOut: Number(unseen),
  }
}

const FIELDS = 10

function fieldsOf(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.length === FIELDS ? value : null
  } catch {
    return null
  }
}

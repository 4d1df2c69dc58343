import type { Demand } from '#domain/stock.ts'
import type { Random } from '#kernel/random.ts'

// What there is to buy, and what buyers ask for.

export const WAREHOUSES = [
  { code: 'EAST', name: '东仓', countsInTransit: false },
  { code: 'WEST', name: '西仓', countsInTransit: false },
  { code: 'SOUTH', name: '南仓', countsInTransit: true },
] as const
export const CODES = WAREHOUSES.map((one) => one.code)

export const HOT = ['hot-1', 'hot-2'] as const
const RARE = ['rare-1', 'rare-2', 'rare-3', 'rare-4'] as const
const WIDE = Array.from({ length: 120 }, (_, i) => `wide-${String(i + 1).padStart(3, '0')}`)
export const SKUS: readonly string[] = [...HOT, ...RARE, ...WIDE]

/** A bundle has no goods of its own; it is locked by its parts. */
export const BUNDLE = { sku: 'set-1', parts: [['wide-001', 2] as const, ['hot-2', 1] as const] }

/** Pieces on the shelf at the start: hot and rare goods run out again and again. */
export function startOf(sku: string): number {
  if (sku.startsWith('hot-')) return 300
  return sku.startsWith('rare-') ? 6 : 60
}

export type Spread = 'never' | 'lines' | 'units'
export type Order = {
  readonly lines: readonly Demand[]
  readonly candidates: readonly string[]
  readonly spread: Spread
  /** Seconds; null: the hub's own 15 minutes. */
  readonly ttlSeconds: number | null
  readonly onDeadline: 'ask' | 'release'
}

const SHORT_LIVED = 0.1

export function drawOrder(random: Random): Order {
  const life =
    random.next() < SHORT_LIVED
      ? ({ ttlSeconds: 2 + Math.floor(random.next() * 4), onDeadline: 'release' } as const)
      : ({ ttlSeconds: null, onDeadline: 'ask' } as const)
  return { ...drawDemand(random), ...life }
}

type Asked = Pick<Order, 'lines' | 'candidates' | 'spread'>

function drawDemand(random: Random): Asked {
  const roll = random.next()
  const somewhere = (): string => pick(CODES, random)
  const pieces = (most: number): number => 1 + Math.floor(random.next() * most)
  if (roll < 0.35) return fixed([{ sku: HOT[0], quantity: pieces(3), warehouse: CODES[0] ?? null }])
  if (roll < 0.5) return fixed([{ sku: pick(WIDE, random), quantity: pieces(4), warehouse: somewhere() }])
  if (roll < 0.65) {
    const count = 2 + pieces(4)
    return fixed(
      // The same SKU may come twice: its demand is one number.
      Array.from({ length: count }, () => ({
        sku: random.next() < 0.3 ? pick(HOT, random) : pick(WIDE, random),
        quantity: pieces(3),
        warehouse: somewhere(),
      })),
    )
  }
  if (roll < 0.82) {
    const lines = Array.from({ length: pieces(3) }, () => ({
      sku: random.next() < 0.4 ? pick(HOT, random) : pick(WIDE, random),
      quantity: pieces(5),
      warehouse: null,
    }))
    return { lines, candidates: shuffledCodes(random), spread: pick(['never', 'lines', 'units'], random) }
  }
  if (roll < 0.92) {
    const warehouse = random.next() < 0.5 ? null : somewhere()
    const lines = [{ sku: BUNDLE.sku, quantity: pieces(2), warehouse }]
    return { lines, candidates: warehouse === null ? shuffledCodes(random) : [], spread: 'lines' }
  }
  return fixed([{ sku: pick(RARE, random), quantity: pieces(2), warehouse: somewhere() }])
}

const fixed = (lines: readonly Demand[]): Asked => ({ lines, candidates: [], spread: 'lines' })

export function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random.next() * list.length)] as T
}

function shuffledCodes(random: Random): string[] {
  const start = Math.floor(random.next() * CODES.length)
  return [...CODES.slice(start), ...CODES.slice(0, start)]
}

/** Demand with bundles taken apart. */
export function partsOf(lines: readonly Demand[]): readonly Demand[] {
  return lines.flatMap((line) =>
    line.sku === BUNDLE.sku
      ? BUNDLE.parts.map(([sku, each]) => ({ ...line, sku, quantity: line.quantity * each }))
      : [line],
  )
}

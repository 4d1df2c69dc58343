import type { LockCommand } from '#features/stock/index.ts'

/** What the lock benches ask for: one hot SKU, one of many, or a basket of five. */
export type LockShape = 'hot' | 'wide' | 'basket'
export const SHAPES: readonly LockShape[] = ['hot', 'wide', 'basket']
export const WAREHOUSE = 'BENCH'
export const WIDE_SKUS = 10_000
const HOT_BASKET = 5

export function skusOf(shape: LockShape): string[] {
  if (shape === 'hot') return ['HOT']
  if (shape === 'wide') return Array.from({ length: WIDE_SKUS }, (_, i) => `W${i}`)
  return Array.from({ length: HOT_BASKET }, (_, i) => `B${i}`)
}

/** The nth call's lines. Wide calls walk over all SKUs by a step that meets each once before any twice. */
export function linesOf(shape: LockShape, n: number): { sku: string; quantity: number; warehouse: string }[] {
  if (shape === 'hot') return [{ sku: 'HOT', quantity: 1, warehouse: WAREHOUSE }]
  if (shape === 'wide') return [{ sku: `W${(n * 7_919) % WIDE_SKUS}`, quantity: 1, warehouse: WAREHOUSE }]
  return skusOf('basket').map((sku) => ({ sku, quantity: 1, warehouse: WAREHOUSE }))
}

export function lockCommand(shape: LockShape, key: string, n: number): LockCommand {
  return {
    do: 'lock',
    key,
    kind: 'lock',
    owner: { kind: 'api', id: key, reference: key },
    channel: null,
    lines: linesOf(shape, n),
    candidates: [],
    spread: 'never',
    drawSafety: false,
    reason: 'bench',
    actor: 'bench',
    ttlSeconds: 900,
    onDeadline: 'ask',
  }
}

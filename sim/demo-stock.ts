import type { Hub } from '#app/main.ts'
import { warehouseDeps } from '#app/warehouses.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { addWarehouse, type WarehouseDraft } from '#features/warehouses/index.ts'
import { Outage } from '#kernel/outage.ts'

type Sample = Pick<WarehouseDraft, 'code' | 'name' | 'province' | 'city' | 'priority'> & {
  /** Pieces on the shelf, on their way, and kept back, in the order of `SKUS`. */
  readonly stock: readonly (readonly [physical: number, inTransit: number, safety: number])[]
}

/** As the demo's shops have them mapped. */
const SKUS = [
  'PET-1001',
  'PET-1002',
  'TEA-2001',
  'CUP-3001',
  'TEX-4001',
  'CUP-3002',
  'CUP-3101',
  'CUP-3201',
  'FRZ-5001',
  'BAT-6001',
  'TEA-2901',
]

/** Enough for some hours; the socks run short within minutes, so that a newcomer sees what a shortage looks like. */
const WAREHOUSES: readonly Sample[] = [
  {
    code: 'EAST',
    name: '华东仓',
    province: '上海',
    city: '上海',
    priority: 10,
    stock: [
      [2_400, 300, 50],
      [1_800, 0, 40],
      [1_500, 200, 30],
      [2_000, 0, 50],
      [40, 120, 5],
      [900, 0, 20],
      [900, 0, 20],
      [1_200, 0, 20],
      [600, 0, 10],
      [500, 0, 10],
      [1_500, 0, 0],
    ],
  },
  {
    code: 'SOUTH',
    name: '华南仓',
    province: '广东',
    city: '广州',
    priority: 20,
    stock: [
      [1_600, 0, 40],
      [1_200, 240, 30],
      [900, 0, 20],
      [1_400, 0, 30],
      [25, 0, 5],
      [600, 0, 15],
      [600, 100, 15],
      [700, 0, 10],
      [450, 0, 10],
      [0, 0, 0],
      [900, 0, 0],
    ],
  },
  {
    code: 'NORTH',
    name: '华北仓',
    province: '天津',
    city: '天津',
    priority: 30,
    stock: [
      [800, 0, 20],
      [650, 0, 20],
      [400, 0, 10],
      [700, 150, 15],
      [0, 60, 0],
      [300, 0, 10],
      [280, 0, 10],
      [350, 0, 10],
      [0, 0, 0],
      [300, 0, 10],
      [400, 0, 0],
    ],
  },
]

/** Three warehouses with opening stock for everything that the demo's shops sell. Once only: later starts keep what became of it. */
export async function seedDemoStock({ core }: Hub): Promise<void> {
  const deps = warehouseDeps(core)
  for (const { stock: _, ...warehouse } of WAREHOUSES) {
    // What is on its way here never arrives; sold before it does, the shelf would fall below nothing.
    const added = await addWarehouse(deps, SYSTEM, { ...warehouse, countsInTransit: false })
    if (!added.ok) throw new Outage(added.refusal.code, added.refusal.detail, { retryable: false })
  }
  const changes = WAREHOUSES.flatMap(({ code, stock }) =>
    stock.map(([setPhysical, inTransit, setSafety], index) => ({
      sku: SKUS[index] ?? '',
      warehouse: code,
      setPhysical,
      inTransit,
      setSafety,
    })),
  )
  const opened = await core.stock.ask({
    do: 'adjust',
    key: 'demo:opening',
    changes,
    cause: 'opening',
    actor: SYSTEM.name,
    evidence: { source: 'npm run demo' },
  })
  if (!opened.ok) throw new Outage(opened.refusal.code, opened.refusal.detail, { retryable: false })
}

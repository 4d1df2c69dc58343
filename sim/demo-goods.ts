import type { Hub } from '#app/main.ts'
import { sellableDeps } from '#app/sellable.ts'
import { sourcingDeps } from '#app/sourcing.ts'
import { type AuditEvent, recordAudit, SYSTEM } from '#features/identity/index.ts'
import { saveBundleOf, saveGiftOf } from '#features/sellable/index.ts'
import { saveProfile } from '#features/sku-profiles/index.ts'
import { editAbility, importLanes } from '#features/sourcing/index.ts'
import { Outage } from '#kernel/outage.ts'
import type { Result } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'

type Profile = readonly [
  sku: string,
  title: string,
  weightG: number,
  volumeCm3: number,
  tags: readonly string[],
]

/** The figures of one piece; nobody ever weighed the socks, so that a newcomer sees what an unknown weight does. */
const PROFILES: readonly Profile[] = [
  ['PET-1001', '豆腐猫砂 6L', 2_600, 7_200, []],
  ['PET-1002', '全价猫粮 2kg', 2_150, 4_800, []],
  ['TEA-2001', '龙井绿茶 250g', 420, 2_400, []],
  ['CUP-3001', '陶瓷马克杯 350ml', 460, 1_600, ['fragile']],
  ['CUP-3002', 'Stoneware cup', 380, 1_500, ['fragile']],
  ['CUP-3101', 'Cork lid', 60, 300, []],
  ['CUP-3201', 'Paper filters, 100', 180, 900, []],
  ['FRZ-5001', '冷冻芝士蛋糕 6 寸', 900, 3_600, ['frozen']],
  ['BAT-6001', '充电宝 20000 mAh', 380, 420, ['hazmat']],
  ['TEA-2901', '竹茶夹 15 cm', 30, 120, []],
]

const ABILITIES: readonly {
  readonly code: string
  readonly takes: readonly string[]
  readonly capacityPerDay: number | null
  readonly cutoff: string
}[] = [
  { code: 'EAST', takes: ['frozen', 'hazmat'], capacityPerDay: 20_000, cutoff: '17:30' },
  { code: 'SOUTH', takes: ['frozen'], capacityPerDay: 12_000, cutoff: '18:00' },
  { code: 'NORTH', takes: ['hazmat'], capacityPerDay: 6_000, cutoff: '16:30' },
]

/** Hours, first and further kilogram in yuan; `*`: every other place. */
const LANES: readonly (readonly [
  warehouse: string,
  province: string,
  hours: number,
  first: string,
  further: string,
])[] = [
  ['EAST', '浙江', 24, '4.50', '1.00'],
  ['EAST', '湖北', 36, '5.50', '2.00'],
  ['EAST', '北京', 48, '6.00', '2.50'],
  ['EAST', '广东', 48, '6.00', '2.50'],
  ['EAST', '四川', 60, '7.00', '4.00'],
  ['EAST', '*', 72, '8.00', '5.00'],
  ['SOUTH', '广东', 24, '4.50', '1.00'],
  ['SOUTH', '浙江', 48, '6.00', '2.50'],
  ['SOUTH', '湖北', 36, '5.50', '2.00'],
  ['SOUTH', '四川', 48, '6.50', '3.50'],
  ['SOUTH', '北京', 60, '7.00', '3.50'],
  ['SOUTH', '*', 84, '8.50', '5.00'],
  ['NORTH', '北京', 24, '4.50', '1.00'],
  ['NORTH', '浙江', 48, '6.00', '2.50'],
  ['NORTH', '湖北', 48, '6.00', '3.00'],
  ['NORTH', '*', 84, '8.50', '5.00'],
]

/** What rules ask about: weights and tags of goods, a bundle, a gift, and what each warehouse can do. Once only. */
export async function seedDemoGoods({ core }: Hub): Promise<void> {
  const { clock, database } = core
  const deps = {
    db: database.db,
    clock,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
  }
  for (const [sku, title, weightG, volumeCm3, tags] of PROFILES)
    taken(await saveProfile(deps, SYSTEM, sku, { title, weightG, volumeCm3, tags }, null))
  const sets = sellableDeps(core)
  const parts = [
    { sku: 'TEA-2001', quantity: 1 },
    { sku: 'CUP-3001', quantity: 2 },
  ]
  taken(await saveBundleOf(sets, 'SET-2101', parts, SYSTEM))
  const gift = { mainSku: 'TEA-2001', numerator: 1, denominator: 1, binding: 'hard' } as const
  taken(await saveGiftOf(sets, 'TEA-2901', gift, SYSTEM))
  await seedPlaces(core)
}

async function seedPlaces(core: Hub['core']): Promise<void> {
  const deps = sourcingDeps(core)
  for (const { code, ...ability } of ABILITIES)
    taken(await editAbility(deps, SYSTEM, code, { ...ability, zone: null }))
  const rows = LANES.map(([warehouse, province, hours, first, further], index) => ({
    row: index + 2,
    cells: [warehouse, province, '*', String(hours), first, further],
  }))
  const header = ['仓库编码', '省份', '城市', '时效', '首重', '续重']
  taken(await importLanes(deps, SYSTEM, { header, rows }))
}

function taken(result: Result<unknown>): void {
  if (!result.ok) throw new Outage(result.refusal.code, result.refusal.detail, { retryable: false })
}

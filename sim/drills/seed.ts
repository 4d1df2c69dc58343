import type { Hub } from '#app/main.ts'
import { warehouseDeps } from '#app/warehouses.ts'
import type { Settings } from '#domain/connector.ts'
import { type AuditEvent, recordAudit, SYSTEM } from '#features/identity/index.ts'
import { savePollPlan } from '#features/pull/index.ts'
import { mapSkus } from '#features/skus/index.ts'
import { addWarehouse } from '#features/warehouses/index.ts'
import { editAccount, editSender } from '#features/waybills/index.ts'
import { connectionId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import type { Result } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'

// A house in good order: every article is known, there is stock for hours, carriers make waybills by themselves. What is wrong in a
// drill is its fault and nothing else.

const SKUS: Readonly<Record<string, string>> = {
  'CAT-LITTER-6L': 'PET-1001',
  'CAT-FOOD-2KG': 'PET-1002',
  'TEA-LJ-250': 'TEA-2001',
  'MUG-WHITE-350': 'CUP-3001',
  'SOCK-M-5': 'TEX-4001',
  'LAMP-USB-01': 'LMP-7001',
  'CAKE-FROZEN-6': 'FRZ-5001',
  'POWER-20K': 'BAT-6001',
  'TEA-SET-3': 'SET-2101',
  'TEA-CLIP': 'TEA-2901',
  'CUP-BLUE': 'CUP-3002',
  'LID-CORK': 'CUP-3101',
  'TRAY-OAK': 'CUP-3301',
  'FILTER-100': 'CUP-3201',
}
export const WAREHOUSES = [
  { code: 'EAST', name: '华东仓', province: '上海', city: '上海', priority: 10 },
  { code: 'SOUTH', name: '华南仓', province: '广东', city: '广州', priority: 20 },
] as const
const PIECES = 40_000

export function taken<T>(result: Result<T>): T {
  if (!result.ok) throw new Outage(result.refusal.code, result.refusal.detail, { retryable: false })
  return result.value
}

export async function seedGoods({ core }: Hub): Promise<void> {
  const { clock, database } = core
  const mappings = Object.entries(SKUS).map(([shopSku, stockSku]) => ({ connection: '*', shopSku, stockSku }))
  const audit = (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry)
  await mapSkus({ sql: database.db, audit }, mappings, SYSTEM)
  for (const warehouse of WAREHOUSES)
    taken(await addWarehouse(warehouseDeps(core), SYSTEM, { ...warehouse, countsInTransit: false }))
  const changes = WAREHOUSES.flatMap(({ code }) =>
    Object.values(SKUS).map((sku) => ({
      sku,
      warehouse: code,
      setPhysical: PIECES,
      inTransit: 0,
      setSafety: 0,
    })),
  )
  taken(
    await core.stock.ask({
      do: 'adjust',
      key: 'drill:opening',
      changes,
      cause: 'opening',
      actor: SYSTEM.name,
      evidence: { source: 'drill' },
    }),
  )
}

/**
 * A push takes its milliseconds whatever the drill's clock does, and at twenty times the speed they are seconds: polls that look no nearer
 * than two minutes never come first, and an alarm of lost pushes means lost pushes.
 */
const PATIENT_POLLS = { everySeconds: 180, overlapSeconds: 240, lagSeconds: 120 }

/** The fallback polls of these shops leave pushes their time. `everyMinutes`: as an operator set them; null: the usual three. */
export async function seedPolls(
  { core }: Hub,
  connections: readonly string[],
  everyMinutes: number | null,
): Promise<void> {
  const everySeconds = everyMinutes === null ? PATIENT_POLLS.everySeconds : everyMinutes * 60
  const { db } = core.database
  for (const id of connections) {
    const connected = core.directory.byId(connectionId(id))
    if (connected?.connector.poll === undefined) continue
    taken(
      await db.begin((tx) => savePollPlan(tx, connected, { ...PATIENT_POLLS, everySeconds }, SYSTEM.name)),
    )
  }
  core.wakePolls()
}

type Maker = { readonly kind: string; readonly account: Settings }

const CODES: Readonly<Record<string, { carrier: string; name: string; priority: number }>> = {
  zto: { carrier: 'ZTO', name: '中通·华东网点', priority: 10 },
  yto: { carrier: 'YTO', name: '圆通·华东网点', priority: 20 },
  sf: { carrier: 'SF', name: '顺丰月结', priority: 50 },
}

/** Carriers that number parcels for the hub, from both warehouses. */
export async function seedMakers({ core }: Hub, makers: readonly Maker[]): Promise<void> {
  const { database, directory, vault, clock } = core
  const by = { actor: SYSTEM.name, now: clock.now() }
  const deps = { find: directory.byId, vault }
  await database.db.begin(async (tx) => {
    for (const { code, province, city } of WAREHOUSES)
      taken(
        await editSender(
          tx,
          code,
          {
            name: '晨光发货组',
            phone: '02155550100',
            company: '晨光家居',
            country: 'CN',
            province,
            city,
            district: '',
            address: '物流园 8 号库',
            postalCode: '',
          },
          by,
        ),
      )
    for (const { kind, account } of makers) {
      const known = CODES[kind]
      if (known === undefined) continue
      taken(
        await editAccount(
          tx,
          deps,
          null,
          {
            ...known,
            connectionId: `drill-${kind}`,
            service: null,
            settings: account,
            warehouses: [],
            mode: 'auto',
            active: true,
          },
          by,
        ),
      )
    }
  })
}

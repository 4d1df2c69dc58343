import { existsSync } from 'node:fs'
import { seededRandom } from '#kernel/random.ts'
import { hasMariadb } from '#test-support/mariadb.ts'
import type { SimPlatform } from './platform.ts'
import type { SimWarehouse } from './platforms/warehouse-book.ts'
import { simMariadbWarehouse } from './platforms/warehouse-mariadb.ts'
import { simRedisWarehouse } from './platforms/warehouse-redis.ts'

const SKUS = ['PET-1001', 'PET-1002', 'TEA-2001', 'CUP-3001', 'TEX-4001', 'CUP-3002', 'CUP-3101', 'CUP-3201']
const MOVES_A_MINUTE = 40

const NAMES: Readonly<Record<SimWarehouse['kind'], string>> = {
  'mysql-binlog': '西南仓 WMS 数据库（模拟 MariaDB）',
  'redis-stream': '华中仓消息流（模拟 Redis Stream）',
}

export type DemoWarehouses = {
  readonly warehouses: readonly SimWarehouse[]
  readonly close: () => Promise<void>
}

/** Debian's packages of the two servers are on this machine. */
export function canRunWarehouses(): boolean {
  return hasMariadb() && existsSync('/usr/bin/redis-server')
}

/**
 * Two warehouses with real servers, for a newcomer to take in with the wizard: the connections are there, the warehouses are not.
 * Answers null, and says so, where the servers are not installed; the rest of the demo does not need them.
 */
export async function startDemoWarehouses(
  connect: (platform: SimPlatform, id: string, name: string) => Promise<void>,
  seed: number,
  out: (line: string) => void,
): Promise<DemoWarehouses | null> {
  if (!canRunWarehouses()) {
    out(
      'Sample warehouses are left out: apt-get install mariadb-server redis-server brings them. 未安装 MariaDB/Redis，略去样例仓库。',
    )
    return null
  }
  const random = seededRandom(seed)
  const opening = (): Map<string, number> =>
    new Map(SKUS.map((sku) => [sku, 200 + Math.floor(random.next() * 800)]))
  const warehouses: readonly SimWarehouse[] = await Promise.all([
    simMariadbWarehouse({ code: 'XN01', random, opening: opening() }),
    simRedisWarehouse({ code: 'HZ01', random, opening: opening() }),
  ])
  try {
    for (const warehouse of warehouses) {
      await connect(asPlatform(warehouse), `demo-${warehouse.kind}`, NAMES[warehouse.kind])
      warehouse.begin(MOVES_A_MINUTE)
    }
  } catch (error) {
    await Promise.allSettled(warehouses.map((one) => one.close()))
    throw error
  }
  out('Two sample warehouses wait for the onboarding wizard (仓库 → 接入向导 可接入以下样例仓库):')
  for (const { kind, settings, code, mapping } of warehouses)
    out(
      kind === 'mysql-binlog'
        ? `  MariaDB  ${settings.host}:${settings.port}  database ${settings.database}  user ${settings.user}  password ${settings.password}  table ${mapping.table}  warehouse ${code}`
        : `  Redis    ${settings.nodes}  stream ${mapping.table}  warehouse ${code}`,
    )
  return {
    warehouses,
    close: async () => void (await Promise.allSettled(warehouses.map((one) => one.close()))),
  }
}

/** As the demo connects everything else; a database is never pushed to. */
function asPlatform({ kind, settings, settled, close }: SimWarehouse): SimPlatform {
  return {
    kind,
    settings,
    pushTo: () => undefined,
    settled,
    counts: () => ({ acknowledged: 0, refused: 0, sent: 0 }),
    close,
  }
}

import assert from 'node:assert/strict'
import { openFileStore } from '#features/imports/index.ts'
import { applyStock } from '#features/stock/index.ts'
import type { WatchTransfersDeps } from '#features/transfers/deps.ts'
import { transferRoutes } from '#features/transfers/http.ts'
import { type Clock, manualClock } from '#kernel/clock.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { testDataDir } from './data-dir.ts'
import { seedConnection } from './seed-orders.ts'
import { openTestServer, type TestServer } from './server.ts'

export type TransferRig = Awaited<ReturnType<typeof openTransferRig>>

/** A server with the routes of transfers over a database with three warehouses; the clock is moved by hand. */
export async function openTransferRig() {
  const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
  const audited: string[] = []
  const held: { deps: WatchTransfersDeps | null } = { deps: null }
  const files = openFileStore(testDataDir(), clock, 1_000_000)
  const server = await openTestServer((app, { sql }) => {
    const alarms = openAlarms({ db: sql, clock, onUnstored: () => assert.fail('stored') })
    const deps: WatchTransfersDeps = {
      db: sql,
      clock,
      zone: () => 'Asia/Shanghai',
      audit: async (_tx, entry) => void audited.push(entry.action),
      lockSeconds: 30,
      tryMinutes: 2,
      alarms,
    }
    held.deps = deps
    transferRoutes(app, { ...deps, files: () => files })
  })
  const { deps } = held
  assert.ok(deps !== null)
  for (const [code = '', name = '', figures = ''] of [
    ['BJ', '北京仓', 'own'],
    ['SH', '上海仓', 'own'],
    ['GZ', '广州仓', 'captured'],
  ])
    await server.sql`insert into warehouse (code, name, figures, updated_by) values (${code}, ${name}, ${figures}, 'test')`
  await seedConnection(server.sql, 'shop', '旗舰店')
  await seedConnection(server.sql, 'live', '直播间')
  return { server, deps, clock, audited, ...actsOf(server, clock) }
}

export type Detail = {
  id: string
  transferNo: string
  state: string
  code: string | null
  words: string
  lockMs: number | null
  may: string[]
  returnedBy: string | null
  lines: { line: number; received: number; onTheWay: number; lost: number; damaged: number }[]
  events: { kind: string; actor: string }[]
}

function actsOf(server: TestServer, clock: Pick<Clock, 'now'>) {
  let keys = 0
  async function stock(sku: string, warehouse: string, pieces: number, safety = 0): Promise<void> {
    const done = await apply({
      do: 'adjust',
      key: null,
      changes: [{ sku, warehouse, setPhysical: pieces, setSafety: safety }],
      cause: 'count',
      actor: 'test',
      evidence: null,
    })
    assert.ok(done.ok)
  }
  async function apply(command: Parameters<typeof applyStock>[1][number]) {
    const [answer] = await server.sql.begin((tx) => applyStock(tx, [command], clock.now()))
    assert.ok(answer !== undefined)
    return answer
  }
  /** physical, locked, reserved, in transit, available. */
  async function level(sku: string, warehouse: string): Promise<number[]> {
    const [row] = await server.sql<Record<string, number>>`
      select physical, locked, reserved, in_transit, available from stock_level where sku = ${sku} and warehouse = ${warehouse}`
    return row === undefined ? [] : Object.values(row)
  }
  /** Counters are what the holds say, at all times. */
  async function counted(): Promise<void> {
    const wrong = await server.sql`
      select l.sku, l.warehouse from stock_level l
      where locked <> (select coalesce(sum(open), 0) from stock_hold_line h where h.sku = l.sku and h.warehouse = l.warehouse and kind = 'lock')
          or reserved <> (select coalesce(sum(open), 0) from stock_hold_line h where h.sku = l.sku and h.warehouse = l.warehouse and kind = 'reservation')
          + (select coalesce(sum(left_over), 0) from stock_quota q where q.sku = l.sku and q.warehouse = l.warehouse)`
    assert.deepEqual(wrong, [])
  }

  async function make(body: object): Promise<{ status: number; body: Detail & { code: string } }> {
    keys += 1
    const answer = await server.call('POST', '/api/transfers', { key: `k${keys}`, reason: '补货', ...body })
    return answer as { status: number; body: Detail & { code: string } }
  }
  async function act(id: string, action: string, body: object = {}) {
    const answer = await server.call('POST', `/api/transfers/${id}/${action}`, body)
    return answer as { status: number; body: Detail & { detail: string; data: unknown } }
  }
  return { stock, apply, level, counted, make, act }
}

/** A transfer of one SKU from BJ to SH. */
export const one = (sku: string, quantity: number, more: object = {}) => ({
  from: 'BJ',
  to: 'SH',
  lines: [{ sku, quantity }],
  ...more,
})

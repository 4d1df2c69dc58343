import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { driftRoutes } from './http.ts'

let server: TestServer
const clock = manualClock(Temporal.Instant.from('2026-02-10T00:00:00Z'))

// d1: open since Feb 9th (1 day). d2: Jan 1st to Feb 2nd (32 days). d3: one hour on Feb 5th. d4: since when is not known.
const DRIFTS = [
  ['d1', 'shipped', 'report_missing', '2026-02-09T00:00:00Z', null],
  ['d2', 'times', 'time_zone', '2026-01-01T00:00:00Z', '2026-02-02T00:00:00Z'],
  ['d3', 'shipped', 'late_message', '2026-02-05T00:00:00Z', '2026-02-05T01:00:00Z'],
  ['d4', 'carrier', 'carrier_differs', null, null],
] as const

before(async () => {
  server = await openTestServer((app, { sql }) => driftRoutes(app, { sql, clock, zone: () => 'UTC' }))
  const { sql } = server
  await seedConnection(sql, 'sf', '顺丰')
  for (const [orderNo, field, cause, since, until] of DRIFTS) {
    const id = await seedOrder(sql, { orderNo, drift: 1 })
    await sql`insert into drift (order_id, field, cause, since, until, claims) values (${id}, ${field}, ${cause}, ${since}, ${until},
      '[{"source":"sf other","says":"picked_up","at":"2026-02-09T00:00:00Z"}]')`
  }
})
after(async () => await server.close())

type Item = { orderNo: string; durationSeconds: number; claims: { source: string }[] }
async function list(query: string): Promise<Item[]> {
  const all: Item[] = []
  let next: string | null = ''
  while (next !== null) {
    const answer = await server.call(
      'GET',
      `/api/drift?${query}&limit=1${next === '' ? '' : `&cursor=${next}`}`,
    )
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    const page = answer.body as { items: Item[]; next: string | null }
    all.push(...page.items)
    next = page.next
    // Time passes while a person reads; the list stays the one of its first page.
    clock.advance({ hours: 1 })
  }
  clock.set(Temporal.Instant.from('2026-02-10T00:00:00Z'))
  return all
}
const names = (items: Item[]): string[] => items.map((item) => item.orderNo)

test('longest first, page by page, with open ones lasting until now', async () => {
  const items = await list('')
  assert.deepEqual(names(items), ['d2', 'd1', 'd3', 'd4'])
  assert.deepEqual(
    items.map((item) => item.durationSeconds),
    [32 * 86_400, 86_400, 3_600, 0],
  )
  assert.equal(items[0]?.claims[0]?.source, '顺丰, other')
})

test('filters: open, field, cause, period; newest first by since', async () => {
  assert.deepEqual(names(await list('open=1')), ['d1', 'd4'])
  assert.deepEqual(names(await list('field=shipped')), ['d1', 'd3'])
  assert.deepEqual(names(await list('cause=time_zone')), ['d2'])
  assert.deepEqual(names(await list('sort=since')), ['d1', 'd3', 'd2', 'd4'])
  assert.deepEqual(
    names(await list('from=2026-02-05&to=2026-02-05')).filter((name) => name !== 'd4'),
    ['d3'],
  )
})

test('the top of a month counts only what lies in it', async () => {
  const { body } = await server.call('GET', '/api/drift/top?limit=2')
  const top = body as { items: Item[] }
  assert.deepEqual(
    top.items.map((item) => [item.orderNo, item.durationSeconds]),
    [
      ['d2', 86_400],
      ['d1', 86_400],
    ].sort((a, b) => rank(b[0]) - rank(a[0])),
  )
})

/** Both lasted a day of February; the later order stands first. */
const rank = (name: unknown): number => ['d1', 'd2'].indexOf(String(name))

test('the summary counts per field and cause', async () => {
  const { body } = await server.call('GET', '/api/drift/summary')
  const summary = body as {
    open: number
    closed: number
    groups: { cause: string; longestSeconds: number }[]
  }
  assert.deepEqual([summary.open, summary.closed], [2, 2])
  assert.equal(summary.groups.find((group) => group.cause === 'late_message')?.longestSeconds, 3_600)
})

test('a broken period is refused', async () => {
  const { body } = await server.call('GET', '/api/drift?from=yesterday')
  assert.equal((body as { code: string }).code, 'drift.bad_time')
})

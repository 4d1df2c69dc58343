import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { SYSTEM } from '#features/identity/index.ts'
import { previewReplay, replay } from '#features/intake/index.ts'
import {
  addDraft,
  type MappingDeps,
  mappingDirectory,
  previewDraft,
  publishDraft,
  rollBack,
} from '#features/mapping/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { interpretAny, testConnector, testHub } from '#test-support/pipeline.ts'
import { freshDatabase } from '#test-support/postgres.ts'

const database = await freshDatabase()
after(() => database.close())
await ensurePartitions(database.sql, Temporal.Now.plainDateISO('UTC'))

const KIND = { kind: 'shop', connectionId: null }
const { sql } = database
// The classic mistake: the platform's `consignment` means that the courier has it, not that the shop has sent it.
const shop = testConnector('shop', 'channel', { placed: 'placed', paid: 'paid', consignment: 'dispatched' })
const hub = testHub(sql, { 'shop-1': shop })
const directory = mappingDirectory({ db: sql, connectors: [shop] })
const deps = { ...hub.deps(), rulesFor: directory.rulesFor }
const mapping: MappingDeps = {
  db: sql,
  connectors: [shop],
  directory,
  clock: systemClock,
  connectionsOf: () => ['shop-1'],
  preview: (filter, rulesFor) => previewReplay(deps, filter, rulesFor),
  replay: (filter) => replay(deps, filter),
}
const drain = async (): Promise<void> => {
  while ((await interpretAny(deps, 100)) > 0);
}
const message = (no: string, code: string, minute: number) => ({
  key: `${no}-${code}`,
  content: [{ no, version: 1, lines: [{ lineId: '1', quantity: 1 }] }],
  claims: [{ by: 'order', no, code, minute }],
})
const statusOf = async (no: string): Promise<string | undefined> =>
  (await sql<{ status: string }>`select status from sales_order where order_no = ${no}`)[0]?.status
const kindsOf = async (): Promise<string[]> =>
  (await sql<{ kind: string }>`select kind from fact order by kind`).map((row) => row.kind)

test('a rule that was wrong is corrected, and what the preview said is what happens', async () => {
  for (const [code, minute] of [
    ['placed', 0],
    ['paid', 1],
    ['consignment', 2],
  ] as const)
    await hub.send('shop-1', message('N1', code, minute))
  await drain()
  assert.equal(await statusOf('N1'), 'shipped')
  assert.deepEqual(await kindsOf(), ['dispatched', 'paid', 'placed'])

  const draft = await addDraft(mapping, SYSTEM, KIND, { rules: { consignment: 'held' }, note: '' })
  assert.ok(draft.ok)
  const preview = await previewDraft(mapping, draft.value.id, 7)
  assert.ok(preview.ok)
  const { orders, factsAdded, factsRemoved, messages } = preview.value
  assert.deepEqual([messages, factsAdded, factsRemoved, orders.length], [3, 1, 1, 1])
  assert.equal(await statusOf('N1'), 'shipped')

  const published = await publishDraft(mapping, SYSTEM, draft.value.id, 7)
  assert.deepEqual(published, { ok: true, value: { version: 1, replayed: 3 } })
  await drain()
  assert.deepEqual(await kindsOf(), ['held', 'paid', 'placed'])
  assert.equal(await statusOf('N1'), orders[0]?.to)
  assert.notEqual(await statusOf('N1'), 'shipped')

  const none = await addDraft(mapping, SYSTEM, KIND, { rules: { consignment: 'none' }, note: '' })
  assert.ok(none.ok && (await publishDraft(mapping, SYSTEM, none.value.id, 7)).ok)
  await drain()
  assert.deepEqual(await kindsOf(), ['paid', 'placed'])
})

test('a message with an undecided code waits, and goes on by itself once it is decided', async () => {
  await hub.send('shop-1', message('N2', 'placed', 10))
  await hub.send('shop-1', message('N2', 'mystery', 11))
  await drain()
  const parked = async (): Promise<bigint | undefined> =>
    (
      await sql<{ count: bigint }>`select count(*) from inbox_task where park_code = 'mapping.unknown_code'`
    )[0]?.count
  assert.equal(await parked(), 1n)
  const before = await statusOf('N2')
  const draft = await addDraft(mapping, SYSTEM, KIND, {
    rules: { consignment: 'none', mystery: 'cancelled' },
    note: '',
  })
  assert.ok(draft.ok)
  const published = await publishDraft(mapping, SYSTEM, draft.value.id, 7)
  assert.ok(published.ok && published.value.replayed === 1)
  await drain()
  assert.equal(await parked(), 0n)
  assert.notEqual(await statusOf('N2'), before)
  assert.equal(await statusOf('N2'), 'cancelled')
})

test('after a rollback the messages read as they did before', async () => {
  const back = await rollBack(mapping, SYSTEM, KIND, 1, 7)
  assert.ok(back.ok && back.value.version === 4)
  await drain()
  assert.ok((await kindsOf()).includes('held'))
  // Rolling back undecides `mystery`: nobody has said that its reading was wrong, so the fact stays and the message waits.
  assert.equal(await statusOf('N2'), 'cancelled')
})

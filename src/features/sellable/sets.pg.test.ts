import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { applyStock } from '#features/stock/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { collectFor, putListing } from './listings/edit-listings.ts'
import { explodeBundles, sellableOf } from './read-sellable.ts'
import { importBundles, importGifts, saveBundleOf, saveGiftOf } from './sets/edit-sets.ts'

let database: FreshDatabase
const clock = manualClock(Temporal.Instant.from('2026-11-11T00:00:00Z'))
const ACTOR = { kind: 'user', id: '1', name: 'lin' } as const
const deps = () => ({ db: database.sql, clock, audit: async () => undefined, canTell: () => true })

before(async () => {
  database = await freshDatabase()
  await database.sql`insert into warehouse (code, name, updated_by) values ('HZ', 'HZ', 'test')`
})
after(async () => await database.close())

/** So many pieces stand there now. */
async function count(sku: string, warehouse: string, pieces: number, safety = 0): Promise<void> {
  await database.sql.begin(async (tx) => {
    const answers = await applyStock(
      tx,
      [
        {
          do: 'adjust',
          key: null,
          changes: [{ sku, warehouse, setPhysical: pieces, setSafety: safety }],
          cause: 'count',
          actor: 'test',
          evidence: null,
        },
      ],
      clock.now(),
    )
    assert.ok(answers[0]?.ok)
  })
}
test('what is sellable: safety kept back, bundles by their parts, gifts by their main product', async () => {
  await count('TEA', 'HZ', 10, 2)
  await count('CUP', 'HZ', 9)
  await count('BAG', 'HZ', 100)
  const parts = [
    { sku: 'TEA', quantity: 1 },
    { sku: 'CUP', quantity: 2 },
  ]
  assert.ok((await saveBundleOf(deps(), 'SET', parts, ACTOR)).ok)
  assert.ok(
    (
      await saveGiftOf(
        deps(),
        'BAG',
        { mainSku: 'SET', numerator: 3, denominator: 2, binding: 'hard' },
        ACTOR,
      )
    ).ok,
  )
  const found = await sellableOf(database.sql, ['TEA', 'SET', 'BAG', 'NONE'])
  // TEA 10 - 2 = 8; SET min(8, 9 / 2) = 4; BAG min(100, 4 * 3 / 2) = 6.
  assert.deepEqual(
    found.map((one) => one.pieces),
    [8, 4, 6, 0],
  )
  const lines = await explodeBundles(database.sql, [{ sku: 'SET', quantity: 2, warehouse: null }])
  assert.deepEqual(lines, [
    { sku: 'CUP', quantity: 4, warehouse: null },
    { sku: 'TEA', quantity: 2, warehouse: null },
  ])
  const nested = await saveBundleOf(deps(), 'BOX', [{ sku: 'SET', quantity: 1 }], ACTOR)
  assert.equal(nested.ok ? '' : nested.refusal.code, 'sellable.bundle_nested')
  const ring = await saveGiftOf(
    deps(),
    'CARD',
    { mainSku: 'BAG', numerator: 1, denominator: 1, binding: 'hard' },
    ACTOR,
  )
  assert.equal(ring.ok ? '' : ring.refusal.code, 'sellable.gift_of_gift')
})

test('files: good rows are kept, faulty ones named, a bundle with one of them left as it was', async () => {
  await database.sql`delete from sku_bundle`
  await database.sql`delete from sku_gift`
  const bundles = [
    'bundle_sku,part_sku,quantity',
    'SET,TEA,1',
    'SET,CUP,2',
    'BOX,TEA,x',
    'BOX,CUP,1',
    'CRATE,SET,1',
    ',TEA,1',
  ].join('\n')
  const done = await importBundles(deps(), Buffer.from(bundles), ACTOR)
  assert.ok(done.ok)
  assert.equal(done.value.saved, 1)
  assert.deepEqual(
    done.value.errors.map((error) => [error.row, error.column, error.code]),
    [
      [4, 'quantity', 'sellable.bad_quantity'],
      [6, '', 'sellable.bundle_nested'],
      [7, 'bundle_sku', 'sellable.bad_sku'],
    ],
  )
  const gifts = '赠品编码,主商品编码,赠品数,主品数,绑定\nBAG,TEA,1,2,弱\nBAG,CUP,1,1,\nTEA,CUP,1,1,hart'
  const given = await importGifts(deps(), Buffer.from(gifts), ACTOR)
  assert.ok(given.ok)
  assert.deepEqual(
    [given.value.saved, given.value.errors.map((error) => error.code)],
    [1, ['sellable.row_twice', 'sellable.bad_binding']],
  )
  const bad = await importGifts(deps(), Buffer.from([0xff, 0xfe, 0x00]), ACTOR)
  assert.equal(bad.ok ? '' : bad.refusal.code, 'sellable.bad_file')
})

test('listings come from the mapping; one shop SKU stands for one stock SKU', async () => {
  await database.sql`insert into sku_mapping values ('shop', 'm-1', 'TEA', 'test')`
  assert.deepEqual(await collectFor(deps(), 'shop', ACTOR), { ok: true, value: { added: 1 } })
  assert.deepEqual(await collectFor(deps(), 'shop', ACTOR), { ok: true, value: { added: 0 } })
  const taken = await putListing(deps(), { connection: 'shop', stockSku: 'CUP', shopSku: 'm-1' }, {}, ACTOR)
  assert.equal(taken.ok ? '' : taken.refusal.code, 'sellable.listing_taken')
  await database.sql`delete from sku_mapping`
})

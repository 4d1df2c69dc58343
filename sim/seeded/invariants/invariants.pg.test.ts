import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Database, json, type Sql } from '#platform/postgres/database.ts'
import { account, follow, ready, vault, work, world } from '#test-support/waybill-world.ts'
import { BREAKS_OF_ORDERS, BREAKS_OF_PARCELS, type Break } from './breaks.ts'
import { BREAKS_AROUND } from './breaks-around.ts'
import { INVARIANTS } from './index.ts'

const BREAKS = { ...BREAKS_OF_ORDERS, ...BREAKS_OF_PARCELS, ...BREAKS_AROUND }
const LEAST_SHARE = 0.9

test('every invariant holds on a small real trade, and each is reported once it is broken: PL1 PL2 PL3 PL4 PL5 PL6 PL7 PL8 OS18 too', async () => {
  await makeTrade()
  const { sql } = world.database
  const now = Temporal.Now.instant()
  const look = { db: sql, now }
  for (const one of INVARIANTS) assert.deepEqual(await one.check(look), [], one.id)
  // A second look at the same database compares nothing anew, and finds nothing either.
  for (const one of INVARIANTS) assert.deepEqual(await one.check(look), [], one.id)

  const unbroken: string[] = []
  for (const one of INVARIANTS) {
    const breaks = BREAKS[one.id]
    if (breaks === undefined) continue
    const words = await brokenBy(sql, breaks, (tx) => one.check({ db: tx, now }))
    if (words.length === 0) unbroken.push(one.id)
    assert.ok(words.length <= 20, one.id)
  }
  assert.deepEqual(unbroken, [], 'these were broken and said nothing')
  assert.deepEqual(
    Object.keys(BREAKS).filter((id) => INVARIANTS.every((one) => one.id !== id)),
    [],
    'these break what is no invariant',
  )
  const share = Object.keys(BREAKS).length / INVARIANTS.length
  assert.ok(share >= LEAST_SHARE, `only ${Math.round(share * 100)}% of the invariants are broken by hand`)
  for (const one of INVARIANTS) assert.deepEqual(await one.check(look), [], one.id)
})

test('PL8: a push whose order was fetched for it is no break, however far the clocks of both processes are apart', async () => {
  const { sql } = world.database
  const pushed = BREAKS_AROUND.PL8 ?? []
  const fetched: Break = {
    into: 'outbox_intent',
    row: { key: 'fetch_order:dy:never-fetched:push:1', effect: 'fetch_order', created_at: '2026-01-01' },
  }
  const [named] = INVARIANTS.filter((one) => one.id === 'PL8')
  const check = (tx: Database) => named?.check({ db: tx, now: Temporal.Now.instant() }) ?? Promise.resolve([])
  assert.equal((await brokenBy(sql, pushed, check)).length, 1)
  assert.deepEqual(await brokenBy(sql, [...pushed, fetched], check), [])
})

/** `o1` is planned, locked and has its waybill; `o2` was printed elsewhere, left and was delivered; `o3` was cancelled, `o4` waits locked. */
async function makeTrade(): Promise<void> {
  // The connections of tests have no secrets; a real one's lie sealed.
  await world.database.sql`update connection set secrets = ${vault.seal(Buffer.from('{}'))}`
  await account('first', 'carrier', 'ZTO', 10)
  await ready('o1', 2)
  await follow()
  await work()
  await ready('o2')
  await world.tell('station', [{ by: 'reference', no: 'o2', code: 'printed', minute: 2, parcel: 'T2' }])
  await world.tell('carrier', [{ by: 'parcel', no: 'T2', code: 'picked', minute: 3 }])
  await world.tell('carrier', [{ by: 'parcel', no: 'T2', code: 'signed', minute: 4 }])
  await ready('o4', 3)
  await ready('o3')
  await world.say('o3', 'cancelled', 5)
  await world.settle()
}

class Undone extends Error {}

/** What the check says while this is so; nothing of it stays. */
async function brokenBy(
  sql: Database,
  breaks: readonly Break[],
  check: (tx: Database) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  let words: readonly string[] = []
  await sql
    .begin(async (tx) => {
      await tx`set local session_replication_role = replica`
      for (const one of breaks) await carryOut(tx, one)
      words = await check(tx as Database)
      throw new Undone()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw new Error(JSON.stringify(breaks), { cause: error })
    })
  return words
}

async function carryOut(tx: Sql, one: Break): Promise<void> {
  if (typeof one !== 'string') return await insertAnyhow(tx, one.into, one.row)
  const table = /(?:update|into|from|table) (\w+)/.exec(one)?.[1]
  if (table !== undefined) await loosen(tx, table)
  await run(tx, one)
}

/** What a person writes at a console; a template that is not in the source is sent as it stands. */
async function run(tx: Sql, text: string): Promise<void> {
  await tx(Object.assign([text], { raw: [text] }))
}

/** Takes away what keeps the database itself from such rows: checks and unique keys. */
async function loosen(tx: Sql, table: string): Promise<void> {
  const held = await tx<{ text: string }>`
    select format('alter table %I drop constraint %I', ${table}::text, conname) as text from pg_constraint
    where conrelid = ${table}::regclass and contype in ('c', 'u') and coninhcount = 0
    union all select format('drop index %I', c.relname) from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = ${table}::regclass and i.indisunique and not i.indisprimary
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`
  for (const { text } of held) await run(tx, text)
}

const OF_TYPE: readonly (readonly [RegExp, unknown])[] = [
  [/\[\]$/, []],
  [/int|numeric|double/, 0],
  [/bool/, false],
  [/timestamp/, 'now'],
  [/date/, '2026-11-23'],
  [/json/, {}],
  [/uuid/, '00000000-0000-4000-8000-000000000000'],
  [/bytea/, '\\x00'],
]

async function insertAnyhow(tx: Sql, table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
  await loosen(tx, table)
  const columns = await tx<{ name: string; type: string; needed: boolean }>`
    select attname as name, format_type(atttypid, null) as type, attnotnull and not atthasdef and attidentity = '' as needed
    from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`
  const chosen = columns.filter(({ name, needed }) => needed || name in row)
  const values = Object.fromEntries(
    chosen.map(({ name, type }) => [
      name,
      row[name] ?? OF_TYPE.find(([pattern]) => pattern.test(type))?.[1] ?? 'x',
    ]),
  )
  const names = chosen.map(({ name }) => `"${name}"`).join(', ')
  const head = `insert into ${table} (${names}) overriding system value select ${names} from jsonb_populate_record(null::${table}, `
  await tx(Object.assign([head, '::jsonb)'], { raw: [] }), json(values))
}

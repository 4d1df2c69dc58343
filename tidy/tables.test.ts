import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMigrations } from '#platform/migrate.ts'
import { allSources, expectNone, sourceOf } from './sources.ts'
import { TABLE_OWNERS } from './table-owners.ts'
import { findForeignWrites, findStraySql, tablesOf } from './tables.ts'

test('SQL stands in store.ts and src/platform only', () => {
  expectNone(findStraySql(allSources()))
})

test('every table has one owner, and only the owner writes it', () => {
  const tables = tablesOf(readMigrations().map((migration) => migration.text))
  expectNone(findForeignWrites(allSources(), tables, TABLE_OWNERS))
})

test('a query outside a store is found, whatever its row type', () => {
  const lines = ['await sql`select 1`', 'await tx<{ id: string }>`select 1`', 'await db<Row>`select 1`']
  for (const line of lines)
    assert.equal(findStraySql([sourceOf('src/features/a/x.ts', line)]).length, 1, line)
  assert.deepEqual(findStraySql([sourceOf('src/features/a/store.ts', 'await sql`select 1`')]), [])
  assert.deepEqual(findStraySql([sourceOf('src/features/a/x.ts', '// sql`select 1`')]), [])
})

test('tables are read from the migrations without their partitions and without dropped ones', () => {
  const first =
    'create table a (\n  id int\n);\n-- create table c ()\ncreate table a_0 partition of a for values in (1);'
  assert.deepEqual(tablesOf([first, 'create table if not exists b (id int);', 'drop table a;']), ['b'])
})

test('a write by another than the owner, an unlisted and a vanished table are found', () => {
  const stranger = sourceOf(
    'src/features/b/store.ts',
    'await sql`\n  update a set x = 1`\nawait sql`select * from a`',
  )
  assert.deepEqual(findForeignWrites([stranger], ['a', 'c'], { a: 'src/features/a', d: 'src/features/a' }), [
    'tidy/table-owners.ts:1: the table c has no owner',
    'tidy/table-owners.ts:1: no migration makes the table d',
    'src/features/b/store.ts:2: writes a, which belongs to src/features/a',
  ])
})

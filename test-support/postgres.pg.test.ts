import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyTables, freshDatabase } from './postgres.ts'

test('tables are emptied with those that refer to them, whatever their order and triggers; others stay', async () => {
  const { sql, close } = await freshDatabase()
  try {
    await sql.raw(`
      create table shelf (id int primary key);
      create table box (id int primary key, shelf int references shelf);
      create table thing (box int references box);
      create table other (id int);
      create function refuse() returns trigger language plpgsql as 'begin raise exception ''kept''; end';
      create trigger kept before delete on thing execute function refuse();
      insert into shelf values (1); insert into box values (1, 1); insert into thing values (1); insert into other values (1)`)
    await emptyTables(sql, ['shelf'])
    const [left] = await sql`
      select (select count(*) from shelf)::int as shelf, (select count(*) from box)::int as box, (select count(*) from thing)::int as thing,
        (select count(*) from other)::int as other`
    assert.deepEqual(left, { shelf: 0, box: 0, thing: 0, other: 1 })
    // Only while it emptied them.
    await sql`insert into shelf values (1)`
    await assert.rejects(sql`insert into box values (1, 2)`, /violates foreign key/)
  } finally {
    await close()
  }
})

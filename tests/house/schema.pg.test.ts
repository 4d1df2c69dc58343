import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { emptyDatabase, freshDatabase } from '#test-support/postgres.ts'
import { dumpSchema } from '#test-support/schema-dump.ts'

test('db/schema.sql is what the migrations make; "npm run schema" writes it', async () => {
  const database = await freshDatabase()
  try {
    const committed = readFileSync(new URL('../../db/schema.sql', import.meta.url), 'utf8')
    assert.equal(await dumpSchema(database.sql), committed)
  } finally {
    await database.close()
  }
})

test('the committed dump makes the same schema on an empty database', async () => {
  const [migrated, empty] = [await freshDatabase(), await emptyDatabase()]
  try {
    const dump = await dumpSchema(migrated.sql)
    await empty.sql.raw(dump)
    assert.equal(await dumpSchema(empty.sql), dump)
  } finally {
    await migrated.close()
    await empty.close()
  }
})

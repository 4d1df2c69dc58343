// Writes db/schema.sql, what the migrations add up to; with --check it only compares.
// Usage: npm run schema [-- --check]
import { readFileSync, writeFileSync } from 'node:fs'
import { freshDatabase } from '#test-support/postgres.ts'
import { dumpSchema } from '#test-support/schema-dump.ts'

const file = new URL('../db/schema.sql', import.meta.url)
const database = await freshDatabase()
const dump = await dumpSchema(database.sql).finally(() => database.close())
if (!process.argv.includes('--check')) {
  writeFileSync(file, dump)
} else if (readFileSync(file, 'utf8') !== dump) {
  process.stderr.write('db/schema.sql is not what the migrations make; run: npm run schema\n')
  process.exitCode = 1
}

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Database } from '#platform/postgres/database.ts'
import { type ConsoleUnderTest, openConsole, signIn } from './console.ts'

// Every text that people or platforms can write is made one that wants to run, in all tables of a hub that has seen some trade; then
// every page is opened. Nothing runs, nothing is asked, the content policy has nothing to refuse, and the text stands there as text.

const EVIL =
  '<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>"\'><svg onload=globalThis.hacked=1>{{7*7}}‮'
/** Columns that hold what somebody wrote, whatever the table. */
const WRITTEN =
  /^(name|title|note|words|reason|remark|detail|zh|en|about|summary|first_title|buyer_note|seller_note|recipient_masked|region|park_detail|refusal_detail|last_error|error|failure|address|contact|label|value|message|created_by|updated_by|actor|actor_name|assignee)$/

const PAGES = [
  ...[
    '/orders',
    '/review',
    '/fulfilment',
    '/promises',
    '/drift',
    '/skus',
    '/rules',
    '/decisions',
    '/parcels',
    '/waybills',
  ],
  ...[
    '/labels',
    '/number-pools',
    '/reshipments',
    '/stock',
    '/holds',
    '/lock-health',
    '/transfers',
    '/warehouses',
  ],
  ...[
    '/channel-stock',
    '/messages',
    '/lanes',
    '/callbacks',
    '/polls',
    '/mapping',
    '/connections',
    '/credentials',
  ],
  ...['/look-back', '/imports', '/outbox', '/webhooks', '/outward', '/jobs', '/alarms', '/emergency'],
  ...['/settings?tab=users', '/settings?tab=keys', '/settings?tab=audit', '/settings?tab=hub'],
]

let at: ConsoleUnderTest
const dialogs: string[] = []
before(async () => {
  at = await openConsole()
  await signIn(at)
  at.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
})
after(async () => await at.close())

/** Writes it wherever a column takes it; what a check, a key or a trigger refuses stays as it was. */
async function poison(sql: Database): Promise<number> {
  const columns = await sql<{ table_name: string; column_name: string }>`
    select c.table_name, c.column_name from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type = 'text' and c.is_generated = 'NEVER'`
  let poisoned = 0
  for (const { table_name, column_name } of columns) {
    if (!WRITTEN.test(column_name) || table_name === 'schema_migration') continue
    const text = EVIL.replaceAll("'", "''")
    try {
      await sql.raw(
        `update "${table_name}" set "${column_name}" = '${text} ' || ctid::text where "${column_name}" is not null`,
      )
      poisoned += 1
    } catch {
      // Refused by the table itself.
    }
  }
  return poisoned
}

test('hostile text on every page is text', async () => {
  const { page, running } = at
  const poisoned = await poison(running.database.sql)
  assert.ok(poisoned > 60, `${poisoned} columns`)
  let shown = 0
  for (const path of PAGES) {
    await page.goto(path)
    await page.locator('main h1, main .ant-tabs').first().waitFor()
    // Lists fill after their page stands; what is loading says so.
    await page
      .locator('main .ant-spin-spinning, main .ant-skeleton-active')
      .first()
      .waitFor({ state: 'detached' })
      .catch(() => undefined)
    const hacked = await page.evaluate(() => (globalThis as { hacked?: number }).hacked)
    assert.equal(hacked, undefined, path)
    assert.equal(await page.locator('img[src="x"], main script').count(), 0, path)
    const text = (await page.locator('main').textContent()) ?? ''
    if (text.includes('onerror="globalThis.hacked=1"')) shown += 1
  }
  assert.ok(shown >= 8, `the text is seen on ${shown} pages only`)
  assert.deepEqual(dialogs, [])
  assert.deepEqual(at.complaints, [])
})

test('a link of the console cannot be made to run or to lead away', async () => {
  const { page } = at
  for (const path of [
    '/orders?q=%3Cimg%20src%3Dx%20onerror%3DglobalThis.hacked%3D1%3E',
    '/sign-in?next=javascript:globalThis.hacked=1',
    '/sign-in?next=//evil.example',
    '/settings?tab=%22%3E%3Cscript%3EglobalThis.hacked=1%3C/script%3E',
    '/nothing/%3Cscript%3EglobalThis.hacked=1%3C/script%3E',
    '/orders?order=javascript:alert(1)',
  ]) {
    await page.goto(path)
    await page.locator('body *').first().waitFor()
    assert.equal(await page.evaluate(() => (globalThis as { hacked?: number }).hacked), undefined, path)
    assert.equal(new URL(page.url()).host, new URL(at.running.hub.url).host, path)
  }
  assert.deepEqual(dialogs, [])
})

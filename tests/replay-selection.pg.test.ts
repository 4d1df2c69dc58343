import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runningHub, until } from '#test-support/hub.ts'
import { openShop, settled } from '#test-support/trade.ts'

// A selection by filter is read again, at once and as a job: what was done to the world is not done again.

test('replaying everything, twice, and once more as a job, changes no order, no fact and no intent, and calls nobody', async () => {
  const hub = await runningHub()
  const { sql } = hub.database
  const shop = await openShop(sql, hub.hub.url)
  try {
    await shop.trade(3)
    await shop.settled()
    await settled(hub.database, () => 'the trade did not settle')
    const book = async (): Promise<unknown> => {
      const [row] = await sql<Record<string, bigint | string>>`
        select (select count(*) from fact) as facts, (select count(*) from outbox_intent) as intents,
          (select sum(attempts) from outbox_intent)::bigint as attempts, (select count(*) from drift) as drift,
          (select string_agg(order_no || ' ' || status || ' ' || encode(digest, 'hex'), ',' order by order_no) from sales_order) as orders`
      return row
    }
    const before = await book()
    const preview = await hub.call('POST', '/api/messages/replay/preview', { filter: {} })
    const told = preview.body as {
      messages: number
      matching: number
      factsAdded: number
      ordersChanged: unknown[]
    }
    assert.ok(told.messages >= 6 && told.matching === told.messages, JSON.stringify(told))
    assert.deepEqual([told.factsAdded, told.ordersChanged], [0, []])
    for (let i = 0; i < 2; i += 1) {
      const { body } = await hub.call('POST', '/api/messages/replay', { filter: {} })
      assert.equal((body as { queued: number }).queued, told.matching)
      await settled(hub.database, () => 'the replay did not settle')
      assert.deepEqual(await book(), before)
    }
    const [end] = await sql<{ id: bigint }>`select max(id) + 1 as id from inbox_message`
    await sql`
      insert into job (kind, payload, created_by) values ('replay',
        jsonb_build_object('filter', '{}'::jsonb, 'before', ${String(end?.id)}::text, 'matching', ${told.matching}::int, 'zone', 'UTC'), 'test')`
    const state = async (): Promise<string> => {
      const [job] = await sql<{
        state: string
        error: string | null
      }>`select state, error from job where kind = 'replay'`
      return `${job?.state} ${job?.error ?? ''}`.trim()
    }
    await until(async () => (await state()) === 'done', state)
    await settled(hub.database, () => 'the job did not settle')
    assert.deepEqual(await book(), before)
  } finally {
    await shop.close()
    await hub.close()
  }
})

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Calls, ChannelStock, Connector, ReportAnswer } from '#domain/connector.ts'
import { applyStock } from '#features/stock/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { AlarmSignal } from '#platform/alarms/alarms.ts'
import { claimIntents, settleIntent } from '#platform/outbox/store.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { followStock } from './follow-stock.ts'
import { putListing, retryFor } from './listings/edit-listings.ts'
import { SET_STOCK, wishFor } from './make-wishes.ts'
import { savePolicy } from './policies/edit-policies.ts'
import { setStockHandler } from './push-stock.ts'
import { previewOf, sellableOf } from './read-sellable.ts'
import { saveBundleOf } from './sets/edit-sets.ts'
import { askForForgotten, compareAll, retellAll, watchListings } from './watch-listings.ts'

let database: FreshDatabase
const clock = manualClock(Temporal.Instant.from('2026-11-11T00:00:00Z'))
const ACTOR = { kind: 'user', id: '1', name: 'lin' } as const
const RULE = {
  connection: 'shop',
  sku: '*',
  warehouses: [],
  shareBps: 10_000,
  floor: 0,
  cap: null,
  zeroAt: 0,
  push: true,
  active: true,
}
const deps = () => ({
  db: database.sql,
  clock,
  audit: async () => undefined,
  canTell: (id: string) => (id === 'gone' ? null : id !== 'mute'),
})

before(async () => {
  database = await freshDatabase()
  for (const code of ['HZ', 'SZ'])
    await database.sql`insert into warehouse (code, name, updated_by) values (${code}, ${code}, 'test')`
})
beforeEach(async () => {
  const { sql } = database
  for (const table of [
    'channel_listing',
    'channel_policy',
    'sku_bundle',
    'sku_gift',
    'channel_retell',
    'outbox_intent',
  ])
    await sql.raw(`delete from ${table}`)
  for (const sku of ['TEA', 'CUP', 'BAG']) await count(sku, 'HZ', 0)
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
async function moved(...skus: string[]): Promise<void> {
  const rows = skus.map((sku) => ({ sku }))
  await database.sql.begin((tx) => followStock(clock)(tx, rows))
}
async function listings(): Promise<string[]> {
  const rows = await database.sql<{
    shop_sku: string
    wanted: number | null
    told: number | null
    state: string
  }>`
    select shop_sku, wanted, told, state from channel_listing order by connection_id, shop_sku`
  return rows.map((row) => `${row.shop_sku} ${row.wanted} ${row.told} ${row.state}`)
}
async function intents(): Promise<string[]> {
  const rows = await database.sql<{ connection_id: string; state: string }>`
    select connection_id, state from outbox_intent where effect = ${SET_STOCK} order by id`
  return rows.map((row) => `${row.connection_id} ${row.state}`)
}
async function list(...skus: string[]): Promise<void> {
  for (const sku of skus) {
    const listing = { connection: 'shop', stockSku: sku, shopSku: `s-${sku}` }
    assert.ok((await putListing(deps(), listing, { id: sku }, ACTOR)).ok)
  }
}

type Answer = (level: ChannelStock) => ReportAnswer
const ACCEPTED: ReportAnswer = { outcome: 'accepted', words: 'yes' }
const told: string[] = []

/** Carries out the due intents against a channel that answers so. */
async function dispatch(answer: Answer | Partial<Calls> = () => ACCEPTED, most = 1): Promise<string[]> {
  told.length = 0
  const setStock = async (levels: readonly ChannelStock[]): Promise<readonly ReportAnswer[]> =>
    levels.map((level) => {
      told.push(`${level.shopSku}=${level.quantity}`)
      return (answer as Answer)(level)
    })
  const calls = typeof answer === 'function' ? { setStock } : answer
  const connector = { kind: 'shop', setStockMost: most, calls: () => calls } as unknown as Connector
  const handler = setStockHandler({
    db: database.sql,
    clock,
    find: (id) => ({ id, connector, settings: {} }),
    callsFor: () => ({}) as ReturnType<import('#domain/connector.ts').CallsFor>,
  })
  const ends: string[] = []
  for (const intent of await claimIntents(
    database.sql,
    clock.now(),
    Temporal.Duration.from({ seconds: 90 }),
    10,
    [],
  ))
    try {
      const end = await handler.perform(intent)
      ends.push(end.state)
      await settleIntent(database.sql, intent.id, { state: end.state, code: null, detail: null }, clock.now())
    } catch (error) {
      assert.ok(error instanceof Outage, String(error))
      ends.push(error.code)
      const state = error.unknown ? 'unknown' : 'pending'
      await settleIntent(database.sql, intent.id, { state, code: error.code, detail: '' }, clock.now())
    }
  return ends
}

test('only what changed is wished, with all that is made of it; one intent until it is sent', async () => {
  await count('TEA', 'HZ', 10)
  await count('CUP', 'HZ', 8)
  assert.ok((await saveBundleOf(deps(), 'SET', [{ sku: 'CUP', quantity: 4 }], ACTOR)).ok)
  assert.ok((await savePolicy(deps(), null, { ...RULE, shareBps: 5_000 }, ACTOR)).ok)
  await list('TEA', 'CUP', 'SET')
  assert.deepEqual(await listings(), ['s-CUP 4 null due', 's-SET 1 null due', 's-TEA 5 null due'])
  assert.deepEqual(await intents(), ['shop pending'])
  assert.deepEqual(await dispatch(), ['done'])
  assert.deepEqual(told, ['s-CUP=4', 's-SET=1', 's-TEA=5'])
  assert.deepEqual(await listings(), ['s-CUP 4 4 idle', 's-SET 1 1 idle', 's-TEA 5 5 idle'])

  await count('CUP', 'HZ', 20)
  await moved('CUP')
  await count('CUP', 'HZ', 6)
  await moved('CUP')
  assert.deepEqual(await intents(), ['shop done', 'shop pending'], 'the second wish goes with the first')
  assert.deepEqual(await dispatch(), ['done'])
  assert.deepEqual(told, ['s-SET=0', 's-CUP=3'], 'TEA did not change; what goes to nothing is first')
  await moved('CUP', 'TEA')
  assert.deepEqual(await dispatch(), [], 'nothing changed, nothing is told')
})

test('a wish that is taken back before it was sent is not sent', async () => {
  await count('TEA', 'HZ', 10)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA')
  await dispatch()
  await count('TEA', 'HZ', 3)
  await moved('TEA')
  await count('TEA', 'HZ', 10)
  await moved('TEA')
  assert.deepEqual(await dispatch(), ['moot'])
  assert.deepEqual([told.length, await listings()], [0, ['s-TEA 10 10 idle']])
})

test('an unknown outcome is told again, and a newer figure goes instead of the old one', async () => {
  await count('TEA', 'HZ', 10)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA')
  const lost = (): never => {
    throw new Outage('shop.timeout', 'no answer', { unknown: true })
  }
  assert.deepEqual(await dispatch(lost), ['shop.timeout'])
  assert.deepEqual(await listings(), ['s-TEA 10 null unknown'])
  await count('TEA', 'HZ', 0)
  await moved('TEA')
  assert.deepEqual(
    await intents(),
    ['shop moot', 'shop pending'],
    'the newer wish does not wait for the retry of the old one',
  )
  assert.deepEqual(await dispatch(), ['done'])
  assert.deepEqual([told, await listings()], [['s-TEA=0'], ['s-TEA 0 0 idle']])
})

test('an outage before anything was sent leaves it due; the retry tells only what is left', async () => {
  await count('TEA', 'HZ', 1)
  await count('CUP', 'HZ', 2)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA', 'CUP')
  let calls = 0
  const second = (): ReportAnswer => {
    calls += 1
    if (calls === 2) throw new Outage('outward.rate_limited', 'wait', { retryAfterMs: 1_000 })
    return ACCEPTED
  }
  assert.deepEqual(await dispatch(second), ['outward.rate_limited'])
  assert.deepEqual(await listings(), ['s-CUP 2 2 idle', 's-TEA 1 null due'])
  assert.deepEqual(await dispatch(), ['done'])
  assert.deepEqual(told, ['s-TEA=1'])
})

test('a wish made while the channel is being told follows at once', async () => {
  await count('TEA', 'HZ', 5)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA')
  const seen: number[] = []
  const ends = await dispatch({
    setStock: async (levels) => {
      seen.push(...levels.map((level) => level.quantity))
      if (seen.length === 1) {
        await count('TEA', 'HZ', 0)
        await moved('TEA')
      }
      return levels.map(() => ACCEPTED)
    },
  })
  assert.deepEqual([ends, seen], [['done'], [5, 0]])
  assert.deepEqual(await listings(), ['s-TEA 0 0 idle'])
})

test('a refusal stays with the platform’s words until a person or a new figure tries again', async () => {
  await count('TEA', 'HZ', 5)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA')
  await dispatch(() => ({ outcome: 'refused', refusal: { code: 'shop.refused', detail: '商品在活动中' } }))
  const [row] = await database.sql<{
    state: string
    code: string
    words: string
  }>`select state, code, words from channel_listing`
  assert.deepEqual([row?.state, row?.code, row?.words], ['refused', 'shop.refused', '商品在活动中'])
  const raised = new Map<string, readonly AlarmSignal[]>()
  const watch = {
    ...watchDeps(),
    alarms: {
      raise: async () => undefined,
      clear: async () => undefined,
      settle: async (rule: string, signals: readonly AlarmSignal[]) => void raised.set(rule, signals),
    },
  }
  clock.advance({ seconds: 1 })
  await watchListings(watch)
  assert.match(raised.get('sellable.push_refused')?.[0]?.words.zh ?? '', /商品在活动中/)
  await askForForgotten(watch)
  assert.deepEqual(await dispatch(), [], 'nobody tries a refused one by itself')
  assert.deepEqual(await retryFor(deps(), 'shop', ['s-TEA'], ACTOR), { ok: true, value: { due: 1 } })
  assert.deepEqual(await dispatch(), ['done'])
  await watchListings(watch)
  assert.deepEqual(raised.get('sellable.push_refused'), [])
})

function watchDeps(paused = false) {
  return {
    db: database.sql,
    clock,
    zone: () => 'Asia/Shanghai',
    nameOf: (id: string) => id,
    isPaused: () => paused,
    behindMinutes: 5,
    retellAt: { hour: 3, minute: 30 },
    alarms: { raise: async () => undefined, clear: async () => undefined, settle: async () => undefined },
  }
}

test('what is not told in time is an alarm, critical where nothing should be shown; a paused channel is none', async () => {
  await count('TEA', 'HZ', 0)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA')
  const signals: AlarmSignal[] = []
  const alarms = {
    ...watchDeps().alarms,
    settle: async (rule: string, found: readonly AlarmSignal[]) => {
      if (rule === 'sellable.push_behind') signals.splice(0, 9, ...found)
    },
  }
  clock.advance({ minutes: 5 })
  await watchListings({ ...watchDeps(), alarms })
  assert.equal(signals.length, 0)
  clock.advance({ seconds: 1 })
  await watchListings({ ...watchDeps(), alarms })
  assert.deepEqual(
    signals.map((one) => [one.subject, one.severity]),
    [['shop', 'critical']],
  )
  await watchListings({ ...watchDeps(true), alarms })
  assert.equal(signals.length, 0)
})

test('a wish whose intent was given up gets another one after a minute', async () => {
  await count('TEA', 'HZ', 5)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA')
  await database.sql`update outbox_intent set state = 'dead'`
  await askForForgotten(watchDeps())
  assert.deepEqual(await intents(), ['shop dead'])
  clock.advance({ seconds: 61 })
  await askForForgotten(watchDeps())
  await askForForgotten(watchDeps())
  assert.deepEqual(await intents(), ['shop dead', 'shop pending'])
})

test('a process that died while asking leaves its listings to another after its time', async () => {
  await count('TEA', 'HZ', 5)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA')
  await database.sql`
    update channel_listing set state = 'asked', asked_by = -1, asked_until = clock_timestamp() + interval '90 seconds'`
  // Of the database's clock, which all processes share: one whose own is ahead tells nothing beside it.
  const then = clock.now()
  clock.set(Temporal.Now.instant().add({ minutes: 4 }))
  assert.deepEqual(await dispatch(), ['moot'])
  clock.set(then.add({ seconds: 90 }))
  await database.sql`update channel_listing set asked_until = clock_timestamp()`
  await askForForgotten(watchDeps())
  assert.deepEqual(await dispatch(), ['done'])
  assert.deepEqual(await listings(), ['s-TEA 5 5 idle'])
})

test('the sweep finds what no movement told, and new SKUs of the mapping; the night tells everything once', async () => {
  await count('TEA', 'HZ', 5)
  await savePolicy(deps(), null, RULE, ACTOR)
  await database.sql`insert into sku_mapping values ('shop', 's-TEA', 'TEA', 'test'), ('other', 'o-TEA', 'TEA', 'test')`
  await compareAll(watchDeps())
  assert.deepEqual(await listings(), ['s-TEA 5 null due'])
  await dispatch()
  await count('TEA', 'HZ', 4)
  await compareAll(watchDeps())
  await dispatch()
  assert.deepEqual(await listings(), ['s-TEA 4 4 idle'])
  // 03:31 in Shanghai.
  const night = Temporal.Instant.from('2026-11-12T19:31:00Z')
  clock.advance(night.since(clock.now()))
  await retellAll(watchDeps())
  assert.deepEqual([await dispatch(), told], [['done'], ['s-TEA=4']])
  await retellAll(watchDeps())
  assert.deepEqual(await dispatch(), [])
  await database.sql`delete from sku_mapping`
})

test('ids are asked of the platform once; a code that it does not know is refused by name', async () => {
  await count('TEA', 'HZ', 5)
  await count('CUP', 'HZ', 6)
  await savePolicy(deps(), null, RULE, ACTOR)
  for (const sku of ['TEA', 'CUP'])
    await putListing(deps(), { connection: 'shop', stockSku: sku, shopSku: `s-${sku}` }, {}, ACTOR)
  const asked: string[][] = []
  const sent: unknown[] = []
  const calls: Partial<Calls> = {
    findListings: async (skus) => {
      asked.push([...skus].sort())
      return { ok: true, value: [{ shopSku: 's-TEA', ids: { item: '7' } }] }
    },
    setStock: async (levels) => {
      sent.push(...levels.map((level) => level.ids))
      return levels.map(() => ACCEPTED)
    },
  }
  assert.deepEqual(await dispatch(calls, 50), ['done'])
  assert.deepEqual([asked, sent], [[['s-CUP', 's-TEA']], [{ item: '7' }]])
  assert.deepEqual(await listings(), ['s-CUP 6 null refused', 's-TEA 5 5 idle'])
  const [row] = await database.sql<{ code: string }>`select code from channel_listing where state = 'refused'`
  assert.equal(row?.code, 'sellable.listing_not_found')
  await count('TEA', 'HZ', 4)
  await moved('TEA')
  await dispatch(calls, 50)
  assert.equal(asked.length, 1)
})

test('rules: the closest one, one per channel and SKU, no longer told when it stops sending', async () => {
  await count('TEA', 'HZ', 10)
  await count('TEA', 'SZ', 40)
  const all = await savePolicy(deps(), null, { ...RULE, warehouses: ['HZ'] }, ACTOR)
  assert.ok(all.ok)
  await list('TEA')
  assert.deepEqual(await listings(), ['s-TEA 10 null due'])
  const own = await savePolicy(deps(), null, { ...RULE, sku: 'TEA', cap: 3 }, ACTOR)
  assert.ok(own.ok)
  assert.deepEqual(await listings(), ['s-TEA 3 null due'])
  const { told: shown } = await previewOf(database.sql, 'TEA', { ...RULE, sku: 'TEA', shareBps: 1_000 })
  assert.deepEqual(
    shown.map((one) => [one.connection, one.figure, one.policy.sku]),
    [['shop', 5, 'TEA']],
  )
  const code = async (id: bigint | null, draft: object): Promise<string> => {
    const done = await savePolicy(deps(), id, { ...RULE, ...draft }, ACTOR)
    return done.ok ? 'ok' : done.refusal.code
  }
  assert.equal(await code(null, {}), 'sellable.policy_exists')
  assert.equal(await code(own.value.id, {}), 'sellable.policy_exists')
  assert.equal(await code(99n, {}), 'sellable.policy_not_found')
  assert.equal(await code(null, { connection: 'gone' }), 'sellable.unknown_connection')
  assert.equal(await code(null, { connection: 'mute' }), 'sellable.not_supported')
  assert.equal(await code(null, { connection: 'mute', push: false }), 'ok')
  assert.equal(await code(null, { sku: 'X', warehouses: ['NOWHERE'] }), 'sellable.unknown_warehouse')
  assert.equal(await code(own.value.id, { sku: 'TEA', push: false }), 'ok')
  assert.deepEqual(await listings(), ['s-TEA null null idle'])
  assert.deepEqual(await dispatch(), ['moot'])
  await database.sql`delete from stock_level where warehouse = 'SZ'`
})

test('two that wish at once: the later one has the newer figure', async () => {
  await count('TEA', 'HZ', 50)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA')
  await Promise.all(
    Array.from({ length: 12 }, async (_, i) => {
      await count('TEA', 'HZ', 49 - i)
      await database.sql.begin((tx) => wishFor(tx, ['TEA'], clock.now()))
    }),
  )
  const [level] = await sellableOf(database.sql, ['TEA'])
  assert.deepEqual(await listings(), [`s-TEA ${level?.pieces} null due`])
})

test('a listing held by somebody who wishes this moment is waited for, not left behind', async () => {
  await count('TEA', 'HZ', 5)
  await savePolicy(deps(), null, RULE, ACTOR)
  await list('TEA')
  const locked = Promise.withResolvers<void>()
  const open = Promise.withResolvers<void>()
  const wishing = database.sql.begin(async (tx) => {
    await tx`select 1 from channel_listing for update`
    locked.resolve()
    await open.promise
  })
  await locked.promise
  const telling = dispatch()
  setTimeout(open.resolve, 100)
  assert.deepEqual([await telling, told], [['done'], ['s-TEA=5']])
  await wishing
})

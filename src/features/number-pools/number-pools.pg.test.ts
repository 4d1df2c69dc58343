import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Connector } from '#domain/connector.ts'
import type { NumberBalance } from '#domain/waybill.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import type { Intent } from '#platform/outbox/store.ts'
import { openVault } from '#platform/vault.ts'
import { signedHeaders } from '#platform/webhook-sign.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { addSegments, endSegment } from './add-segments.ts'
import { askBalance, askBalances } from './ask-balances.ts'
import { askForNumbers, changeSettings } from './change-pool.ts'
import type { RefillDeps } from './deps.ts'
import { poolsByAccount } from './read-pools.ts'
import { applyNumbersHandler } from './refill/apply-numbers.ts'
import { readApplications } from './refill/store.ts'
import { skipNumbers } from './store.ts'
import { takeNumber } from './take-number.ts'
import { watchPools } from './watch-pools.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const clock = manualClock(START)
const vault = openVault({ current: 'k', keys: new Map([['k', new Uint8Array(32).fill(7)]]) })
let database: FreshDatabase
before(async () => {
  database = await freshDatabase()
})
after(async () => await database.close())

let told: () => Promise<Result<readonly NumberBalance[]>> = async () => ok([])
let branch: (request: { url: string; headers: Record<string, string>; body: string }) => {
  status: number
  body: string
} = () => ({ status: 500, body: '' })
const unblocked: bigint[] = []

function depsOf(): RefillDeps {
  const { sql: db } = database
  const random = seededRandom(5)
  const connector = (numbers: string): Connector =>
    ({
      kind: numbers,
      role: 'carrier',
      waybill: { numbers },
      calls: () => ({ test: async () => ok({ words: '' }), waybillBalance: () => told() }),
    }) as unknown as Connector
  return {
    db,
    clock,
    random,
    vault,
    zone: () => 'UTC',
    find: (id) => ({ id, name: id, paused: false, connector: connector(id), settings: {} }),
    callsFor: () => ({ http: () => Promise.reject(new Error('none')), openTcp: noTcp, clock, random }),
    audit: async () => undefined,
    allowPrivate: true,
    limits: { lowNumbers: 500, lowHours: 2, balanceMinutes: 10 },
    unblock: async (tx, id) => {
      unblocked.push(id)
      await tx`update carrier_account set blocked_code = null, blocked_at = null where id = ${id}`
    },
    http: async (request) => {
      const answer = branch(request as never)
      return { status: answer.status, headers: {}, body: new TextEncoder().encode(answer.body) }
    },
  }
}

let made = 0
async function account(
  kind: 'segment' | 'balance',
  carrier = 'YTO',
  settings: Record<string, string> = {},
): Promise<bigint> {
  made += 1
  const sealed = vault.seal(Buffer.from(JSON.stringify(settings)))
  const [row] = await database.sql<{ id: bigint }>`
    insert into carrier_account (connection_id, carrier, name, sealed, updated_by, created_at, updated_at)
    values (${kind}, ${carrier}, ${`A${made}`}, ${sealed}, 't', ${clock.now()}, ${clock.now()}) returning id`
  return row?.id ?? 0n
}

async function put(accountId: bigint, from: string, count: number): Promise<Result<unknown>> {
  return await addSegments(depsOf(), SYSTEM, {
    accountId,
    typed: [{ from, count }],
    note: '',
    applicationId: null,
  })
}
const take = (accountId: bigint, reference: string) =>
  database.sql.begin((tx) => takeNumber(tx, { accountId, reference, now: clock.now() }))

async function alarmsOf(rule: string): Promise<string[]> {
  const rows = await database.sql<{ subject: string; severity: string }>`
    select subject, severity from alarm where rule = ${rule} and state <> 'resolved' order by subject`
  return rows.map((row) => `${row.subject} ${row.severity}`)
}
const watch = () =>
  watchPools({
    ...depsOf(),
    alarms: openAlarms({ db: database.sql, clock, onUnstored: () => assert.fail('stored') }),
  })

test('several processes, some killed, some rolled back: one reference one number, one number one reference, no gap', async () => {
  const id = await account('segment', 'ZTO')
  // Three segments, so that processes meet at the end of one.
  for (const from of ['C1000', 'C3000', 'C5000']) assert.ok((await put(id, from, 60)).ok)
  const taker = fileURLToPath(new URL('../../../test-support/take-numbers.ts', import.meta.url))
  const said: string[] = []
  const run = (seed: number, killAfterLines: number | null) =>
    new Promise<number | null>((resolve) => {
      const child = spawn(process.execPath, [taker, database.url, id.toString(), String(seed), '120'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let lines = 0
      child.stdout.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\n').filter(Boolean)) {
          said.push(line)
          lines += 1
        }
        if (killAfterLines !== null && lines >= killAfterLines) child.kill('SIGKILL')
      })
      child.on('exit', resolve)
    })
  await Promise.all([run(1, 15), run(2, 40), run(3, null), run(4, null)])
  assert.equal(await run(5, null), 0)
  const numbers = new Map<string, string>()
  for (const line of said) {
    const [reference = '', number = ''] = line.split(' ')
    assert.match(number, /^C\d{4}$/)
    assert.equal(numbers.get(reference) ?? number, number, `${reference} has one number`)
    numbers.set(reference, number)
  }
  assert.ok(numbers.size > 100)
  assert.equal(new Set(numbers.values()).size, numbers.size, 'no number twice')
  const rows = await database.sql<{ segment_id: bigint; serial: bigint; next: bigint; first: bigint }>`
    select t.segment_id, t.serial, s.next_serial as next, s.first_serial as first from number_taken t
    join number_segment s on s.id = t.segment_id where t.account_id = ${id}`
  for (const segment of new Set(rows.map((row) => row.segment_id))) {
    const own = rows.filter((row) => row.segment_id === segment)
    assert.equal(
      BigInt(own.length),
      (own[0]?.next ?? 0n) - (own[0]?.first ?? 0n),
      'what was given out was taken',
    )
  }
})

test('the same reference gets the same number; another account its own; none left is a refusal', async () => {
  const [one, other] = [await account('segment'), await account('segment')]
  assert.ok((await put(one, 'A01', 2)).ok)
  assert.ok((await put(other, 'B01', 1)).ok)
  const first = await take(one, 'W-1')
  assert.deepEqual([first, await take(one, 'W-1')], [ok('A01'), ok('A01')])
  assert.deepEqual(await take(other, 'W-1'), ok('B01'))
  assert.deepEqual(await take(one, 'W-2'), ok('A02'))
  const gone = await take(one, 'W-3')
  assert.ok(!gone.ok && gone.refusal.code === 'pools.empty')
  assert.ok((await put(one, 'A11', 1)).ok)
  assert.deepEqual(await take(one, 'W-3'), ok('A11'))
})

test('segments that cross are refused across accounts, whole lists at once; retired ones free what they did not give', async () => {
  const [one, other] = [await account('segment', 'STO'), await account('segment', 'STO')]
  assert.ok((await put(one, '7700001000', 100)).ok)
  const crossing = await addSegments(depsOf(), SYSTEM, {
    accountId: other,
    typed: [
      { from: '8800000000', count: 10 },
      { prefix: '77000', from: '01099', count: 1 },
    ],
    note: '',
    applicationId: null,
  })
  assert.ok(!crossing.ok && crossing.refusal.code === 'pools.segment_crosses_conflict')
  const [kept] = await database.sql<{
    n: bigint
  }>`select count(*) as n from number_segment where account_id = ${other}`
  assert.equal(kept?.n, 0n)
  assert.ok(
    (await put(await account('segment', 'YUNDA'), '7700001000', 100)).ok,
    'another carrier numbers for itself',
  )
  assert.deepEqual(await take(one, 'S-1'), ok('7700001000'))
  const [segment] = await database.sql<{
    id: bigint
  }>`select id from number_segment where account_id = ${one}`
  assert.ok((await endSegment(depsOf(), SYSTEM, segment?.id ?? 0n, 'moved to the other branch')).ok)
  assert.ok(!(await take(one, 'S-2')).ok)
  const again = await put(other, '7700001000', 100)
  assert.ok(!again.ok, 'what was printed once is never printed again')
  assert.ok((await put(other, '7700001001', 99)).ok)
  const ended = await endSegment(depsOf(), SYSTEM, segment?.id ?? 0n, 'twice')
  assert.ok(!ended.ok && ended.refusal.code === 'pools.retired_conflict')
  const balance = await put(await account('balance'), '1', 1)
  assert.ok(!balance.ok && balance.refusal.code === 'pools.not_segments')
})

test('low raises an alarm and an application, fail-over names a fit account, numbers heal both', async () => {
  const [low, spare] = [await account('segment', 'TTK'), await account('segment', 'TTK')]
  assert.ok((await put(low, 'L0001', 499)).ok)
  assert.ok((await put(spare, 'M0001', 5_000)).ok)
  const loop = await changeSettings(depsOf(), SYSTEM, spare, { ...PLAIN, failOverTo: low })
  assert.ok(loop.ok)
  const circle = await changeSettings(depsOf(), SYSTEM, low, { ...PLAIN, failOverTo: spare })
  assert.ok(!circle.ok && circle.refusal.code === 'pools.fail_over_loop')
  assert.ok((await changeSettings(depsOf(), SYSTEM, spare, PLAIN)).ok)
  assert.ok((await changeSettings(depsOf(), SYSTEM, low, { ...PLAIN, failOverTo: spare })).ok)
  await watch()
  assert.ok((await alarmsOf('pool.low')).includes(`${low} warning`))
  assert.ok(!(await alarmsOf('pool.low')).some((one) => one.startsWith(`${spare} `)))
  const [application] = await readApplications(database.sql, low, 5)
  assert.deepEqual([application?.state, application?.because, application?.left_count], ['open', 'low', 499])
  const standing = (await poolsByAccount(database.sql)).get(low.toString())
  assert.deepEqual(standing, { left: 499, hoursLeft: null, failOverTo: spare.toString(), isLow: true })
  await watch()
  assert.equal((await readApplications(database.sql, low, 5)).length, 1, 'one application at a time')
  await database.sql`update carrier_account set active = false where id = ${spare}`
  assert.equal((await poolsByAccount(database.sql)).get(low.toString())?.failOverTo, null)
  await database.sql`update carrier_account set blocked_code = 'carrier.pool_empty', blocked_at = ${clock.now()} where id = ${low}`
  await watch()
  assert.ok(!(await alarmsOf('pool.empty')).some((one) => one.startsWith(`${low} `)))
  assert.ok(unblocked.includes(low), 'a segment account that has numbers comes back')
  assert.ok((await put(low, 'N0001', 1_000)).ok)
  await watch()
  assert.ok(!(await alarmsOf('pool.low')).some((one) => one.startsWith(`${low} `)))
  assert.equal((await readApplications(database.sql, low, 5))[0]?.state, 'filled')
})

const PLAIN = {
  lowAt: null,
  failOverTo: null,
  refill: 'notice',
  refillCount: 1_000,
  refillUrl: null,
  newSecret: false,
} as const

test('hours left count as well as numbers', async () => {
  const id = await account('segment', 'UC')
  assert.ok((await put(id, 'U0001', 3_000)).ok)
  for (let at = 0; at < 900; at += 1)
    await database.sql`
      insert into number_taken (reference, account_id, carrier, segment_id, serial, tracking_no, taken_at)
      select ${`U-${at}`}, ${id}, 'UC', s.id, ${at + 1}, ${`U${String(at + 1).padStart(4, '0')}`}, ${clock.now()}
      from number_segment s where s.account_id = ${id}`
  await database.sql`update number_segment set next_serial = 1500 where account_id = ${id}`
  await watch()
  // 1,501 left at 900 in the first hour: 1.7 h, under the two of the setting though far above 500.
  const pool = (await poolsByAccount(database.sql)).get(id.toString())
  assert.equal(pool?.left, 1_501)
  assert.ok(pool?.isLow && Math.abs((pool.hoursLeft ?? 0) - 1_501 / 900) < 1e-9)
})

test('balances are asked at their rhythm, reckoned in between, and failures are told after a while', async () => {
  await database.sql`update carrier_account set active = false where connection_id = 'balance'`
  const id = await account('balance', 'ZTO', { branch: 'B2' })
  await watch()
  let asked = 0
  told = async () => {
    asked += 1
    return ok([
      { account: 'B1', carrier: 'ZTO', left: 9 },
      { account: 'B2', carrier: 'ZTO', left: 700 },
    ])
  }
  await askBalances(depsOf())
  await askBalances(depsOf())
  const mine = () =>
    database.sql<{ n: bigint }>`select count(*) as n from number_balance where account_id = ${id}`
  assert.equal((await mine())[0]?.n, 1n)
  clock.advance({ minutes: 1 })
  for (let at = 0; at < 250; at += 1)
    await database.sql`
      insert into waybill (reference, parcel_no, lead_id, account_id, state, orders, order_ids, wanted_at, issued_at, updated_at)
      values (${`B-${at}`}, ${`P-${at}`}, 1, ${id}, 'issued', '[]', '{}', ${clock.now()}, ${clock.now()}, ${clock.now()})`
  assert.equal((await poolsByAccount(database.sql)).get(id.toString())?.left, 450)
  const before = asked
  await askBalances(depsOf())
  assert.equal(asked, before, 'low, but its turn is every two minutes')
  clock.advance({ minutes: 1 })
  await askBalances(depsOf())
  assert.equal((await poolsByAccount(database.sql)).get(id.toString())?.left, 700)
  told = async () => refuse('carrier.no_permission', 'not opened')
  const no = await askBalance(depsOf(), id)
  assert.ok(!no.ok && no.refusal.code === 'carrier.no_permission')
  told = () => Promise.reject(new Outage('outward.breaker_open', 'held'))
  const held = await askBalance(depsOf(), id)
  assert.ok(!held.ok && held.refusal.code === 'pools.unreachable')
  await watch()
  assert.deepEqual(await alarmsOf('pool.unread'), [])
  clock.advance({ minutes: 31 })
  await watch()
  assert.deepEqual(await alarmsOf('pool.unread'), [`${id} warning`])
  told = async () => ok([{ account: 'B2', carrier: 'ZTO', left: null }])
  assert.deepEqual(await askBalance(depsOf(), id), ok({ left: null }))
  await watch()
  assert.deepEqual(await alarmsOf('pool.unread'), [])
  assert.equal((await poolsByAccount(database.sql)).get(id.toString())?.isLow, false)
})

test('a branch with an address of its own is called, signed, once by its id; its answer is the new segment', async () => {
  const id = await account('segment', 'BEST')
  assert.ok((await put(id, 'P0001', 10)).ok)
  const post = { ...PLAIN, refill: 'post', refillUrl: 'https://branch.example/numbers' } as const
  const bad = await changeSettings(depsOf(), SYSTEM, id, { ...post, refillUrl: 'ftp://x' })
  assert.ok(!bad.ok && bad.refusal.code === 'pools.bad_url')
  const changed = await changeSettings(depsOf(), SYSTEM, id, post)
  assert.ok(changed.ok && changed.value.secret !== null)
  const secret = changed.value.secret
  const asked = await askForNumbers(depsOf(), SYSTEM, id, { count: 200, note: '' })
  assert.ok(asked.ok)
  const twice = await askForNumbers(depsOf(), SYSTEM, id, { count: 200, note: '' })
  assert.ok(!twice.ok && twice.refusal.code === 'pools.application_exists')
  const [row] = await database.sql<{ id: bigint; key: string; payload: Record<string, unknown> }>`
    select id, key, payload from outbox_intent where effect = 'apply_numbers' and payload ->> 'applicationId' = ${asked.value.toString()}`
  assert.ok(row !== undefined)
  const intent = {
    ...row,
    effect: 'apply_numbers',
    connection: 'segment',
    orderId: null,
    attempts: 0,
    doubtful: false,
  } as Intent
  const { perform } = applyNumbersHandler(depsOf())
  branch = () => ({ status: 503, body: 'busy' })
  await assert.rejects(
    perform(intent),
    (error: unknown) => error instanceof Outage && error.code === 'pools.branch_busy',
  )
  branch = ({ headers, body }) => {
    const wanted = signedHeaders([secret], {
      id: `application-${asked.value}`,
      seconds: Number(headers['webhook-timestamp']),
      body,
    })
    assert.equal(headers['webhook-signature'], wanted['webhook-signature'])
    assert.equal((JSON.parse(body) as { data: { wanted: number } }).data.wanted, 200)
    return { status: 200, body: JSON.stringify({ segments: [{ prefix: 'P', from: '2000', count: 200 }] }) }
  }
  assert.deepEqual(await perform(intent), { state: 'done', words: '200 numbers came' })
  assert.equal((await poolsByAccount(database.sql)).get(id.toString())?.left, 210)
  assert.equal((await perform(intent)).state, 'moot')
  const again = await addSegments(depsOf(), SYSTEM, {
    accountId: id,
    typed: [{ prefix: 'P', from: '2000', count: 200 }],
    note: '',
    applicationId: asked.value,
  })
  assert.deepEqual(again, ok({ segments: [], numbers: 0n }), 'the same answer again brings nothing')
})

test('the signature is the one of the Standard Webhooks specification', () => {
  // The example of the specification's reference libraries.
  const headers = signedHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    seconds: 1_614_265_330,
    body: '{"test": 2432232314}',
  })
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('after a restore the next numbers of every active segment are left out, to its end at most', async () => {
  const id = await account('segment', 'SKIP')
  assert.ok((await put(id, 'K1000', 60)).ok)
  assert.equal(await take(id, 'first').then((one) => one.ok && String(one.value)), 'K1000')
  await database.sql.begin((tx) => skipNumbers(tx, 50))
  assert.equal(await take(id, 'second').then((one) => one.ok && String(one.value)), 'K1051')
  await database.sql.begin((tx) => skipNumbers(tx, 50))
  assert.equal((await take(id, 'third')).ok, false)
})

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { newIntents } from '#platform/outbox/store.ts'
import { type RunningHub, runningHub, until } from '#test-support/hub.ts'
import { outwardDeps } from '../../app/outward.ts'
import { addCounts, minuteOf } from './store.ts'
import { watchOutward } from './watch-outward.ts'

// The running hub: its one evaluator, its probes and its pages.

let running: RunningHub
let well = true
let calls = 0
const platform = createServer((_request, response) => {
  calls += 1
  if (well) response.end(JSON.stringify({ EBusinessID: '1', Success: true, Reason: 'no trace', Traces: [] }))
  else response.writeHead(502).end()
})
const ids: Record<string, string> = {}

before(async () => {
  await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve))
  running = await runningHub({ CALLS_PER_SECOND: '100', CALLS_BURST: '100' })
  const url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}/`
  for (const name of ['dhl', 'ups']) {
    const added = await running.call('POST', '/api/connections', {
      kind: 'kdniao',
      name,
      settings: { ebusiness_id: name, app_key: 'secret-key', query_url: url },
    })
    assert.equal(added.status, 200, JSON.stringify(added.body))
    ids[name] = (added.body as { id: string }).id
  }
})
after(async () => {
  await running.close()
  platform.closeAllConnections()
  platform.close()
})

type Way = {
  id: string
  state: string
  cause: string
  calls: number
  errors: number
  account: string
  forced: { state: string; by: string; reason: string } | null
  backups: { capability: string; connection: { id: string } | null }[]
}
type Account = {
  account: string
  perSecond: number
  burst: number
  source: string
  available: number
  held: number
}
async function overview(): Promise<{ connections: Way[]; accounts: Account[] }> {
  const { status, body } = await running.call('GET', '/api/outward')
  assert.equal(status, 200)
  return body as { connections: Way[]; accounts: Account[] }
}
async function wayOf(name: string): Promise<Way> {
  const way = (await overview()).connections.find(({ id }) => id === ids[name])
  assert.ok(way)
  return way
}
const codeOf = ({ body }: { body: unknown }): string => (body as { code?: string } | null)?.code ?? 'done'
const on = (name: string, rest: string) => `/api/outward/${ids[name]}${rest}`

test('a total outage opens the breaker of the running hub within seconds, and its probes close it again', async () => {
  assert.equal((await wayOf('dhl')).state, 'closed')
  well = false
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: 22 }, () => running.call('POST', `/api/connections/${ids.dhl}/test`)),
  )
  await until(
    async () => (await wayOf('dhl')).state === 'open',
    async () => JSON.stringify(await wayOf('dhl')),
    6,
  )
  assert.ok(performance.now() - begun < 10_000)
  assert.equal((await wayOf('ups')).state, 'closed')
  const history = (await running.call('GET', on('dhl', '/history'))).body as {
    items: { cause: string; to: string }[]
  }
  assert.deepEqual(
    history.items.map(({ cause, to }) => [cause, to]),
    [['outage', 'open']],
  )
  const deps = outwardDeps(running.hub.core)
  await watchOutward({ ...deps, alarms: running.hub.core.alarms })
  const alarms = await running.database.sql<{ subject: string; zh: string; severity: string }>`
    select subject, zh, severity from alarm where rule = 'outward.breaker_open' and state <> 'resolved'`
  assert.deepEqual(
    alarms.map(({ subject, severity }) => [subject, severity]),
    [[ids.dhl, 'critical']],
  )
  assert.match(alarms[0]?.zh ?? '', /十秒内过半调用失败/)

  well = true
  const before = calls
  const tested = await running.call('POST', `/api/connections/${ids.dhl}/test`)
  assert.equal((tested.body as { ok: boolean }).ok, true, 'the test button looks through')
  await until(
    async () => (await wayOf('dhl')).state === 'closed',
    async () => JSON.stringify(await wayOf('dhl')),
    12,
  )
  assert.ok(calls - before >= 11, `${calls - before} calls: the test and ten probes`)
  await watchOutward({ ...deps, alarms: running.hub.core.alarms })
  const left = await running.database.sql`
    select 1 from alarm where rule = 'outward.breaker_open' and state <> 'resolved'`
  assert.equal(left.length, 0)
})

test('a person holds a breaker open, with a reason and an end; it is audited and told', async () => {
  const forced = await running.call('POST', on('ups', '/force'), {
    state: 'open',
    minutes: 10,
    reason: 'their upgrade',
  })
  assert.equal(forced.status, 204)
  const way = await wayOf('ups')
  assert.deepEqual([way.state, way.forced?.state, way.forced?.reason], ['open', 'open', 'their upgrade'])
  const audit = await running.database.sql<{ action: string }>`
    select action from audit_entry where action like 'outward.%'`
  assert.deepEqual(audit, [{ action: 'outward.forced' }])
  await watchOutward({ ...outwardDeps(running.hub.core), alarms: running.hub.core.alarms })
  const [told] = await running.database.sql<{ zh: string; en: string; severity: string }>`
    select zh, en, severity from alarm where rule = 'outward.breaker_open' and subject = ${ids.ups as string} and state = 'open'`
  assert.equal(told?.severity, 'info')
  assert.match(
    told?.zh ?? '',
    /手动断开了“.*”的对外调用（their upgrade），到 \d{4}-\d\d-\d\d \d\d:\d\d 自动交还规则。目前没有待办在等.*“交还规则”/,
  )
  assert.match(told?.en ?? '', /by hand \(their upgrade\) until .*"Back to the rules"/)
  assert.doesNotMatch(told?.en ?? '', /0 min/)
  assert.equal((await running.call('DELETE', on('ups', '/force'))).status, 204)
  assert.equal((await wayOf('ups')).state, 'closed')
  assert.equal(codeOf(await running.call('DELETE', on('ups', '/force'))), 'outward.not_forced')
})

test('what is to be done waits behind an open breaker without using an attempt, and goes by itself afterwards', async () => {
  await running.call('POST', on('ups', '/force'), { state: 'open', minutes: 10, reason: 'their upgrade' })
  const { sql } = running.database
  const rowOf = async () =>
    (
      await sql<{
        state: string
        attempts: number
      }>`select state, attempts from outbox_intent where key = 'waits'`
    )[0]
  await newIntents(
    sql,
    [
      {
        key: 'waits',
        effect: 'fetch_order',
        connection: ids.ups as string,
        orderId: null,
        payload: { orderNo: 'A1' },
      },
    ],
    running.hub.core.clock.now(),
  )
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  assert.deepEqual(await rowOf(), { state: 'pending', attempts: 0 })
  const { waiting, oldestWaiting } = (await wayOf('ups')) as Way & {
    waiting: number
    oldestWaiting: string | null
  }
  assert.deepEqual([waiting, oldestWaiting !== null], [1, true])
  await running.call('DELETE', on('ups', '/force'))
  await until(
    async () => (await rowOf())?.attempts === 1,
    async () => JSON.stringify(await rowOf()),
    4,
  )
})

test('bad input is refused with its code and changes nothing', async () => {
  const force = (body: unknown, id = ids.ups) => running.call('POST', `/api/outward/${id}/force`, body)
  assert.equal(codeOf(await force({ state: 'open', minutes: 10, reason: '  x ' })), 'outward.reason_missing')
  assert.equal(codeOf(await force({ state: 'ajar', minutes: 10, reason: 'because' })), 'http.invalid')
  assert.equal(codeOf(await force({ state: 'open', minutes: 0, reason: 'because' })), 'http.invalid')
  assert.equal(codeOf(await force({ state: 'open', minutes: 2_000, reason: 'because' })), 'http.invalid')
  const nobody = await force({ state: 'open', minutes: 1, reason: 'because' }, 'nobody')
  assert.deepEqual([nobody.status, codeOf(nobody)], [404, 'outward.not_found'])
  assert.equal((await wayOf('ups')).forced, null)
  const limit = (account: string, body: unknown) =>
    running.call('PUT', `/api/outward/accounts/${account}`, body)
  assert.equal(codeOf(await limit('nobody', { perSecond: 1, burst: 1 })), 'outward.account_not_found')
  assert.equal(codeOf(await limit(ids.ups as string, { perSecond: 0, burst: 1 })), 'http.invalid')
  assert.equal(codeOf(await limit(ids.ups as string, { perSecond: 1, burst: 1.5 })), 'http.invalid')
  assert.equal(codeOf(await running.call('GET', on('ups', '/history?cursor=abc'))), 'http.bad_cursor')
})

test("an account's limit is set and given back", async () => {
  const { account } = await wayOf('ups')
  const path = `/api/outward/accounts/${encodeURIComponent(account)}`
  const shown = async () => (await overview()).accounts.find((one) => one.account === account)
  assert.deepEqual([(await shown())?.source, (await shown())?.perSecond], ['cautious', 100])
  assert.equal((await running.call('PUT', path, { perSecond: 0.5, burst: 3 })).status, 204)
  assert.deepEqual(
    [(await shown())?.source, (await shown())?.perSecond, (await shown())?.burst],
    ['operator', 0.5, 3],
  )
  assert.equal((await running.call('DELETE', path)).status, 204)
  assert.equal((await shown())?.source, 'cautious')
})

test('what waits for a budget is an alarm after five minutes, and goes at once when the limit is raised', async () => {
  const { clock, alarms } = running.hub.core
  const { sql } = running.database
  const connection = ids.ups as string
  const budget = 'kdniao:ups'
  const now = clock.now()
  await sql`
    insert into outbox_intent (key, effect, connection_id, payload, state, last_code, not_before, created_at, updated_at)
    values ('budget:1', 'report_shipment', ${connection}, '{}', 'pending', 'outward.rate_limited', ${now.add({ hours: 1 })},
      ${now.subtract({ seconds: 290 })}, ${now})`
  const told = async () => {
    await watchOutward({ ...outwardDeps(running.hub.core), alarms })
    const [row] = await sql<{ zh: string }>`
      select zh from alarm where rule = 'outward.throttled' and subject = ${budget} and state = 'open'`
    return row?.zh ?? null
  }
  assert.equal(await told(), null)
  await sql`update outbox_intent set created_at = ${now.subtract({ seconds: 310 })} where key = 'budget:1'`
  assert.match((await told()) ?? '', /额度不够用：1 项待办等额度，最早的已等 5 分钟/)
  const account = (await overview()).accounts.find((one) => one.account === budget)
  assert.equal(account?.held, 1)
  const path = `/api/outward/accounts/${encodeURIComponent(budget)}`
  const held = async () =>
    (
      await sql`select 1 from outbox_intent where key = 'budget:1' and not_before > ${clock.now().add({ minutes: 30 })}`
    ).length
  assert.equal(await held(), 1)
  assert.equal((await running.call('PUT', path, { perSecond: 50, burst: 50 })).status, 204)
  assert.equal(await held(), 0)
  assert.equal((await running.call('DELETE', path)).status, 204)
  await sql`delete from outbox_intent where key = 'budget:1'`
  assert.equal(await told(), null)
})

test('only a connection that has the call can stand in', async () => {
  const choose = (name: string, body: unknown) => running.call('PUT', on(name, '/backup'), body)
  const capability = 'fetchTracking'
  assert.equal(codeOf(await choose('dhl', { capability, backup: ids.ups })), 'done')
  assert.equal((await wayOf('dhl')).backups[0]?.connection?.id, ids.ups)
  assert.equal(codeOf(await choose('dhl', { capability, backup: null })), 'done')
  assert.equal((await wayOf('dhl')).backups[0]?.connection, null)
  assert.equal(codeOf(await choose('dhl', { capability, backup: ids.dhl })), 'outward.backup_itself')
  assert.equal(codeOf(await choose('dhl', { capability: 'notify', backup: ids.ups })), 'outward.backup_unfit')
  assert.equal(codeOf(await choose('dhl', { capability: 'reportShipment', backup: ids.ups })), 'http.invalid')
  const decisions = await running.call('GET', '/api/outward/decisions')
  assert.deepEqual(decisions.body, { items: [], next: null })
})

test('refused credentials and a throttled account are alarms, and heal', async () => {
  const { clock, alarms } = running.hub.core
  const at = minuteOf(clock.now())
  const draft = { connection: ids.ups as string, at, errors: 0, slow: 0 }
  await addCounts(running.database.sql, [{ ...draft, calls: 4, codes: { credentials: 3 } }])
  await running.database.sql`
    update rate_budget set factor = 0.25, factor_at = now() where account = 'kdniao:dhl'`
  const rules = async () => {
    await watchOutward({ ...outwardDeps(running.hub.core), alarms })
    const rows = await running.database.sql<{ rule: string; subject: string }>`
      select rule, subject from alarm where state <> 'resolved' and rule like 'outward.%' order by rule`
    return rows.map(({ rule, subject }) => [rule, subject])
  }
  assert.deepEqual(await rules(), [
    ['outward.rejected_credentials', ids.ups],
    ['outward.throttled', 'kdniao:dhl'],
  ])
  await addCounts(running.database.sql, [{ ...draft, calls: 20, codes: {} }])
  await running.database.sql`update rate_budget set factor = 1`
  assert.deepEqual(await rules(), [])
})

test('the metrics count calls and open breakers', async () => {
  const answer = await fetch(`${running.hub.url}/metrics`)
  const text = await answer.text()
  assert.match(text, /holdfast_outward_calls_total\{kind="kdniao",outcome="error"\} \d+/)
  assert.match(text, /holdfast_breakers\{state="open"\} 0/)
})

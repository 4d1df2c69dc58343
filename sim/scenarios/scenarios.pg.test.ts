import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Result } from '#kernel/result.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import type { DayCarrier } from '../carriers/day-carriers.ts'
import { judgeDay } from '../carriers/day-check.ts'
import {
  askAbout,
  handIn,
  moveTo,
  obtain,
  openStage,
  STAGE_START,
  type Stage,
  type StageOptions,
} from '../carriers/stage.ts'

// Kept scenarios of the sources over the real connectors and the simulated carriers: what goes wrong, what the hub sees of it, how it ends.

async function staged(
  options: Omit<StageOptions, 'db' | 'seed'>,
  live: (stage: Stage) => Promise<void>,
): Promise<void> {
  const database = await freshDatabase()
  const stage = await openStage({ db: database.sql, seed: 7, ...options })
  try {
    await live(stage)
  } finally {
    await stage.close()
    await database.close()
  }
}

const orders = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `S${String(i).padStart(4, '0')}`)
const codes = (results: readonly Result<string>[]): string[] =>
  results.map((result) => (result.ok ? 'ok' : result.refusal.code))

function only(stage: Stage, kind: string): DayCarrier {
  const carrier = stage.carriers.find(({ id }) => id === kind)
  assert.ok(carrier !== undefined)
  return carrier
}

/** Numbers that have a waybill and, as far as the hub knows, were never touched by a courier. */
async function unscanned(stage: Stage): Promise<string[]> {
  const rows = await stage.db<{ number: string }>`
    select substr(subject, 8) as number from fact where subject like 'parcel:%'
    group by subject having bool_and(kind = 'waybill_issued') order by 1`
  return rows.map(({ number }) => number)
}

test('首扫 outage: for six hours no pick-up is told; nothing is guessed, asking finds them, and what is held arrives later without a second fact', async () => {
  await staged({ only: ['sf', 'zto'], shares: {} }, async (stage) => {
    for (const { desk } of stage.carriers) desk.hold(['picked_up', 'departed', 'arrived'])
    for (const [i, orderNo] of orders(20).entries()) {
      const carrier = stage.carriers[i % 2] as DayCarrier
      assert.ok((await handIn(stage, { orderNo, carrier, course: 'plain' })).ok)
    }
    await moveTo(stage, STAGE_START.add({ hours: 6 }))
    const silent = await unscanned(stage)
    assert.equal(silent.length, 20, 'as far as the hub knows nobody has picked up anything')
    const moved = [...stage.book.standings().values()].filter((standing) => standing !== 'issued').length
    assert.equal(moved, 20, 'though all of them were')

    for (const number of silent) {
      const carrier = only(stage, stage.book.parcelOf(number)?.kind ?? '')
      assert.equal(await askAbout(stage, carrier, number), true)
    }
    await moveTo(stage, STAGE_START.add({ hours: 6, minutes: 1 }))
    assert.deepEqual(await unscanned(stage), [])
    assert.deepEqual((await judgeDay(stage.db, stage.book)).wrong, [])

    for (const { desk } of stage.carriers) desk.release()
    await moveTo(stage, STAGE_START.add({ hours: 48 }))
    const verdict = await judgeDay(stage.db, stage.book)
    assert.deepEqual(verdict.wrong, [])
    assert.deepEqual(verdict.byStanding, { delivered: 20 })
    assert.deepEqual(verdict.parked, [])
    assert.equal(verdict.ordersRight, 20)
  })
})

test('token expired for 17 h: every ask is refused by name, none is lost, and once it is renewed each reference gets one number', async () => {
  await staged({ only: ['sf', 'kuaidi100'], shares: {} }, async (stage) => {
    for (const { desk } of stage.carriers) desk.setTrouble('credential_expired')
    const asks = orders(16).map((orderNo, i) => ({ orderNo, carrier: stage.carriers[i % 2] as DayCarrier }))
    for (let hour = 0; hour < 17; hour += 4) {
      await moveTo(stage, STAGE_START.add({ hours: hour }))
      const refused = await Promise.all(asks.map(({ carrier, orderNo }) => obtain(stage, carrier, orderNo)))
      assert.deepEqual(new Set(codes(refused)), new Set(['carrier.credential_expired']))
    }
    assert.equal(stage.book.parcels().length, 0)
    await moveTo(stage, STAGE_START.add({ hours: 17 }))
    for (const { desk } of stage.carriers) desk.setTrouble(null)
    const made: Result<string>[] = []
    for (const ask of asks) made.push(await handIn(stage, ask))
    const numbers = made.map((result) => (result.ok ? result.value : result.refusal.code))
    assert.equal(new Set(numbers).size, 16)
    assert.equal(stage.book.parcels().length, 16)
    await moveTo(stage, STAGE_START.add({ hours: 72 }))
    assert.deepEqual((await judgeDay(stage.db, stage.book)).wrong, [])
  })
})

test('pool empty: exactly as many as there are numbers, the rest refused by name; refilled, the same references get theirs, none twice', async () => {
  await staged({ only: ['zto', 'yto', 'cainiao'], shares: {} }, async (stage) => {
    for (const carrier of stage.carriers) {
      const account = carrier.issuer
        .accounts()
        .find((one) => one.account === carrier.deskAccount && one.carrier === carrier.carrier)
      assert.ok(account !== undefined)
      account.left = 12
      const references = orders(20).map((orderNo) => `${carrier.id.toUpperCase()}-${orderNo}`)
      const first = await Promise.all(references.map((reference) => obtain(stage, carrier, reference)))
      const got = codes(first)
      assert.equal(got.filter((code) => code === 'ok').length, 12, carrier.id)
      assert.equal(got.filter((code) => code === 'carrier.pool_empty').length, 8, carrier.id)
      assert.equal(account.left, 0)
      account.left = 100
      const missed = references.filter((_, i) => got[i] !== 'ok')
      const second = await Promise.all(missed.map((reference) => obtain(stage, carrier, reference)))
      assert.deepEqual(new Set(codes(second)), new Set(['ok']), carrier.id)
      assert.equal(account.left, 92)
      const all = [...first, ...second].flatMap((result) => (result.ok ? [result.value] : []))
      assert.equal(new Set(all).size, 20, carrier.id)
    }
  })
})

test('address list: our outward address is refused by its own code and named as such by every carrier that has such a list', async () => {
  await staged({ only: ['sf', 'zto', 'cainiao'], shares: {} }, async (stage) => {
    for (const carrier of stage.carriers) {
      carrier.desk.setTrouble('ip_refused')
      assert.deepEqual(codes([await obtain(stage, carrier, `IP-${carrier.id.toUpperCase()}`)]), [
        'carrier.ip_refused',
      ])
    }
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DrillText } from '#app/drill-scenario.ts'
import { countToll, incidentOf, openToll } from './incident.ts'
import { NOTHING_KNOWN } from './measures.ts'

const FAULT = Temporal.Instant.from('2026-11-11T04:00:00Z')
const after = (minutes: number): Temporal.Instant => FAULT.add({ seconds: Math.round(minutes * 60) })

type Paid = { readonly no: string; readonly at: number }
/** One shop whose orders were paid so many minutes after the fault, of which the hub knows some. */
function lookAt(now: number, paid: readonly Paid[], knows: readonly string[] = []) {
  const orders = new Map(
    paid.map(({ no, at }) => [
      no,
      { orderNo: no, paidAt: after(at), cancelledAt: null, shipments: [] as unknown[] },
    ]),
  )
  return {
    world: { shops: new Map([['youzan', { channel: { orders } }]]) } as never,
    known: {
      ...NOTHING_KNOWN,
      orders: new Map(knows.map((no) => [no, { paid: true, parcels: 0, reviewed: false }])),
    },
    now: after(now),
    faultAt: FAULT,
    before: new Set<string>(['old']),
  }
}
const drill = (incident: DrillText['incident']): DrillText => ({ incident }) as DrillText
const LATE = { zh: '晚了', en: 'late', measure: 'paid_unknown' as const }

test('an incident of so many orders counts each that was ever late once, and none that was late before', () => {
  const told = drill({ ...LATE, minutes: 5, count: 2 })
  const toll = openToll()
  countToll(
    told,
    toll,
    lookAt(6, [
      { no: 'old', at: -9 },
      { no: 'a', at: 0 },
      { no: 'b', at: 2 },
    ]),
  )
  assert.deepEqual(incidentOf(told, toll)?.here, { zh: '1 单', en: '1 order' }, 'b is 4 minutes late')
  // The hub knows a by now; it was late all the same.
  countToll(
    told,
    toll,
    lookAt(
      8,
      [
        { no: 'a', at: 0 },
        { no: 'b', at: 2 },
      ],
      ['a'],
    ),
  )
  assert.deepEqual(incidentOf(told, toll), {
    source: { zh: '晚了', en: 'late' },
    here: { zh: '2 单', en: '2 orders' },
    isAsBad: true,
  })
})

test('an incident of so many minutes is as long as the longest wait of what was paid after the fault', () => {
  const told = drill({ ...LATE, late: 22 })
  const toll = openToll()
  countToll(
    told,
    toll,
    lookAt(20, [
      { no: 'before', at: -30 },
      { no: 'a', at: 1 },
    ]),
  )
  assert.deepEqual(incidentOf(told, toll)?.here.zh, '最晚 19 分钟')
  assert.equal(incidentOf(told, toll)?.isAsBad, false)
  countToll(told, toll, lookAt(22.6, [{ no: 'a', at: 1 }]))
  assert.equal(incidentOf(told, toll)?.isAsBad, true, '21.6 minutes are 22 in words')
  // Known since: what it waited stays.
  countToll(told, toll, lookAt(40, [{ no: 'a', at: 1 }], ['a']))
  assert.deepEqual(incidentOf(told, toll)?.here.en, '22 min at worst')
})

test('long waits are told in hours, transfers as transfers; without a figure nothing is told', () => {
  assert.deepEqual(incidentOf(drill({ ...LATE, late: 1_020 }), { longest: 1_041, late: new Set() }), {
    source: { zh: '晚了', en: 'late' },
    here: { zh: '最晚 17.4 小时', en: '17.4 h at worst' },
    isAsBad: true,
  })
  const transfers = drill({ zh: '甲', en: 'a', measure: 'transfer_unlocked', count: 412 })
  assert.deepEqual(incidentOf(transfers, { longest: 0, late: new Set(['T1']) })?.here, {
    zh: '1 张调拨单',
    en: '1 transfer',
  })
  assert.equal(incidentOf(drill(undefined), openToll()), null)
})

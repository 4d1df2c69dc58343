import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Binding, PlanUnit } from '#domain/fulfilment.ts'
import { checkManual, type ManualParcel } from './manual.ts'
import { placesByOrder } from './places.ts'

function unit(key: string, quantity: number, orderId = 1n): PlanUnit {
  return {
    key,
    orderId,
    lineId: key,
    sku: key.toUpperCase(),
    title: key,
    quantity,
    gift: key.startsWith('g'),
    bundle: null,
    perBundle: 1,
    weightG: null,
    volumeCm3: null,
    valueMinor: 0n,
    tags: [],
  }
}

const NAMES = ['a', 'b', 'c', 'g'] as const
const units = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 4, maxLength: 4 })
  .map((counts) => NAMES.map((name, i) => unit(name, counts[i] ?? 1, BigInt((i % 2) + 1))))
const parcels = fc.array(
  fc.record({
    warehouse: fc.constantFrom('SH', 'GZ', null),
    pieces: fc.uniqueArray(
      fc.record({ unit: fc.constantFrom(...NAMES), quantity: fc.integer({ min: 1, max: 5 }) }),
      { selector: (piece) => piece.unit, maxLength: 4 },
    ),
  }),
  { maxLength: 4 },
)

function pieces(of: readonly ManualParcel[], key: string): number {
  return of
    .flatMap((parcel) => parcel.pieces)
    .filter((piece) => piece.unit === key)
    .reduce((sum, piece) => sum + piece.quantity, 0)
}

test('FU6: what is accepted has every piece in exactly one parcel; what has is accepted', () => {
  fc.assert(
    fc.property(units, parcels, (all, given) => {
      const whole = all.every((one) => pieces(given, one.key) === one.quantity)
      assert.equal(checkManual(given, all, []).ok, whole)
    }),
    { numRuns: 500 },
  )
})

test('FU6: no parcel has a gift without its main product, nor a part of what is bound hard', () => {
  const bindings: readonly Binding[] = [
    { strength: 'hard', why: 'gift', units: ['a', 'g'], node: null },
    { strength: 'hard', why: 'bundle', units: ['b', 'c'], node: null },
  ]
  fc.assert(
    fc.property(units, fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }), (all, at) => {
      // Each unit whole in one of four parcels: always complete, sometimes torn.
      const given = [0, 1, 2, 3].map((i) => ({
        warehouse: null,
        pieces: all.flatMap((one, n) => (at[n] === i ? [{ unit: one.key, quantity: one.quantity }] : [])),
      }))
      const kept = at[0] === at[3] && at[1] === at[2]
      assert.equal(checkManual(given, all, bindings).ok, kept)
    }),
    { numRuns: 300 },
  )
})

test('FU1: what the orders of a plan lock is exactly what its parcels hold', () => {
  fc.assert(
    fc.property(units, parcels, (all, given) => {
      const byKey = new Map(all.map((one) => [one.key, one]))
      const places = placesByOrder(
        given.map((parcel) => ({ ...parcel, waits: false })),
        byKey,
      )
      for (const one of all) {
        const of = places.get(one.orderId)
        const locked = (of?.places ?? []).filter((place) => place.sku === one.sku)
        const later = of?.later.get(one.sku) ?? 0
        const sum = locked.reduce((total, place) => total + place.quantity, 0) + later
        assert.equal(sum, pieces(given, one.key))
      }
    }),
    { numRuns: 300 },
  )
})

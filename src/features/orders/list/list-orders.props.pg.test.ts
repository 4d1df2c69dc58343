import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { ORDER_STATUSES } from '#domain/order-status.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedOrder } from '#test-support/seed-orders.ts'
import { type FilterInput, parseQuestion, SORTS } from './core/filter.ts'
import { listOrders } from './list-orders.ts'

type Seeded = {
  id: bigint
  connection: string
  status: string
  placedAt: string
  shipBy: string | null
  drift: number
  report: string
}

let db: FreshDatabase
const seeded: Seeded[] = []
const NOW = Temporal.Instant.from('2026-01-02T00:00:00Z')

// 120 orders over few instants, so that ties are the rule.
before(async () => {
  db = await freshDatabase()
  for (let i = 0; i < 120; i += 1) {
    const order = {
      connection: `c${i % 3}`,
      orderNo: `n${i}`,
      status: ORDER_STATUSES[(i * 7) % ORDER_STATUSES.length] ?? 'shipped',
      placedAt: `2026-01-01T0${i % 5}:00:00Z`,
      shipBy: i % 4 === 0 ? null : `2026-01-0${1 + (i % 3)}T12:00:00Z`,
      drift: i % 6 === 0 ? 1 : 0,
      report: ['none', 'refused', 'accepted', 'unknown'][i % 4] ?? 'none',
    }
    seeded.push({ ...order, id: await seedOrder(db.sql, order) })
  }
})
after(async () => await db.close())

const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)

/** The list as a person would sort it by hand: everything in memory, no index, no cursor. */
function oracle(filter: {
  status?: string[]
  connection?: string[]
  drift?: number
  report?: string[]
  sort: string
}): bigint[] {
  const kept = seeded.filter(
    (order) =>
      (filter.status === undefined || filter.status.includes(order.status)) &&
      (filter.connection === undefined || filter.connection.includes(order.connection)) &&
      (filter.drift === undefined || order.drift > 0) &&
      (filter.report === undefined || filter.report.includes(order.report)),
  )
  const newest = (a: Seeded, b: Seeded): number => compare(b.placedAt, a.placedAt) || compare(b.id, a.id)
  if (filter.sort === '-sortAt') return kept.sort(newest).map(({ id }) => id)
  if (filter.sort === 'sortAt') return kept.sort((a, b) => -newest(a, b)).map(({ id }) => id)
  const sign = filter.sort === 'shipBy' ? 1 : -1
  const dated = kept.filter((order) => order.shipBy !== null)
  dated.sort((a, b) => sign * (compare(a.shipBy ?? '', b.shipBy ?? '') || compare(a.id, b.id)))
  return [...dated, ...kept.filter((order) => order.shipBy === null).sort(newest)].map(({ id }) => id)
}

const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const questions = fc.record({
  status: optional(fc.uniqueArray(fc.constantFrom(...ORDER_STATUSES), { minLength: 1, maxLength: 5 })),
  connection: optional(fc.uniqueArray(fc.constantFrom('c0', 'c1', 'c2'), { minLength: 1 })),
  drift: optional(fc.constant(1)),
  report: optional(
    fc.uniqueArray(fc.constantFrom('none', 'refused', 'accepted', 'unknown'), { minLength: 1 }),
  ),
  sort: fc.constantFrom(...SORTS),
})

test('OL1: pages of any size, one after another, are the list that sorting by hand gives', async () => {
  const property = fc.asyncProperty(questions, fc.integer({ min: 1, max: 40 }), async (asked, limit) => {
    const input = Object.fromEntries(
      Object.entries(asked).filter(([, value]) => value !== undefined),
    ) as FilterInput
    const question = parseQuestion(input, 'UTC', NOW)
    assert.ok(question.ok)
    const found: bigint[] = []
    let cursor: string | null = null
    do {
      const page = await listOrders(db.sql, question.value, { cursor, limit })
      assert.ok(page.ok && page.value.rows.length <= limit)
      found.push(...page.value.rows.map((row) => row.id))
      cursor = page.value.next
    } while (cursor !== null && found.length <= seeded.length)
    assert.deepEqual(found, oracle(input as Parameters<typeof oracle>[0]))
  })
  await fc.assert(property, { numRuns: 60 })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { closeShort, decideDispatch, decideReceipt, type Step, type StepContext, turnBack } from './steps.ts'
import {
  ACTIONS,
  decideAction,
  mayDo,
  notLeft,
  onTheWay,
  pauseAfter,
  TRANSFER_STATES,
  type Transfer,
} from './transfer.ts'

const CONTEXT: StepContext = { once: 'transfer:1:1', actor: 'ann', figures: 'own', quotas: new Map() }
function fresh(quantities: readonly number[]): Transfer {
  return {
    id: 1n,
    transferNo: 'DB20261111-00001',
    kind: 'warehouse',
    from: 'BJ',
    to: 'SH',
    state: 'locked',
    orderId: null,
    holdNo: 1,
    drawSafety: false,
    lines: quantities.map((quantity, i) => ({
      line: i + 1,
      sku: i % 2 === 0 ? 'A' : 'B',
      fromChannel: null,
      toChannel: i < 2 ? null : `c${i}`,
      quantity,
      dispatched: 0,
      received: 0,
      damaged: 0,
      lost: 0,
      returned: 0,
      handedOver: 0,
    })),
  }
}
const figure = fc.integer({ min: 0, max: 6 })
const move = fc.oneof(
  fc.record({
    do: fc.constant('dispatch' as const),
    pieces: fc.array(figure, { minLength: 3, maxLength: 3 }),
  }),
  fc.record({
    do: fc.constant('receive' as const),
    pieces: fc.array(fc.tuple(figure, figure, figure), { minLength: 3, maxLength: 3 }),
  }),
  fc.record({ do: fc.constantFrom('close' as const, 'turn_back' as const) }),
)

test('whatever is done in whatever order, every piece is somewhere, and the ledger hears the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 }),
      fc.array(move, { maxLength: 12 }),
      (quantities, moves) => {
        let transfer = fresh(quantities)
        const total = quantities.reduce((sum, n) => sum + n, 0)
        const ledger = { out: 0, way: 0, home: 0, shelf: 0, free: false }
        for (const one of moves) {
          if (!decideAction(transfer, one.do).ok) continue
          const step = stepOf(transfer, one)
          if (step === null) continue
          for (const command of step.commands) {
            if (command.do === 'commit') for (const line of command.lines ?? []) ledger.out += line.quantity
            if (command.do === 'release') ledger.free = true
            if (command.do === 'adjust')
              for (const change of command.changes) {
                if (change.warehouse === 'SH') ledger.way += change.inTransit ?? 0
                else ledger.home += change.inTransit ?? 0
                ledger.shelf += change.physical ?? 0
              }
          }
          transfer = { ...transfer, lines: step.lines, state: step.state }
          for (const line of transfer.lines) {
            assert.ok(onTheWay(line) >= 0 && notLeft(line) >= 0)
            const gone = line.received + line.damaged + line.lost + line.returned
            assert.equal(gone + onTheWay(line) + notLeft(line), line.quantity)
          }
          const sum = (count: (line: Transfer['lines'][number]) => number) =>
            transfer.lines.reduce((all, line) => all + count(line), 0)
          assert.equal(
            ledger.out,
            sum((line) => line.dispatched),
          )
          assert.equal(ledger.way, sum(onTheWay))
          assert.equal(
            ledger.shelf,
            sum((line) => line.received),
          )
          assert.equal(
            ledger.home,
            sum((line) => line.returned),
          )
          const ended = ['short_closed', 'cancelled'].includes(transfer.state)
          assert.equal(ledger.free, ended && ledger.out < total, 'what had not left is free, once')
        }
      },
    ),
  )
})

function stepOf(transfer: Transfer, one: { do: string; pieces?: unknown }): Step | null {
  const n = transfer.lines.length
  if (one.do === 'close') return closeShort(transfer, CONTEXT, 'why')
  if (one.do === 'turn_back') return turnBack(transfer, CONTEXT, 'why')
  const done =
    one.do === 'dispatch'
      ? decideDispatch(
          transfer,
          (one.pieces as number[]).slice(0, n).map((quantity, i) => ({ line: i + 1, quantity })),
          CONTEXT,
        )
      : decideReceipt(
          transfer,
          (one.pieces as [number, number, number][])
            .slice(0, n)
            .map(([good, damaged, lost], i) => ({ line: i + 1, good, damaged, lost })),
          CONTEXT,
        )
  return done.ok ? done.value : null
}

test('every state says what may be done, ended ones nothing', () => {
  assert.deepEqual(
    TRANSFER_STATES.map((state) => [state, mayDo(state).join(' ')]),
    [
      ['instructed', 'cancel retry'],
      ['locked', 'dispatch cancel'],
      ['dispatched', 'dispatch receive close turn_back'],
      ['part_received', 'dispatch receive close turn_back'],
      ['received', ''],
      ['short_closed', ''],
      ['cancelled', ''],
      ['failed', 'retry'],
    ],
  )
  assert.equal(ACTIONS.length, 6)
})

test('pauses grow to half a minute', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 50].map(pauseAfter), [2, 3, 5, 10, 15, 30, 30, 30])
})

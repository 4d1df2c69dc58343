import type { Instant } from '#kernel/clock.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import { newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { WaybillDeps } from '../deps.ts'
import { readAccounts, writeEvents } from '../store.ts'
import { cancelIntent } from './intents.ts'
import { nameOf, tellEvent } from './make-waybill.ts'
import { countAttempt, hasMoved, lockWaybill, readWaybill, saveState, type WaybillRow } from './store.ts'
import { wordsOf } from './words.ts'

/** Codes by which a carrier says that there is nothing to cancel, or that unused numbers come back by themselves. */
const GONE: ReadonlySet<string> = new Set([
  'carrier.unknown_number',
  'carrier.unknown_reference',
  'carrier.not_supported',
])

/**
 * Cancels a waybill at its carrier; where the carrier has no call for it, here alone. Refused (picked up, ...) it stays issued, with the
 * carrier's reason.
 */
export function cancelWaybillHandler(deps: WaybillDeps): EffectHandler {
  return {
    perform: async (intent) => {
      const row = await readWaybill(deps.db, BigInt(String(intent.payload.waybillId)))
      if (row === null || row.state !== 'cancelling')
        return {
          state: 'moot',
          refusal: { code: 'waybills.not_cancelling', detail: 'it is not to be cancelled any more' },
        }
      if (row.tracking_no !== null && (await hasMoved(deps.db, row.tracking_no)))
        return refusedEnd('carrier.too_late', 'the carrier has it already')
      const connection = deps.find(row.connection_id ?? '')
      const account = (await readAccounts(deps.db)).find((one) => one.id === row.account_id)
      if (connection === null || account === undefined)
        return refusedEnd('carrier.not_supported', `${row.connection_id ?? 'its connection'} is gone`)
      const calls = connection.connector.calls?.(connection.settings, deps.callsFor(connection))
      if (calls?.cancelWaybill === undefined)
        return { state: 'done', words: 'not told: the carrier takes no cancelling' }
      const answer = await calls.cancelWaybill(
        nameOf(row, account, deps),
        String(intent.payload.reason ?? ''),
      )
      if (answer.outcome === 'accepted') return { state: 'done', words: answer.words }
      return GONE.has(answer.refusal.code)
        ? { state: 'done', words: answer.refusal.detail }
        : { state: 'refused', refusal: answer.refusal }
    },
    record: async (tx, intent, end) => {
      const row = await lockWaybill(tx, BigInt(String(intent.payload.waybillId)))
      if (row === null || row.state !== 'cancelling') return
      const now = deps.clock.now()
      if (end.state === 'done') await keepCancelled(tx, row, end.words, now)
      else if (end.state === 'refused') {
        const words = wordsOf(end.refusal)
        await saveState(tx, row.id, { state: 'issued', ...end.refusal, ...words }, now)
        await writeEvents(
          tx,
          [{ waybillId: row.id, what: 'cancel_refused', actor: 'hub', words: words.zh }],
          now,
        )
      }
    },
  }
}

function refusedEnd(code: string, detail: string): EffectEnd {
  return { state: 'refused', refusal: { code, detail } }
}

async function keepCancelled(tx: Sql, row: WaybillRow, words: string, now: Instant): Promise<void> {
  await saveState(tx, row.id, { state: 'cancelled', code: null, detail: null, zh: '', en: '' }, now)
  await tellEvent(tx, row, { event: 'waybill_cancelled', at: now, key: `${row.reference}:cancelled`, words })
  await writeEvents(tx, [{ waybillId: row.id, what: 'cancelled', actor: 'hub', words }], now)
}

/** Asks the carrier to cancel it; the row must be locked and issued. */
export async function beginCancelling(
  tx: Sql,
  row: WaybillRow,
  one: { readonly actor: string; readonly reason: string },
  now: Instant,
): Promise<void> {
  await saveState(
    tx,
    row.id,
    { state: 'cancelling', code: null, detail: null, zh: one.reason, en: one.reason },
    now,
  )
  await writeEvents(tx, [{ waybillId: row.id, what: 'cancelling', actor: one.actor, words: one.reason }], now)
  if (row.connection_id === null) return
  const { id, reference, lead_id: leadId, connection_id: connectionId } = row
  const again = row.attempts
  await countAttempt(tx, id)
  await newIntents(
    tx,
    [cancelIntent({ id, reference, leadId, connectionId, reason: one.reason, again })],
    now,
  )
}

import type { Words } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Refusal } from '#kernel/result.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import { newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { accountSecrets, hideTexts } from '../core/hide-private.ts'
import type { WaybillDeps } from '../deps.ts'
import { readAccounts, writeEvents } from '../store.ts'
import { cancelIntent, type Renewal, renewalOf } from './intents.ts'
import { nameOf, tellEvent } from './make-waybill.ts'
import { countAttempt, hasMoved, lockWaybill, readWaybill, saveState, type WaybillRow } from './store.ts'
import { wordsOf } from './words.ts'

/** Codes by which a carrier says that there is nothing to cancel, or that unused numbers come back by themselves. */
const GONE: ReadonlySet<string> = new Set([
  'carrier.unknown_number',
  'carrier.unknown_reference',
  'carrier.not_supported',
])

/** Wants another waybill for the parcel of one that is cancelled; says in words why not, else null. */
export type WantAgain = (
  tx: Sql,
  deps: WaybillDeps,
  row: WaybillRow,
  renewal: Renewal & { readonly reason: string },
) => Promise<string | null>

/**
 * Cancels a waybill at its carrier; where the carrier has no call for it, here alone. Refused (picked up, ...) it stays issued, with the
 * carrier's reason, and no other one is wanted: a parcel never has two numbers that live.
 */
export function cancelWaybillHandler(deps: WaybillDeps, wantAgain: WantAgain): EffectHandler {
  return {
    perform: async (intent) => {
      const row = await readWaybill(deps.db, BigInt(String(intent.payload.waybillId)))
      if (row === null || row.state !== 'cancelling')
        return {
          state: 'moot',
          refusal: { code: 'waybills.not_cancelling', detail: 'it is not to be cancelled any more' },
        }
      if (await hasMoved(deps.db, row)) return refusedEnd('carrier.too_late', 'the carrier has it already')
      const connection = deps.find(row.connection_id ?? '')
      const account = (await readAccounts(deps.db)).find((one) => one.id === row.account_id)
      if (connection === null || account === undefined)
        return refusedEnd('carrier.not_supported', `${row.connection_id ?? 'its connection'} is gone`)
      const calls = connection.connector.calls?.(connection.settings, deps.callsFor(connection))
      if (calls?.cancelWaybill === undefined)
        return { state: 'done', words: 'not told: the carrier takes no cancelling' }
      const name = nameOf(row, account, deps)
      const secrets = accountSecrets(name.account, connection.connector)
      const answer = await calls.cancelWaybill(name, String(intent.payload.reason ?? ''))
      if (answer.outcome === 'accepted') return { state: 'done', words: hideTexts(answer.words, secrets) }
      const detail = hideTexts(answer.refusal.detail, secrets)
      return GONE.has(answer.refusal.code)
        ? { state: 'done', words: detail }
        : { state: 'refused', refusal: { ...answer.refusal, detail } }
    },
    record: async (tx, intent, end) => {
      const row = await lockWaybill(tx, BigInt(String(intent.payload.waybillId)))
      if (row === null || row.state !== 'cancelling') return
      const now = deps.clock.now()
      if (end.state === 'done') {
        await keepCancelled(tx, row, end.words, now)
        const renewal = renewalOf(intent)
        if (renewal === null) return
        const reason = String(intent.payload.reason ?? '')
        const words = await wantAgain(tx, deps, row, { ...renewal, reason })
        if (words !== null)
          await writeEvents(tx, [{ waybillId: row.id, what: 'renew_refused', actor: 'hub', words }], now)
      } else if (end.state === 'refused')
        await keepUncancelled(tx, row, end.refusal, wordsOf(end.refusal), now)
    },
  }
}

function refusedEnd(code: string, detail: string): EffectEnd {
  return { state: 'refused', refusal: { code, detail } }
}

/** It stays what it was; one whose number nobody knows is over all the same, since nothing can travel under it. */
export async function keepUncancelled(
  tx: Sql,
  row: WaybillRow,
  refusal: Refusal,
  words: Words,
  now: Instant,
): Promise<void> {
  const state = row.tracking_no === null ? 'void' : 'issued'
  await saveState(tx, row.id, { state, ...refusal, ...words }, now)
  await writeEvents(tx, [{ waybillId: row.id, what: 'cancel_refused', actor: 'hub', words: words.zh }], now)
}

export async function keepCancelled(tx: Sql, row: WaybillRow, words: string, now: Instant): Promise<void> {
  await saveState(tx, row.id, { state: 'cancelled', code: null, detail: null, zh: '', en: '' }, now)
  await tellEvent(tx, row, { event: 'waybill_cancelled', at: now, key: `${row.reference}:cancelled`, words })
  await writeEvents(tx, [{ waybillId: row.id, what: 'cancelled', actor: 'hub', words }], now)
}

/** Asks the carrier to cancel it, by its number or where that is not known by our reference; the row must be locked. */
export async function beginCancelling(
  tx: Sql,
  row: WaybillRow,
  one: { readonly actor: string; readonly reason: string; readonly renew?: Renewal },
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
    [
      cancelIntent({
        id,
        reference,
        leadId,
        connectionId,
        reason: one.reason,
        again,
        renew: one.renew ?? null,
      }),
    ],
    now,
  )
}

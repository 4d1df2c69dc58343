import type { Calls, Settings } from '#domain/connector.ts'
import { hubEventMessage } from '#domain/hub-event.ts'
import type { Words } from '#domain/notice.ts'
import { NO_ROUTING, type Waybill, type WaybillAsk, type WaybillName } from '#domain/waybill.ts'
import { assert } from '#kernel/assert.ts'
import type { Instant } from '#kernel/clock.ts'
import type { TrackingNo } from '#kernel/id.ts'
import { formatInstant } from '#kernel/instant.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import { writeJournal } from '#platform/journal/store.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import { hubMessageIntent } from '#platform/outbox/hub-message.ts'
import { type Intent, newIntents } from '#platform/outbox/store.ts'
import { databaseNow } from '#platform/postgres/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { openJson, sealJson } from '../contacts.ts'
import { chooseAccount } from '../core/choose-account.ts'
import { hideTexts, privateTexts } from '../core/hide-private.ts'
import type { WaybillDeps } from '../deps.ts'
import { readChoices } from '../read-accounts.ts'
import { type AccountRow, readAccounts, setBlocked, writeEvents } from '../store.ts'
import { sealedByOf } from '../want/sealed-by.ts'
import { buildAsk } from './build-ask.ts'
import { makeIntent } from './intents.ts'
import {
  beginAsking,
  beginTelling,
  countTries,
  isHeld,
  isStillWanted,
  lockWaybill,
  numberHolder,
  PLAN_HELD,
  readWaybill,
  saveAccountOf,
  saveDoubt,
  saveHeld,
  saveIssued,
  saveState,
  triedAccounts,
  type WaybillRow,
} from './store.ts'
import { isOfTheAccount, wordsOf } from './words.ts'

/** What an attempt brought, from `perform` to `record`. */
type Made = { readonly waybill: Waybill }

/**
 * Obtains a waybill from its carrier. An attempt whose forerunner may have taken effect asks first whether the waybill is there; a
 * carrier that says our reference is taken is asked for what it holds. A refusal that is the account's fault goes on at the next
 * account, any other to review in the carrier's words. What is obtained becomes a fact by the hub's own event.
 */
export function makeWaybillHandler(deps: WaybillDeps): EffectHandler {
  const made = new Map<bigint, Made>()
  return {
    perform: async (intent) => {
      made.delete(intent.id)
      const answer = await obtain(deps, intent)
      if ('state' in answer) return answer
      made.set(intent.id, answer)
      return { state: 'done', words: answer.waybill.trackingNo }
    },
    record: async (tx, intent, end) => {
      const brought = made.get(intent.id)
      made.delete(intent.id)
      const row = await lockWaybill(tx, idOf(intent))
      if (row === null || (row.state !== 'asking' && row.state !== 'wanted')) return
      // Wanted of another account meanwhile: what this one says no to is nobody's wish any more.
      if ((end.state === 'moot' || end.state === 'refused') && row.account_id !== accountOf(intent)) return
      if (end.state === 'done') {
        assert(brought !== undefined, 'WB1', intent.key)
        await keepIssued(deps, tx, row, brought.waybill)
      } else if (end.state === 'refused') await keepRefused(deps, tx, row, end.refusal)
      else if (end.state === 'moot') await keepVoid(tx, row, end.refusal, deps.clock.now())
      else if (end.state === 'unknown')
        await writeEvents(
          tx,
          [{ waybillId: row.id, what: 'unknown', actor: 'hub', words: end.outage.message }],
          deps.clock.now(),
        )
    },
  }
}

/** Once released, it is asked for within a minute. */
const HELD_LOOK_MS = 50_000
/** Where it may have been made and the carrier cannot say: asked now and then, for as long as the hold lasts. */
const UNSURE_LOOK_MS = 600_000
const HELD: Words = {
  zh: '订单被拦截或渠道暂不可发，先不取号；放行后一分钟内自动取号',
  en: 'its orders are held, by a person, a rule or their channel; it is asked for within a minute of their release',
}

function idOf(intent: Intent): bigint {
  return BigInt(String(intent.payload.waybillId))
}

function accountOf(intent: Intent): bigint {
  return BigInt(String(intent.payload.accountId))
}

async function obtain(deps: WaybillDeps, intent: Intent): Promise<Made | EffectEnd> {
  const { db, clock } = deps
  const row = await readWaybill(db, idOf(intent))
  const accountId = accountOf(intent)
  const mayExist = intent.doubtful || row?.doubtful_account_id === accountId
  const held = row !== null && (await isHeld(db, row))
  if (held && !mayExist) return await putBack(deps, row.id, { absent: true, retryAfterMs: HELD_LOOK_MS })
  if (row === null || !(await beginAsking(db, row.id, accountId, clock.now())))
    return moot('waybills.no_longer_wanted', 'the waybill is no longer wanted with this account')
  const account = (await readAccounts(db)).find((one) => one.id === accountId)
  const connection = deps.find(row.connection_id ?? '')
  const calls = connection?.connector.calls?.(connection.settings, deps.callsFor(connection))
  if (account === undefined || connection === null || calls?.createWaybill === undefined)
    return refused({ code: 'carrier.not_supported', detail: `${row.connection_id} makes no waybills` })
  const name = nameOf(row, account, deps)
  if (held) return await lookWhileHeld(deps, row.id, calls, name)
  let isDoubtful = mayExist
  if (isDoubtful || row.attempts > 0) {
    const known = await findKnown(calls, name)
    if (typeof known === 'object') return known
    if (known === 'none') isDoubtful = false
  }
  // What the carrier may have made is asked for once more under its reference, wanted or not: a number that nobody knows is never cancelled.
  if (!isDoubtful && !(await isStillWanted(db, row)))
    return moot('waybills.no_longer_wanted', 'the parcel was planned anew or its orders were cancelled')
  const number = await numberFor(deps, row, accountId, connection.connector.waybill?.numbers === 'segment')
  if (!number.ok) return refused(number.refusal)
  const ask = await buildAsk(deps, row, account, number.value)
  if (!ask.ok) return refused(ask.refusal)
  if (!(await beginTelling(db, row.id, accountId)))
    return moot('waybills.no_longer_wanted', 'the waybill is no longer wanted with this account')
  const hidden = privateTexts(ask.value, connection.connector)
  return await hiding(hidden, () => create(deps, row.id, isDoubtful, calls, ask.value, name))
}

/** What may have been made before its orders were held is looked for, and nothing is asked for. */
async function lookWhileHeld(
  deps: WaybillDeps,
  id: bigint,
  calls: Calls,
  name: WaybillName,
): Promise<Made | EffectEnd> {
  const known = await findKnown(calls, name).catch((error: unknown) => {
    if (error instanceof Outage) return 'unsure' as const
    throw error
  })
  if (typeof known === 'object') return known
  if (known === 'unsure') return await putBack(deps, id, { absent: false, retryAfterMs: UNSURE_LOOK_MS })
  await saveDoubt(deps.db, id, null)
  return await putBack(deps, id, { absent: true, retryAfterMs: HELD_LOOK_MS })
}

async function putBack(
  { db, clock }: WaybillDeps,
  id: bigint,
  how: { readonly absent: boolean; readonly retryAfterMs: number },
): Promise<never> {
  await saveHeld(db, id, HELD, clock.now())
  throw new Outage(PLAN_HELD, HELD.en, { held: true, ...how })
}

/** Whatever a carrier says no in, or breaks off with, is kept without these texts. */
async function hiding(
  texts: readonly string[],
  call: () => Promise<Made | EffectEnd>,
): Promise<Made | EffectEnd> {
  try {
    const end = await call()
    if (!('state' in end) || end.state !== 'refused') return end
    return refused({ ...end.refusal, detail: hideTexts(end.refusal.detail, texts) })
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    const { code, message, retryable, unknown, retryAfterMs } = error
    throw new Outage(code, hideTexts(message, texts), {
      retryable,
      unknown,
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    })
  }
}

/** The doubt is kept with the waybill while the carrier is asked, and after it where its answer does not end it. */
async function create(
  { db }: WaybillDeps,
  id: bigint,
  isDoubtful: boolean,
  calls: Calls,
  ask: WaybillAsk,
  name: WaybillName,
): Promise<Made | EffectEnd> {
  assert(calls.createWaybill !== undefined, 'WB2')
  let answer: Result<Waybill>
  try {
    answer = await calls.createWaybill(ask)
  } catch (error) {
    if (!isDoubtful && error instanceof Outage && !error.unknown) await saveDoubt(db, id, null)
    throw error
  }
  if (answer.ok) return { waybill: answer.value }
  const { refusal } = answer
  if (refusal.code === 'carrier.reference_taken') {
    const known = await findKnown(calls, name)
    return typeof known === 'object' ? known : refused(refusal)
  }
  if (!isDoubtful || !isOfTheAccount(refusal.code)) await saveDoubt(db, id, null)
  return refused(refusal)
}

/** `none`: the carrier has none under our reference; `unsure`: it cannot say. */
async function findKnown(calls: Calls, name: WaybillName): Promise<Made | 'none' | 'unsure'> {
  const found = await calls.findWaybill?.(name)
  if (found?.ok !== true) return 'unsure'
  return found.value === null ? 'none' : { waybill: found.value }
}

async function numberFor(
  deps: WaybillDeps,
  row: WaybillRow,
  accountId: bigint,
  isOurs: boolean,
): Promise<Result<TrackingNo | null>> {
  if (!isOurs) return ok(null)
  return await deps.db.begin((tx) =>
    deps.takeNumber(tx, { accountId, reference: row.reference, now: deps.clock.now() }),
  )
}

export function nameOf(
  row: WaybillRow,
  account: AccountRow,
  { vault }: Pick<WaybillDeps, 'vault'>,
): WaybillName {
  return {
    reference: row.reference,
    trackingNo: row.tracking_no as TrackingNo | null,
    waybillId: row.carrier_waybill_id,
    carrier: row.carrier ?? account.carrier,
    account: openJson(vault, account.sealed) as Settings,
  }
}

function moot(code: string, detail: string): EffectEnd {
  return { state: 'moot', refusal: { code, detail } }
}
function refused(refusal: Refusal): EffectEnd {
  return { state: 'refused', refusal }
}

async function keepIssued(deps: WaybillDeps, tx: Sql, row: WaybillRow, waybill: Waybill): Promise<void> {
  const now = deps.clock.now()
  const holder = await numberHolder(tx, row.carrier ?? '', waybill.trackingNo, row.id)
  if (holder !== null) {
    const detail = `${waybill.trackingNo} belongs to ${holder} already`
    await toReview(tx, row, refuse('waybills.number_taken', detail).refusal, now)
    return
  }
  const { label, sealed } = waybill
  await saveIssued(
    tx,
    row.id,
    {
      trackingNo: waybill.trackingNo,
      childNos: waybill.childNos,
      waybillId: waybill.waybillId,
      routing: { ...NO_ROUTING, ...waybill.routing },
      documentKind: sealed !== null ? 'sealed' : (label?.format ?? null),
      document:
        sealed !== null
          ? sealJson(deps.vault, sealed)
          : label === null
            ? null
            : deps.vault.seal(Buffer.from(label.base64, 'base64')),
    },
    now,
  )
  const issued = { ...row, tracking_no: waybill.trackingNo, carrier_waybill_id: waybill.waybillId }
  await tellEvent(tx, issued, { event: 'waybill_issued', at: now, key: `${row.reference}:issued` })
  await writeEvents(
    tx,
    [
      {
        waybillId: row.id,
        what: 'issued',
        actor: 'hub',
        words: waybill.trackingNo,
        detail: { children: waybill.childNos },
      },
    ],
    now,
  )
}

/**
 * Tells the hub itself, through its inbox, and whoever follows the journal. The event bears the database's time: its waybill is locked, so
 * what was done to it first is first, whichever process did it and however wrong the clock of that one is. `at` is for the journal alone.
 */
export async function tellEvent(
  tx: Sql,
  row: WaybillRow,
  one: {
    readonly event: 'waybill_issued' | 'waybill_printed' | 'waybill_cancelled'
    readonly at: Instant
    readonly key: string
    readonly batchNo?: string
    readonly deviceId?: string
    readonly words?: string
  },
): Promise<void> {
  const { connection_id: connection, carrier, tracking_no: trackingNo } = row
  if (connection === null || trackingNo === null) return
  const happened = await databaseNow(tx)
  const message = hubEventMessage(one.key, {
    event: one.event,
    orders: row.orders,
    trackingNo,
    carrier: carrier ?? '',
    waybillId: row.carrier_waybill_id ?? row.reference,
    at: formatInstant(happened, 'UTC'),
    batchNo: one.batchNo ?? null,
    deviceId: one.deviceId ?? null,
    words: one.words ?? '',
  })
  await newIntents(tx, [hubMessageIntent(connection, row.lead_id, message)], one.at)
  await writeJournal(
    tx,
    [
      {
        kind: one.event === 'waybill_printed' ? 'waybill.printed' : one.event.replace('_', '.'),
        orderId: row.lead_id,
        data: {
          waybillId: row.id.toString(),
          trackingNo,
          carrier,
          connection,
          accountId: row.account_id?.toString() ?? null,
        },
      },
    ],
    one.at,
  )
}

async function keepRefused(deps: WaybillDeps, tx: Sql, row: WaybillRow, refusal: Refusal): Promise<void> {
  const now = deps.clock.now()
  await writeEvents(
    tx,
    [
      {
        waybillId: row.id,
        what: 'refused',
        actor: 'hub',
        words: `${refusal.code}: ${refusal.detail}`,
        detail: { accountId: row.account_id?.toString() ?? null, code: refusal.code },
      },
    ],
    now,
  )
  if (!isOfTheAccount(refusal.code) || row.account_id === null) return await toReview(tx, row, refusal, now)
  await setBlocked(tx, row.account_id, refusal.code, now)
  if (row.doubtful_account_id !== null)
    return await toReview(tx, row, inDoubt(`${refusal.code}: ${refusal.detail}`), now)
  const accounts = await readChoices(tx, deps)
  const choice = chooseAccount(accounts.all, accounts.pools, {
    warehouse: row.warehouse,
    carrier: row.carrier_named ? row.carrier : null,
    prefers: null,
    service: ruledProduct(row, accounts.rows),
    accountId: null,
    sealedBy: await sealedByOf(tx, deps.vault, row.lead_id),
    tried: await triedAccounts(tx, row.id),
    byHand: false,
  })
  if (choice.is !== 'chosen') return await toReview(tx, row, refusal, now)
  const { account, service } = choice
  await saveAccountOf(
    tx,
    row.id,
    {
      accountId: account.id,
      connectionId: account.connectionId,
      carrier: account.carrier,
      service,
      because: `${refusal.code}: ${account.name}`,
    },
    now,
  )
  const { id, reference, lead_id: leadId } = row
  await newIntents(
    tx,
    [
      makeIntent({
        id,
        reference,
        accountId: account.id,
        leadId,
        connectionId: account.connectionId,
        again: await countTries(tx, row),
      }),
    ],
    now,
  )
}

/** An answer of this account was lost, and now it does not let us ask: another account would make a second number. */
function inDoubt(detail: string): Refusal {
  return { code: 'waybills.in_doubt', detail }
}

/** The product that rules named: where it is not the account's own. */
export function ruledProduct(
  { account_id: accountId, service }: Pick<WaybillRow, 'account_id' | 'service'>,
  accounts: ReadonlyMap<bigint, AccountRow>,
): string | null {
  return accountId === null || accounts.get(accountId)?.service === service ? null : service
}

export async function toReview(tx: Sql, row: WaybillRow, refusal: Refusal, now: Instant): Promise<void> {
  const words = wordsOf(refusal)
  await saveState(tx, row.id, { state: 'review', code: refusal.code, detail: refusal.detail, ...words }, now)
  await writeEvents(tx, [{ waybillId: row.id, what: 'review', actor: 'hub', words: words.zh }], now)
}

async function keepVoid(tx: Sql, row: WaybillRow, refusal: Refusal, now: Instant): Promise<void> {
  const words = {
    zh: '包裹已重新计划或订单已取消，没有取号',
    en: 'planned anew or cancelled: nothing was asked for',
  }
  await saveState(tx, row.id, { state: 'void', code: refusal.code, detail: refusal.detail, ...words }, now)
  await writeEvents(tx, [{ waybillId: row.id, what: 'void', actor: 'hub', words: words.zh }], now)
}

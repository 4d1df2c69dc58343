import type { InterceptAsk } from '#domain/waybill.ts'
import type { Connected } from '#features/intake/index.ts'
import { readOrderFacts } from '#features/orders/index.ts'
import { trackingNo } from '#kernel/id.ts'
import type { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { writeJournal } from '#platform/journal/store.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import { newIntents } from '#platform/outbox/store.ts'
import { type InterceptState, isDelivered, OPEN_INTERCEPTS, stateByAnswer } from './core/intercept.ts'
import { byParcel } from './core/proof.ts'
import type { By, ReshipmentDeps } from './deps.ts'
import {
  type InterceptRow,
  insertIntercept,
  lockIntercept,
  readIntercept,
  setIntercept,
} from './desk/store.ts'
import { writeEvent } from './store.ts'

export const INTERCEPT_EFFECT = 'intercept_parcel'
export const LOOK_EFFECT = 'find_intercept'
/** Minutes between two questions what became of an intercept. */
export const LOOK_EVERY = 10

export type Way = {
  readonly connectionId: string
  readonly name: string
  readonly via: 'carrier' | 'partner'
}

/**
 * Connections that can be asked to stop a parcel of this carrier: whoever made its waybill, the carrier's own, aggregators that speak for
 * it (by how few carriers they speak for), then partner warehouses.
 */
export function waysOf(
  deps: Pick<ReshipmentDeps, 'connections' | 'callsFor'>,
  carrier: string | null,
  madeBy: string | null = null,
): Way[] {
  const rank = ({ id, connector }: Connected): number =>
    id === madeBy ? 0 : connector.role === 'warehouse' ? 1_000 : (connector.carriers?.length ?? 999)
  const all = deps.connections().toSorted((a, b) => rank(a) - rank(b))
  return all.flatMap((one): Way[] => {
    const { id, name, connector } = one
    const calls = connector.calls?.(one.settings, deps.callsFor(one))
    if (one.paused || calls?.interceptParcel === undefined) return []
    if (connector.role === 'warehouse') return [{ connectionId: id, name, via: 'partner' as const }]
    const speaks = carrier !== null && (connector.carriers ?? []).some((one) => one === carrier)
    return speaks ? [{ connectionId: id, name, via: 'carrier' as const }] : []
  })
}

export type InterceptRequest = {
  readonly orderId: bigint
  readonly trackingNo: string
  /** Null: whoever stands first among those that can be asked. */
  readonly connectionId: string | null
  readonly reason: string
}

/**
 * Asks to stop a parcel of an order; the asking itself goes through the outbox. Refused: `reshipments.parcel_not_found`,
 * `intercepts.parcel_ended_conflict` (delivered or back), `intercepts.way_not_found`, `intercepts.asked_exists`.
 */
export async function askIntercept(
  deps: ReshipmentDeps,
  ask: InterceptRequest,
  by: By,
): Promise<Result<InterceptRow>> {
  const done = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const facts = (await readOrderFacts(tx, [ask.orderId])).get(ask.orderId)?.facts ?? []
    const own = byParcel(facts).get(ask.trackingNo)
    if (own === undefined) return refuse('reshipments.parcel_not_found', 'it is no parcel of this order')
    if (isDelivered(own) || own.some((fact) => fact.kind === 'signed_back'))
      return refuse('intercepts.parcel_ended_conflict', 'the parcel was delivered or is back already')
    const carrier = own.flatMap((fact) => fact.detail.carrier ?? [])[0] ?? null
    const ways = waysOf(deps, carrier, (await deps.accountOf(tx, ask.trackingNo))?.connectionId ?? null)
    const way =
      ask.connectionId === null ? ways[0] : ways.find((one) => one.connectionId === ask.connectionId)
    if (way === undefined)
      return refuse('intercepts.way_not_found', 'this connection cannot be asked to stop that parcel')
    const now = deps.clock.now()
    const serial = now.epochMilliseconds.toString(36).toUpperCase()
    const id = await insertIntercept(
      tx,
      {
        request_id: `IC-${ask.orderId}-${serial}`,
        order_id: ask.orderId,
        tracking_no: ask.trackingNo,
        carrier: carrier ?? '',
        connection_id: way.connectionId,
        via: way.via,
        reason: ask.reason,
        asked_by: by.name,
      },
      now,
    )
    if (id === null) return refuse('intercepts.asked_exists', 'somebody asked to stop this parcel already')
    await newIntents(
      tx,
      [
        {
          key: `${INTERCEPT_EFFECT}:${id}`,
          effect: INTERCEPT_EFFECT,
          connection: way.connectionId,
          orderId: ask.orderId,
          payload: { intercept: id.toString() },
        },
      ],
      now,
    )
    await writeEvent(tx, `intercept:${id}`, { what: 'asked', actor: by.name, words: ask.reason }, now)
    await writeJournal(
      tx,
      [
        {
          kind: 'intercept.wanted',
          orderId: ask.orderId,
          data: { intercept: id.toString(), trackingNo: ask.trackingNo },
        },
      ],
      now,
    )
    await deps.audit(tx, {
      actor: by,
      action: 'intercepts.asked',
      subject: `parcel ${ask.trackingNo}`,
      detail: { intercept: id.toString(), connection: way.connectionId, reason: ask.reason },
    })
    return ok(id)
  })
  if (!done.ok) return done
  const row = await readIntercept(deps.db, done.value)
  return row === null ? refuse('intercepts.not_found', 'there is no such intercept') : ok(row)
}

/** Takes an intercept back before anybody was asked. Refused: `intercepts.not_found`, `intercepts.asked_conflict`. */
export async function withdrawIntercept(
  deps: ReshipmentDeps,
  id: bigint,
  by: By,
): Promise<Result<InterceptRow>> {
  return await deps.db.begin(async (tx): Promise<Result<InterceptRow>> => {
    const row = await lockIntercept(tx, id)
    if (row === null) return refuse('intercepts.not_found', 'there is no such intercept')
    if (row.state !== 'wanted') return refuse('intercepts.asked_conflict', `it is ${row.state}`)
    const now = deps.clock.now()
    await setIntercept(tx, id, { state: 'withdrawn' }, now)
    await writeEvent(tx, `intercept:${id}`, { what: 'withdrawn', actor: by.name }, now)
    await deps.audit(tx, {
      actor: by,
      action: 'intercepts.withdrawn',
      subject: `parcel ${row.tracking_no}`,
      detail: {},
    })
    return ok({ ...row, state: 'withdrawn' })
  })
}

/** Asks the carrier or partner to stop a parcel; after an unknown outcome what became of it is asked first, where that can be asked. */
export function interceptHandler(deps: ReshipmentDeps): EffectHandler {
  return {
    perform: async (intent) => {
      const row = await readIntercept(deps.db, BigInt(String(intent.payload.intercept)))
      if (row === null || !OPEN_INTERCEPTS.includes(row.state))
        return {
          state: 'moot',
          refusal: { code: 'intercepts.ended', detail: `it is ${row?.state ?? 'gone'}` },
        }
      const { calls, ask } = await wayTo(deps, row)
      if (calls?.interceptParcel === undefined)
        return {
          state: 'refused',
          refusal: { code: 'intercepts.way_not_found', detail: 'the connection cannot be asked' },
        }
      if (intent.doubtful && calls.findIntercept !== undefined) {
        const found = await calls.findIntercept(ask)
        if (!found.ok) return { state: 'refused', refusal: found.refusal }
        if (found.value !== null) return endOf(found.value.answer, found.value.words)
      }
      const answer = await calls.interceptParcel(ask)
      return answer.outcome === 'accepted'
        ? { state: 'done', words: answer.words }
        : { state: 'refused', refusal: answer.refusal }
    },
    record: async (tx, intent, end) => {
      const row = await lockIntercept(tx, BigInt(String(intent.payload.intercept)))
      if (row === null || end.state === 'moot') return
      const now = deps.clock.now()
      const nextLook = now.add({ minutes: LOOK_EVERY })
      const to = afterAsking(row.state, end)
      const said = end.state === 'done' ? { code: null, detail: end.words } : troubleOf(end)
      await setIntercept(tx, row.id, { ...said, state: to, answered: end.state !== 'unknown', nextLook }, now)
      await writeEvent(tx, `intercept:${row.id}`, { what: to, actor: 'hub', words: said.detail ?? '' }, now)
    },
  }
}

function endOf(answer: Parameters<typeof stateByAnswer>[1], words: string): EffectEnd {
  if (answer === 'refused' || answer === 'too_late')
    return {
      state: 'refused',
      refusal: { code: answer === 'too_late' ? TOO_LATE : 'carrier.refused', detail: words },
    }
  return { state: 'done', words }
}

const TOO_LATE = 'carrier.too_late'

/** The code of an answer that is a no; null otherwise. */
export function codeOf(state: InterceptState): string | null {
  if (state === 'too_late') return TOO_LATE
  return state === 'refused' ? 'carrier.refused' : null
}

type AskEnd = EffectEnd | { state: 'unknown'; outage: Outage }

function afterAsking(state: InterceptState, end: AskEnd): InterceptState {
  if (end.state === 'done') return stateByAnswer(state, 'accepted')
  if (end.state === 'refused')
    return stateByAnswer(state, end.refusal.code === TOO_LATE ? 'too_late' : 'refused')
  return state === 'wanted' ? 'unknown' : state
}

function troubleOf(end: Exclude<AskEnd, { state: 'done' }>): { code: string; detail: string } {
  return end.state === 'unknown'
    ? { code: end.outage.code, detail: end.outage.message }
    : { code: end.refusal.code, detail: end.refusal.detail }
}

/** Asks once what became of an intercept. */
export function findInterceptHandler(deps: ReshipmentDeps): EffectHandler {
  return {
    perform: async (intent) => {
      const row = await readIntercept(deps.db, BigInt(String(intent.payload.intercept)))
      if (row === null || !OPEN_INTERCEPTS.includes(row.state))
        return {
          state: 'moot',
          refusal: { code: 'intercepts.ended', detail: 'there is nothing left to ask' },
        }
      const { calls, ask } = await wayTo(deps, row)
      const found = (await calls?.findIntercept?.(ask)) ?? ok(null)
      if (!found.ok) return { state: 'refused', refusal: found.refusal }
      const { value } = found
      await deps.db.begin(async (tx) => {
        const known = await lockIntercept(tx, row.id)
        if (known === null) return
        const now = deps.clock.now()
        const state = value === null ? known.state : stateByAnswer(known.state, value.answer)
        if (state === known.state) return
        await setIntercept(
          tx,
          row.id,
          { state, code: codeOf(state), detail: value?.words ?? null, answered: true },
          now,
        )
        await writeEvent(
          tx,
          `intercept:${row.id}`,
          { what: state, actor: 'hub', words: value?.words ?? '' },
          now,
        )
      })
      return { state: 'done', words: value?.answer ?? 'unknown there' }
    },
  }
}

async function wayTo(deps: ReshipmentDeps, row: InterceptRow) {
  const connected = deps.connections().find((one) => one.id === row.connection_id)
  const account = await deps.accountOf(deps.db, row.tracking_no)
  const ask: InterceptAsk = {
    requestId: row.request_id,
    trackingNo: trackingNo(row.tracking_no),
    carrier: row.carrier,
    account: account?.connectionId === row.connection_id ? account.account : {},
    what: 'return',
    to: null,
    reason: row.reason,
  }
  const calls = connected?.connector.calls?.(connected.settings, deps.callsFor(connected))
  return { ask, calls }
}

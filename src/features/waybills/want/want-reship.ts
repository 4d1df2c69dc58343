import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { writeJournal } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { referenceOf } from '../core/reference.ts'
import { writeEvents } from '../store.ts'
import { insertWaybills, type NewWaybill, nextGeneration, readSentFrom } from './store.ts'

export type ReshipWaybill = {
  readonly parcelNo: string
  readonly order: { readonly id: bigint; readonly connection: string; readonly orderNo: string }
  readonly pieces: readonly { readonly lineId: string; readonly quantity: number }[]
  readonly because: string
}

const WAITS = {
  code: 'waybills.reship_account',
  zh: '补发包裹：请选择发货账号',
  en: 'A re-ship: choose the account that sends it',
}

/**
 * A waybill for a granted re-ship, which no plan knows: it waits in review until a person chooses the account, since who sends the
 * replacement is theirs to say; the warehouse is where the order was sent from last, until they name another. Asked again for the same
 * parcel it refuses with `waybills.reship_exists`.
 */
export async function wantReship(tx: Sql, parcel: ReshipWaybill, now: Instant): Promise<Result<bigint>> {
  const { parcelNo, order, pieces, because } = parcel
  return await want(
    tx,
    {
      reference: referenceOf(parcelNo, 1),
      parcelNo,
      generation: 1,
      leadId: order.id,
      warehouse: await readSentFrom(tx, order.id),
      orders: [{ connection: order.connection, orderNo: order.orderNo, lines: pieces }],
      orderIds: [order.id],
      because,
    },
    'hub',
    now,
  )
}

/** Another waybill for a re-ship whose former one is being cancelled or was given up; waits for an account as the first did. */
export async function wantReshipAgain(
  tx: Sql,
  former: Pick<NewWaybill, 'parcelNo' | 'leadId' | 'warehouse' | 'orders' | 'orderIds'>,
  by: { readonly actor: string; readonly reason: string },
  now: Instant,
): Promise<Result<bigint>> {
  const generation = await nextGeneration(tx, former.parcelNo)
  const reference = referenceOf(former.parcelNo, generation)
  return await want(tx, { ...former, reference, generation, because: by.reason }, by.actor, now)
}

async function want(
  tx: Sql,
  one: Pick<
    NewWaybill,
    'reference' | 'parcelNo' | 'generation' | 'leadId' | 'warehouse' | 'orders' | 'orderIds' | 'because'
  >,
  actor: string,
  now: Instant,
): Promise<Result<bigint>> {
  const chosen = { accountId: null, connectionId: null, carrier: null, service: null, isNamed: false }
  const row: NewWaybill = { ...one, ...chosen, ...WAITS, detail: one.because, state: 'review' }
  const id = (await insertWaybills(tx, [row], now)).get(one.reference)
  if (id === undefined) return refuse('waybills.reship_exists', `${one.parcelNo} has a waybill already`)
  const detail = { carrier: null, code: WAITS.code }
  await writeEvents(tx, [{ waybillId: id, what: 'review', actor, words: one.because, detail }], now)
  const data = {
    waybillId: id.toString(),
    trackingNo: null,
    carrier: null,
    connection: null,
    accountId: null,
  }
  await writeJournal(tx, [{ kind: 'waybill.wanted', orderId: one.leadId, data }], now)
  return ok(id)
}

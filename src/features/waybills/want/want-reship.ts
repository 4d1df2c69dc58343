import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { referenceOf } from '../core/reference.ts'
import { insertWaybills } from './store.ts'

export type ReshipWaybill = {
  readonly parcelNo: string
  readonly order: { readonly id: bigint; readonly connection: string; readonly orderNo: string }
  readonly pieces: readonly { readonly lineId: string; readonly quantity: number }[]
  readonly because: string
}

/**
 * A waybill for a granted re-ship, which no plan knows: it waits in review until a person chooses the account, since the warehouse of the
 * replaced goods is theirs to name. Asked again for the same parcel it refuses with `waybills.reship_exists`.
 */
export async function wantReship(tx: Sql, parcel: ReshipWaybill, now: Instant): Promise<Result<bigint>> {
  const { parcelNo, order, pieces, because } = parcel
  const reference = referenceOf(parcelNo, 1)
  const made = await insertWaybills(
    tx,
    [
      {
        reference,
        parcelNo,
        generation: 1,
        leadId: order.id,
        warehouse: null,
        accountId: null,
        connectionId: null,
        carrier: null,
        service: null,
        state: 'review',
        code: 'waybills.reship_account',
        detail: because,
        zh: '补发包裹：请选择发货账号',
        en: 'A re-ship: choose the account that sends it',
        orders: [{ connection: order.connection, orderNo: order.orderNo, lines: pieces }],
        orderIds: [order.id],
        because,
        isNamed: false,
      },
    ],
    now,
  )
  const id = made.get(reference)
  return id === undefined ? refuse('waybills.reship_exists', `${parcelNo} has a waybill already`) : ok(id)
}

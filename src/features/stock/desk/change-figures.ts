import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { applyStock } from '../apply-stock.ts'
import type { Adjusted, Answered, StockCommand } from '../commands.ts'
import type { By, DeskDeps } from './deps.ts'
import { lockLevel, readApplied, readHoldNow, readWarehouses } from './store.ts'

export type Count = {
  readonly sku: string
  readonly warehouse: string
  /** Pieces counted on the shelf; or, signed, what came or went. */
  readonly physical: { readonly set: number } | { readonly by: number } | null
  readonly safety: number | null
  /** What the person saw before; another figure by now is refused. */
  readonly seen: { readonly physical?: number | undefined; readonly safety?: number | undefined }
  readonly reason: string
  /** The caller's own, so that the same request twice is one change. */
  readonly key: string | null
}

/**
 * Sets a person's count or safety stock and says why. Refuses with `stock.nothing_asked`, `stock.figures_captured` (the warehouse's own
 * system says what is there), `stock.level_changed_conflict` (another figure than the one seen), `stock.below_zero` and those
 * of the ledger.
 */
export async function changeFigures(deps: DeskDeps, count: Count, by: By): Promise<Result<Adjusted>> {
  const { sku, warehouse, physical, safety } = count
  if (physical === null && safety === null)
    return refuse('stock.nothing_asked', 'say which figure is to change')
  const place = (await readWarehouses(deps.db)).find(({ code }) => code === warehouse)
  if (place === undefined) return refuse('stock.unknown_warehouse', `there is no warehouse ${warehouse}`)
  if (physical !== null && place.figures === 'captured')
    return refuse(
      'stock.figures_captured',
      `${place.name} counts in its own system; correct it there, it is here within seconds`,
    )
  const key = count.key === null ? null : `desk:${by.id}:${count.key}`
  return await deps.db.begin(async (tx): Promise<Result<Adjusted>> => {
    const now = (await lockLevel(tx, sku, warehouse)) ?? { physical: 0, safety: 0 }
    // A request that is repeated under its key has changed what it saw, and is not carried out again.
    const isRepeat = key !== null && (await readApplied(tx, key)) !== null
    const fit = isRepeat ? ok(null) : checkSeen(count, now)
    if (!fit.ok) return fit
    const set = isRepeat ? ok(physical === null ? null : now.physical) : setPhysical(physical, now.physical)
    if (!set.ok) return set
    const [answer] = await applyStock(
      tx,
      [
        {
          do: 'adjust',
          key,
          changes: [
            {
              sku,
              warehouse,
              // By how many, where less than nothing is left after it: no count can say that.
              ...(physical !== null && 'by' in physical ? { physical: physical.by } : {}),
              ...(physical !== null && 'set' in physical ? { setPhysical: physical.set } : {}),
              ...(safety === null ? {} : { setSafety: safety }),
            },
          ],
          cause: physical === null ? 'safety' : 'count',
          actor: by.name,
          evidence: { reason: count.reason },
        },
      ],
      deps.clock.now(),
    )
    const done = adjustedOf(answer)
    if (!done.ok || isRepeat) return done
    await deps.audit(tx, {
      actor: by,
      action: physical === null ? 'stock.safety_set' : 'stock.counted',
      subject: `${sku} @ ${warehouse}`,
      detail: {
        reason: count.reason,
        ...(set.value === null ? {} : { physical: [now.physical, set.value] }),
        ...(safety === null ? {} : { safety: [now.safety, safety] }),
      },
    })
    return done
  })
}

function checkSeen(
  { seen }: Count,
  now: { readonly physical: number; readonly safety: number },
): Result<null> {
  const other = (was: number | undefined, is: number): boolean => was !== undefined && was !== is
  if (other(seen.physical, now.physical) || other(seen.safety, now.safety))
    return refuse(
      'stock.level_changed_conflict',
      'the figure changed meanwhile; look again and decide anew',
      {
        ...now,
      },
    )
  return ok(null)
}

function setPhysical(physical: Count['physical'], now: number): Result<number | null> {
  if (physical === null) return ok(null)
  const set = 'set' in physical ? physical.set : now + physical.by
  // Where less than nothing is there, goods that came in are counted all the same.
  return set >= 0 || ('by' in physical && physical.by > 0)
    ? ok(set)
    : refuse('stock.below_zero', `there are ${now}; ${-set} more cannot be taken away`, { physical: now })
}

function adjustedOf(answer: Answered | undefined): Result<Adjusted> {
  if (answer === undefined) return refuse('stock.nothing_asked', 'nothing was asked')
  if (!answer.ok) return answer
  const [change] = answer.value.do === 'adjust' ? answer.value.changes : []
  return change === undefined ? refuse('stock.nothing_asked', 'nothing was asked') : ok(change)
}

export type QuotaChange = {
  readonly sku: string
  readonly warehouse: string
  readonly channel: string
  readonly granted: number
  readonly reason: string
}

/** Sets aside pieces for one channel; 0 gives them back. Refuses with `stock.unknown_channel` and those of the ledger. */
export async function changeQuota(
  deps: DeskDeps,
  quota: QuotaChange,
  by: By,
): Promise<Result<{ leftOver: number }>> {
  const { reason, ...asked } = quota
  if (!deps.isChannel(quota.channel))
    return refuse('stock.unknown_channel', `"${quota.channel.slice(0, 60)}" is no channel`)
  return await deps.db.begin(async (tx): Promise<Result<{ leftOver: number }>> => {
    const answer = await applyOne(tx, deps, { do: 'quota', ...asked, actor: by.name })
    if (!answer.ok) return answer
    await deps.audit(tx, {
      actor: by,
      action: 'stock.quota_set',
      subject: `${quota.sku} @ ${quota.warehouse}`,
      detail: { channel: quota.channel, granted: quota.granted, reason },
    })
    return ok({ leftOver: answer.value.do === 'quota' ? answer.value.leftOver : 0 })
  })
}

export type Reservation = {
  /** The caller's own: the same key twice is one reservation. */
  readonly key: string
  readonly lines: readonly { readonly sku: string; readonly warehouse: string; readonly quantity: number }[]
  readonly reason: string
  /** What people call it: a customer, an event. */
  readonly reference: string
  readonly minutes: number
  /** Free again at the deadline, or a person is asked. */
  readonly onDeadline: 'ask' | 'release'
}

/** Sets goods aside in a person's name. Refuses as the ledger does. */
export async function reserve(
  deps: DeskDeps,
  wanted: Reservation,
  by: By,
): Promise<Result<{ holdId: bigint }>> {
  return await deps.db.begin(async (tx): Promise<Result<{ holdId: bigint }>> => {
    const answer = await applyOne(tx, deps, {
      do: 'lock',
      // The hub's own kind of key: no program gives back or commits what a person set aside.
      key: `hub:person:${by.id}:${wanted.key}`,
      kind: 'reservation',
      owner: { kind: 'person', id: by.id, reference: wanted.reference || by.name },
      channel: null,
      lines: wanted.lines,
      candidates: [],
      spread: 'never',
      drawSafety: false,
      reason: wanted.reason,
      actor: by.name,
      ttlSeconds: wanted.minutes * 60,
      onDeadline: wanted.onDeadline,
    })
    if (!answer.ok) return answer
    if (!('hold' in answer.value)) return refuse('stock.nothing_asked', 'nothing was asked')
    const { hold, isRepeat } = answer.value
    if (!isRepeat)
      await deps.audit(tx, {
        actor: by,
        action: 'stock.reserved',
        subject: `hold ${hold.id}`,
        detail: { reason: wanted.reason, minutes: wanted.minutes, lines: hold.lines.length },
      })
    return ok({ holdId: hold.id })
  })
}

/**
 * Gives back a person's reservation. Refuses with `stock.hold_not_found`, `stock.hold_ended_conflict`, and with
 * `stock.not_a_persons` what an order, a program or a transfer holds: that needs an approved unlock.
 */
export async function releaseReservation(
  deps: DeskDeps,
  id: bigint,
  reason: string,
  by: By,
): Promise<Result<{ released: true }>> {
  const found = await readHoldNow(deps.db, id)
  if (found === null) return refuse('stock.hold_not_found', 'there is no such hold')
  if (found.owner_kind !== 'person')
    return refuse(
      'stock.not_a_persons',
      'this is not a person’s reservation; ask for a forced unlock, which another person approves',
    )
  if (found.state !== 'held') return refuse('stock.hold_ended_conflict', 'it has ended already')
  return await deps.db.begin(async (tx): Promise<Result<{ released: true }>> => {
    const answer = await applyOne(tx, deps, { do: 'release', key: found.key, reason, actor: by.name })
    if (!answer.ok) return answer
    if ('isRepeat' in answer.value && answer.value.isRepeat)
      return refuse('stock.hold_ended_conflict', 'it has ended already')
    await deps.audit(tx, {
      actor: by,
      action: 'stock.reservation_released',
      subject: `hold ${id}`,
      detail: { reason, reference: found.reference },
    })
    return ok({ released: true })
  })
}

async function applyOne(tx: Sql, deps: DeskDeps, command: StockCommand): Promise<Answered> {
  const [answer] = await applyStock(tx, [command], deps.clock.now())
  return answer ?? refuse('stock.nothing_asked', 'nothing was asked')
}

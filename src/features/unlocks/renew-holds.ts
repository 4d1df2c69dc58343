import { applyStock } from '#features/stock/index.ts'
import type { Refusal } from '#kernel/result.ts'
import type { By, UnlockDeps } from './deps.ts'
import { readHoldFaces } from './store.ts'

export type Renewed = {
  readonly renewed: readonly bigint[]
  readonly skipped: readonly (Refusal & { readonly holdId: bigint })[]
}

/** Moves the deadline of these holds on by hand, from now. What has ended is skipped (`stock.hold_ended`, `stock.hold_not_found`). */
export async function renewHolds(
  deps: UnlockDeps,
  ids: readonly bigint[],
  { minutes, reason }: { readonly minutes: number; readonly reason: string },
  by: By,
): Promise<Renewed> {
  return await deps.db.begin(async (tx) => {
    const holds = await readHoldFaces(tx, ids)
    const answers = await applyStock(
      tx,
      holds.map(({ key }) => ({ do: 'renew', key, ttlSeconds: minutes * 60 })),
      deps.clock.now(),
    )
    const known = new Set(holds.map(({ id }) => id))
    const skipped = [...new Set(ids)]
      .filter((id) => !known.has(id))
      .map((holdId) => ({ holdId, code: 'stock.hold_not_found', detail: 'there is no such hold' }))
    const renewed: bigint[] = []
    for (const [i, { id }] of holds.entries()) {
      const answer = answers[i]
      if (answer?.ok === true) renewed.push(id)
      else if (answer !== undefined) {
        const { code, detail } = answer.refusal
        skipped.push({ holdId: id, code, detail })
      }
    }
    if (renewed.length > 0)
      await deps.audit(tx, {
        actor: by,
        action: 'stock.holds_renewed',
        subject: renewed.length === 1 ? `hold ${renewed[0]}` : `${renewed.length} holds`,
        detail: { holds: renewed.map(String), minutes, reason },
      })
    return { renewed, skipped }
  })
}

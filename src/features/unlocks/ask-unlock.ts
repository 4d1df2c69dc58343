import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import { checkAsk } from './core/decide.ts'
import { type By, identityOf, type UnlockDeps } from './deps.ts'
import { endangersToJson, freesToJson } from './figures-json.ts'
import { endRequest, insertRequest, lockRequests, readAsked } from './store.ts'
import { type Weighed, weighHolds } from './weigh-holds.ts'

export type Previewed = {
  readonly holdId: bigint
  readonly weighed: Weighed | null
  readonly refusal: Refusal | null
}

/** What asking for these holds would free and endanger, and which of them cannot be asked for. */
export async function previewUnlock(
  { db, clock }: Pick<UnlockDeps, 'db' | 'clock'>,
  ids: readonly bigint[],
): Promise<Previewed[]> {
  const weighed = await weighHolds(db, ids, clock.now())
  const asked = await readAsked(db, ids)
  return ids.map((id) => {
    const one = weighed.get(id) ?? null
    return {
      holdId: id,
      weighed: one,
      refusal: checkAsk(one?.hold ?? null, one?.order ?? null, asked.has(id)),
    }
  })
}

export type Skipped = Refusal & { readonly holdId: bigint }
export type Asked = {
  readonly asked: readonly { readonly id: bigint; readonly holdId: bigint }[]
  readonly skipped: readonly Skipped[]
}

/** Asks to free these holds; what the asker was shown is kept with each request. A single hold that cannot be is refused. */
export async function askUnlock(
  deps: UnlockDeps,
  ids: readonly bigint[],
  reason: string,
  by: By,
): Promise<Result<Asked>> {
  const all = [...new Set(ids)]
  const done = await deps.db.begin(async (tx): Promise<Asked> => {
    const now = deps.clock.now()
    const weighed = await weighHolds(tx, all, now)
    const known = await readAsked(tx, all)
    const asked: { id: bigint; holdId: bigint }[] = []
    const skipped: Skipped[] = []
    for (const holdId of all) {
      const one = weighed.get(holdId)
      const no = checkAsk(one?.hold ?? null, one?.order ?? null, known.has(holdId))
      if (no !== null || one === undefined) {
        if (no !== null) skipped.push({ ...no, holdId })
        continue
      }
      const figures = { frees: freesToJson(one), endangers: endangersToJson(one, deps.zone()) }
      const request = { holdId, holdKey: one.hold.key, ...figures }
      const id = await insertRequest(tx, request, { by: by.name, byId: identityOf(by), reason, at: now })
      if (id === null)
        skipped.push({ code: 'unlocks.asked_exists', detail: 'somebody has asked already', holdId })
      else asked.push({ id, holdId })
    }
    if (asked.length > 0)
      await deps.audit(tx, {
        actor: by,
        action: 'unlocks.asked',
        subject: asked.length === 1 ? `hold ${asked[0]?.holdId}` : `${asked.length} holds`,
        detail: {
          reason,
          requests: asked.map(({ id }) => id.toString()),
          holds: asked.map((one) => one.holdId.toString()),
        },
      })
    return { asked, skipped }
  })
  const [only] = done.skipped
  return all.length === 1 && only !== undefined ? refuse(only.code, only.detail) : ok(done)
}

/** Takes requests back. Only whoever asked, or an administrator. Refusals are per request. */
export async function withdrawUnlock(
  deps: UnlockDeps,
  ids: readonly bigint[],
  words: string,
  by: By & { readonly isAdmin: boolean },
): Promise<{
  readonly withdrawn: readonly bigint[]
  readonly skipped: readonly (Refusal & { readonly id: bigint })[]
}> {
  return await deps.db.begin(async (tx) => {
    const rows = await lockRequests(tx, ids)
    const withdrawn: bigint[] = []
    const skipped: (Refusal & { id: bigint })[] = []
    for (const id of new Set(ids)) {
      const row = rows.find((one) => one.id === id)
      if (row === undefined)
        skipped.push({ id, code: 'unlocks.not_found', detail: 'there is no such request' })
      else if (row.state !== 'waiting')
        skipped.push({ id, code: 'unlocks.decided_conflict', detail: `the request is ${row.state} already` })
      else if (row.asked_by_id !== identityOf(by) && !by.isAdmin)
        skipped.push({
          id,
          code: 'unlocks.not_yours_forbidden',
          detail: `${row.asked_by} asked; only they take it back`,
        })
      else {
        await endRequest(tx, id, {
          state: 'withdrawn',
          by: by.name,
          words,
          at: deps.clock.now(),
          figures: null,
        })
        withdrawn.push(id)
      }
    }
    if (withdrawn.length > 0)
      await deps.audit(tx, {
        actor: by,
        action: 'unlocks.withdrawn',
        subject: `${withdrawn.length} requests`,
        detail: { requests: withdrawn.map(String), words },
      })
    return { withdrawn, skipped }
  })
}

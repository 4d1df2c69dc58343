import { applyStock, type ReleaseCommand } from '#features/stock/index.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Refusal } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { decideApproval } from './core/decide.ts'
import { type By, identityOf, type UnlockDeps } from './deps.ts'
import { endangersToJson, freesToJson } from './figures-json.ts'
import { endRequest, lockRequests, type RequestRow } from './store.ts'
import { type Weighed, weighHolds } from './weigh-holds.ts'

export type Decision = {
  readonly is: 'approve' | 'reject'
  readonly words: string
  /** Digests that the approver looked at, by request; another by now is refused. */
  readonly seen: ReadonlyMap<bigint, string>
}
export type Outcome =
  | { readonly id: bigint; readonly state: 'approved' | 'rejected' | 'moot'; readonly pieces: number }
  | { readonly id: bigint; readonly refusal: Refusal }

type Approver = By & { readonly isAdmin: boolean }
type Freed = { readonly row: RequestRow; readonly weighed: Weighed }

/**
 * Decides these requests. Each approved one frees its hold in the same transaction as the decision and its audit entry; the figures are
 * read anew under that transaction. One whose hold ended meanwhile is moot. Refusals stand beside their request.
 */
export async function decideUnlock(
  deps: UnlockDeps,
  ids: readonly bigint[],
  decision: Decision,
  by: Approver,
): Promise<Outcome[]> {
  return await deps.db.begin(async (tx) => {
    const now = deps.clock.now()
    const rows = await lockRequests(tx, ids)
    const weighed = await weighHolds(
      tx,
      rows.map((row) => row.hold_id),
      now,
    )
    const known = new Set(rows.map((row) => row.id))
    const outcomes: Outcome[] = [...new Set(ids)]
      .filter((id) => !known.has(id))
      .map((id) => ({ id, refusal: { code: 'unlocks.not_found', detail: 'there is no such request' } }))
    const free: Freed[] = []
    for (const row of rows) {
      const one = weighed.get(row.hold_id)
      if (decision.is === 'reject') outcomes.push(await reject(tx, deps, row, one, { decision, by, now }))
      else {
        const verdict = verdictOn(deps, row, one, decision, by)
        if (verdict.is === 'refused') outcomes.push({ id: row.id, refusal: verdict.refusal })
        else if (verdict.is === 'moot' || one === undefined)
          outcomes.push(await endAsMoot(tx, deps, row, one, { decision, by, now }))
        else free.push({ row, weighed: one })
      }
    }
    outcomes.push(...(await freeAll(tx, deps, free, { decision, by, now })))
    return outcomes
  })
}

type How = { readonly decision: Decision; readonly by: Approver; readonly now: Instant }

function verdictOn(
  { twoPeople }: UnlockDeps,
  row: RequestRow,
  one: Weighed | undefined,
  { seen }: Decision,
  by: Approver,
) {
  const asked = { state: row.state, askedById: row.asked_by_id }
  const rule = { twoPeople, digest: one?.digest ?? '', seen: seen.get(row.id) ?? null }
  const approver = { id: identityOf(by), isAdmin: by.isAdmin }
  return decideApproval(asked, one?.hold ?? null, one?.order ?? null, approver, rule)
}

async function freeAll(tx: Sql, deps: UnlockDeps, free: readonly Freed[], how: How): Promise<Outcome[]> {
  if (free.length === 0) return []
  const { decision, by, now } = how
  const commands = free.map(
    ({ row }): ReleaseCommand => ({
      do: 'release',
      key: row.hold_key,
      reason: `forced unlock ${row.id}: ${row.reason}`.slice(0, 500),
      actor: by.name,
    }),
  )
  const answers = await applyStock(tx, commands, now)
  const outcomes: Outcome[] = []
  for (const [i, { row, weighed }] of free.entries()) {
    const answer = answers[i]
    // It ended between the look and the lock: nothing was freed by us.
    const late = answer === undefined || !answer.ok || ('isRepeat' in answer.value && answer.value.isRepeat)
    if (late) outcomes.push(await endAsMoot(tx, deps, row, weighed, how))
    else {
      const figures = figuresOf(deps, weighed)
      const end = { by: by.name, words: decision.words, at: now, figures }
      await endRequest(tx, row.id, { ...end, state: 'approved' })
      await deps.audit(tx, {
        actor: by,
        action: 'unlocks.approved',
        subject: `hold ${row.hold_id}`,
        detail: {
          request: row.id.toString(),
          askedBy: row.asked_by,
          reason: row.reason,
          words: decision.words,
          ...figures,
        },
      })
      outcomes.push({ id: row.id, state: 'approved', pieces: weighed.figures.pieces })
    }
  }
  return outcomes
}

async function reject(
  tx: Sql,
  deps: UnlockDeps,
  row: RequestRow,
  one: Weighed | undefined,
  how: How,
): Promise<Outcome> {
  if (row.state !== 'waiting')
    return {
      id: row.id,
      refusal: { code: 'unlocks.decided_conflict', detail: `the request is ${row.state} already` },
    }
  const { decision, by, now } = how
  const figures = one === undefined ? null : figuresOf(deps, one)
  await endRequest(tx, row.id, { state: 'rejected', by: by.name, words: decision.words, at: now, figures })
  await deps.audit(tx, {
    actor: by,
    action: 'unlocks.rejected',
    subject: `hold ${row.hold_id}`,
    detail: { request: row.id.toString(), askedBy: row.asked_by, reason: row.reason, words: decision.words },
  })
  return { id: row.id, state: 'rejected', pieces: 0 }
}

async function endAsMoot(
  tx: Sql,
  deps: UnlockDeps,
  row: RequestRow,
  one: Weighed | undefined,
  how: How,
): Promise<Outcome> {
  const figures = one === undefined ? null : figuresOf(deps, one)
  await endRequest(tx, row.id, {
    state: 'moot',
    by: how.by.name,
    words: how.decision.words,
    at: how.now,
    figures,
  })
  return { id: row.id, state: 'moot', pieces: 0 }
}

function figuresOf(deps: UnlockDeps, one: Weighed) {
  return { frees: freesToJson(one), endangers: endangersToJson(one, deps.zone()) }
}

import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { CaseFace, Outcome } from '../core/change.ts'

export type LockedCase = CaseFace & { readonly id: bigint; readonly orderNo: string | null }

/** Cases in id order, locked: whoever changes the same ones waits and then sees the new revision. */
export async function lockCases(tx: Sql, ids: readonly bigint[]): Promise<LockedCase[]> {
  return await tx<LockedCase>`
    select c.id, c.state, c.owner, c.snoozed_until as "snoozedUntil", c.note, c.revision, c.evidence ->> 'orderNo' as "orderNo",
      c.state = 'resolved' and exists (
        select 1 from review_case t where t.rule = c.rule and t.subject = c.subject and t.state <> 'resolved') as twin
    from review_case c where c.id = any(${int8Array(ids)}::bigint[]) order by c.id for update of c`
}

/** The same without locks, for a preview. */
export async function readFaces(sql: Sql, ids: readonly bigint[]): Promise<LockedCase[]> {
  return await sql<LockedCase>`
    select c.id, c.state, c.owner, c.snoozed_until as "snoozedUntil", c.note, c.revision, c.evidence ->> 'orderNo' as "orderNo",
      c.state = 'resolved' and exists (
        select 1 from review_case t where t.rule = c.rule and t.subject = c.subject and t.state <> 'resolved') as twin
    from review_case c where c.id = any(${int8Array(ids)}::bigint[]) order by c.id`
}

export async function setOwners(
  tx: Sql,
  owners: readonly { readonly id: bigint; readonly owner: string | null }[],
  now: Instant,
): Promise<void> {
  await tx`
    update review_case c set owner = chosen.owner, revision = c.revision + 1, updated_at = ${now}
    from unnest(${int8Array(owners.map((one) => one.id))}::bigint[], ${textArray(owners.map((one) => one.owner))}::text[])
      as chosen (id, owner)
    where c.id = chosen.id`
}

export async function setSnooze(
  tx: Sql,
  ids: readonly bigint[],
  until: Instant | null,
  now: Instant,
): Promise<void> {
  await tx`
    update review_case set state = ${until === null ? 'open' : 'snoozed'}, snoozed_until = ${until}, revision = revision + 1, updated_at = ${now}
    where id = any(${int8Array(ids)}::bigint[])`
}

export async function setResolved(
  tx: Sql,
  ids: readonly bigint[],
  end: {
    readonly outcome: Outcome
    readonly note: string | null
    readonly by: string
    readonly answeredUntil: Instant | null
  },
  now: Instant,
): Promise<void> {
  await tx`
    update review_case set state = 'resolved', outcome = ${end.outcome}, note = coalesce(${end.note}, note), resolved_by = ${end.by},
      resolved_at = ${now}, answered_until = ${end.answeredUntil}, snoozed_until = null, kept = false, revision = revision + 1,
      updated_at = ${now}
    where id = any(${int8Array(ids)}::bigint[])`
}

/** Open again, and a person's from now on: the hub does not close it. */
export async function setReopened(tx: Sql, ids: readonly bigint[], now: Instant): Promise<void> {
  await tx`
    update review_case set state = 'open', outcome = null, resolved_by = null, resolved_at = null, answered_until = null,
      gone_at = null, kept = true, revision = revision + 1, updated_at = ${now}
    where id = any(${int8Array(ids)}::bigint[])`
}

export async function setNote(tx: Sql, ids: readonly bigint[], note: string, now: Instant): Promise<void> {
  await tx`
    update review_case set note = ${note}, revision = revision + 1, updated_at = ${now}
    where id = any(${int8Array(ids)}::bigint[])`
}

export async function addEvents(
  tx: Sql,
  events: readonly { readonly id: bigint; readonly words: string }[],
  { actor, kind, now }: { readonly actor: string; readonly kind: string; readonly now: Instant },
): Promise<void> {
  await tx`
    insert into review_event (case_id, at, actor, kind, words)
    select id, ${now}, ${actor}, ${kind}, words
    from unnest(${int8Array(events.map((one) => one.id))}::bigint[], ${textArray(events.map((one) => one.words))}::text[]) as told (id, words)`
}

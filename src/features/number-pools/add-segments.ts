import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { numberAt, type Segment, sizeOf, type TypedSegment } from './core/segment.ts'
import { parseSegments, SEGMENTS_MOST } from './core/segment-list.ts'
import type { By, PoolDeps } from './deps.ts'
import { isGone } from './read-pools.ts'
import { moveApplication, readApplication } from './refill/store.ts'
import {
  ensurePools,
  findCrossing,
  insertSegment,
  lockCarrier,
  lockPool,
  lockSegment,
  readAccount,
  retireSegment,
  type SegmentRow,
} from './store.ts'

export type Added = { readonly segments: readonly bigint[]; readonly numbers: bigint }
export type NewSegments = {
  readonly accountId: bigint
  readonly typed: readonly TypedSegment[]
  readonly note: string
  /** The application that these answer. */
  readonly applicationId: bigint | null
}

/**
 * Puts segments into an account's pool: all of them or none. Every process takes from them as soon as this is committed. Refused:
 * `pools.account_not_found`, `pools.not_segments`, `pools.bad_segment`, `pools.segment_crosses_conflict`, `pools.application_not_found`.
 */
export async function addSegments(deps: PoolDeps, by: By, draft: NewSegments): Promise<Result<Added>> {
  return await deps.db.begin(async (tx): Promise<Result<Added>> => {
    const { applicationId } = draft
    const application = applicationId === null ? null : await readApplication(tx, applicationId)
    if (applicationId !== null && application?.account_id !== draft.accountId)
      return refuse('pools.application_not_found', `this account has no application ${applicationId}`)
    const added = await addSegmentsIn(deps, tx, by, draft)
    if (added.ok && applicationId !== null)
      await moveApplication(tx, applicationId, filled(added.value), deps.clock.now())
    return added
  })
}

/** How an application ends whose numbers came. */
export function filled({ numbers }: Added) {
  return { state: 'filled', code: null, detail: `${numbers} numbers` } as const
}

/** The same within the caller's transaction. */
export async function addSegmentsIn(
  deps: PoolDeps,
  tx: Sql,
  by: By,
  draft: NewSegments,
): Promise<Result<Added>> {
  const { accountId, typed, applicationId } = draft
  if (typed.length === 0 || typed.length > SEGMENTS_MOST)
    return refuse('pools.bad_segment', `1 to ${SEGMENTS_MOST} segments at once`)
  const segments = parseSegments(typed)
  if (!segments.ok) return segments
  const account = await readAccount(tx, accountId)
  if (account === null) return accountGone(accountId)
  if (deps.find(account.connection_id)?.connector.waybill?.numbers !== 'segment')
    return refuse(
      'pools.not_segments',
      'this carrier numbers the waybills itself; its accounts hold no segments',
    )
  const now = deps.clock.now()
  await lockCarrier(tx, account.carrier)
  await ensurePools(tx, [{ accountId, kind: 'segment' }], now)
  await lockPool(tx, accountId)
  const fresh: Segment[] = []
  for (const segment of segments.value) {
    const known = await findCrossing(tx, account.carrier, segment)
    if (known === null) fresh.push(segment)
    else if (!isSame(known, segment, draft)) return crossing(segment, known)
  }
  const ids: bigint[] = []
  let numbers = 0n
  for (const segment of fresh) {
    const note = draft.note.slice(0, 300)
    const row = { ...segment, accountId, carrier: account.carrier, note, applicationId, by: by.name, at: now }
    ids.push(await insertSegment(tx, row))
    numbers += sizeOf(segment)
  }
  if (isGone(account) && ids.length > 0) await deps.unblock(tx, accountId)
  if (ids.length > 0) await auditAdded(deps, tx, by, draft, { ids, numbers })
  return ok({ segments: ids, numbers })
}

/** A branch that answers the same application twice sends the same segment twice. */
function isSame(known: SegmentRow, segment: Segment, { accountId, applicationId }: NewSegments): boolean {
  return (
    applicationId !== null &&
    known.application_id === applicationId &&
    known.account_id === accountId &&
    known.prefix === segment.prefix &&
    known.first_serial === segment.first &&
    known.last_serial === segment.last
  )
}

async function auditAdded(
  deps: PoolDeps,
  tx: Sql,
  actor: By,
  { accountId, applicationId, note }: NewSegments,
  { ids, numbers }: { ids: readonly bigint[]; numbers: bigint },
): Promise<void> {
  await deps.audit(tx, {
    actor,
    action: 'pools.segments_added',
    subject: `account ${accountId}`,
    detail: {
      segments: ids.map(String),
      numbers: numbers.toString(),
      note,
      application: applicationId?.toString() ?? null,
    },
  })
}

function crossing(segment: Segment, known: SegmentRow) {
  const shown = { ...known, check: known.check_rule }
  const [from, to] = [numberAt(shown, known.first_serial), numberAt(shown, known.last_serial)]
  return refuse(
    'pools.segment_crosses_conflict',
    `${numberAt(segment, segment.first)} to ${numberAt(segment, segment.last)} crosses ${from} to ${to} of account ${known.account_id}`,
    { segment: known.id.toString(), account: known.account_id.toString() },
  )
}

/**
 * Takes a segment out of use. Numbers that it gave stay given for ever; those it did not are free to be added again. Refused:
 * `pools.segment_not_found`, `pools.retired_conflict`, `pools.reason_missing`.
 */
export async function endSegment(
  deps: PoolDeps,
  actor: By,
  id: bigint,
  reason: string,
): Promise<Result<null>> {
  if (reason.trim().length < 3) return refuse('pools.reason_missing', 'say why, in three letters or more')
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const seen = await lockSegmentWithPool(tx, id)
    if (seen === null) return refuse('pools.segment_not_found', 'there is no such segment')
    if (seen.state === 'retired')
      return refuse('pools.retired_conflict', 'this segment is out of use already')
    const segment = {
      prefix: seen.prefix,
      suffix: seen.suffix,
      width: seen.width,
      check: seen.check_rule,
      first: seen.first_serial,
      last: seen.next_serial - 1n,
    }
    await retireSegment(tx, segment, id, actor.name, deps.clock.now())
    await deps.audit(tx, {
      actor,
      action: 'pools.segment_retired',
      subject: `segment ${id}`,
      detail: {
        account: seen.account_id.toString(),
        first: numberAt(segment, seen.first_serial),
        last: numberAt(segment, seen.last_serial),
        given: (seen.next_serial - seen.first_serial).toString(),
        reason: reason.trim(),
      },
    })
    return ok(null)
  })
}

/** Pool before segment, as everybody locks them. */
async function lockSegmentWithPool(tx: Sql, id: bigint): Promise<SegmentRow | null> {
  const first = await lockSegment(tx, id, false)
  if (first === null) return null
  await lockPool(tx, first.account_id)
  return await lockSegment(tx, id, true)
}

export function accountGone(id: bigint) {
  return refuse('pools.account_not_found', `there is no carrier account ${id} with a pool`)
}

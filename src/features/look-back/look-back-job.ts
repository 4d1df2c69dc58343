import type { Fact } from '#domain/fact.ts'
import { subjectKey } from '#domain/fact.ts'
import { readTask } from '#features/intake/index.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { mapInTurns } from '#kernel/in-turns.ts'
import { ok, refuse } from '#kernel/result.ts'
import { type MessageRow, rowToTask } from '#platform/inbox/store.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { compareMessage, type Difference, factKey, type StoredFact } from './core/compare.ts'
import type { LookBackDeps } from './deps.ts'
import { analyzeFound, insertDifferences, type NewDifference } from './found/store.ts'
import {
  countMessages,
  finishWeighing,
  type RunRow,
  readKinds,
  readPiece,
  readRun,
  readStored,
  runUnderWay,
  saveProgress,
  setRun,
  setTotal,
} from './store.ts'
import { weighRun } from './weigh-run.ts'

export const LOOK_BACK_JOB = 'look_back'
export type LookBackPayload = { readonly run: string }

/** Messages that are read, compared and committed together. */
const PIECE = 2_000

/**
 * Reads a run's messages again and weighs what would change; nothing but the run's own tables is written. Interrupted or killed, it goes
 * on from the last committed piece: the differences of a piece and the mark behind it are one transaction.
 */
export function lookBackJob(deps: LookBackDeps): JobHandler {
  return async (job, progress) => {
    const id = BigInt((job.payload as unknown as LookBackPayload).run)
    const run = await readRun(deps.db, id)
    if (run === null || (run.state !== 'reading' && run.state !== 'weighing'))
      return ok({ run: id.toString() })
    // A job that had failed and was resumed while another run went on.
    const busy = await deps.db.begin((tx) => runUnderWay(tx, id))
    if (busy !== null)
      return refuse('look_back.running_conflict', `look back ${busy} is under way; resume this one later`)
    const total = run.total === 0n ? await countMessages(deps.db, run) : Number(run.total)
    if (run.total === 0n) await setTotal(deps.db, id, total)
    if (run.state === 'reading') {
      await readSpan(deps, run, async (done) => await progress(done, total))
      await setRun(deps.db, id, { state: 'weighing' }, deps.clock.now())
    }
    await analyzeFound(deps.db)
    await weighRun(deps, id, async () => await progress(total, total))
    await finishWeighing(deps.db, id, deps.clock.now())
    return ok({ run: id.toString() })
  }
}

async function readSpan(
  deps: LookBackDeps,
  run: RunRow,
  progress: (done: number) => Promise<void>,
): Promise<void> {
  const unreadable: Record<string, number> = { ...run.unreadable }
  let done = Number(run.messages)
  for (let place = run.cursor_place; place <= run.connections.length; place += 1) {
    const connection = run.connections[place - 1] ?? ''
    let after = place === run.cursor_place ? run.cursor_number : 0n
    const { id } = run
    // Two pieces are on their way at once: one is fetched and read while the one before it is written.
    let next = prepare(deps, run, connection, after)
    for (;;) {
      const piece = await next
      if (piece === null) break
      after = piece.last
      next = prepare(deps, run, connection, after)
      next.catch(() => undefined)
      for (const code of piece.refused) unreadable[code] = (unreadable[code] ?? 0) + 1
      await deps.db.begin(async (tx) => {
        await insertDifferences(tx, id, piece.differences)
        const at = { place, number: after, messages: piece.messages, changed: piece.changed }
        await saveProgress(tx, id, { ...at, unreadable, unknown: piece.unknown }, deps.clock.now())
      })
      done += piece.messages
      await progress(done)
    }
  }
}

async function prepare(
  deps: LookBackDeps,
  run: RunRow,
  connection: string,
  after: bigint,
): Promise<(Found & { readonly messages: number; readonly last: bigint }) | null> {
  const rows = await readPiece(deps.db, run, { connection, after }, PIECE)
  const last = rows.at(-1)
  if (last === undefined) return null
  return { ...(await comparePiece(deps, connection, rows)), messages: rows.length, last: last.id }
}

type Found = {
  readonly differences: readonly NewDifference[]
  readonly changed: number
  readonly refused: readonly string[]
  readonly unknown: readonly string[]
}

/** What today's readers make of these messages of one connection, against what is stored. */
async function comparePiece(
  deps: LookBackDeps,
  connection: string,
  rows: readonly MessageRow[],
): Promise<Found> {
  const [first, last] = [earliest(rows), latest(rows)]
  const stored =
    first === null || last === null
      ? new Map<string, StoredFact[]>()
      : await readStored(deps.db, connection, first, last)
  const { find, rulesFor } = deps.interpret
  const reads = await mapInTurns(rows, (row) => {
    const task = rowToTask(row, { replay: true, attempts: 0 })
    return { task, read: readTask(task, find, rulesFor) }
  })
  const own = (id: string): ReadonlySet<string> =>
    new Set(
      (stored.get(id) ?? []).map((fact: { subject: string; id: string }) => factKey(fact.subject, fact.id)),
    )
  const others = reads.flatMap(({ task, read }) => {
    if (!read.ok || read.value.contribution.facts.length === 0) return []
    const mine = own(task.id)
    return read.value.contribution.facts
      .map((fact) => ({ subject: subjectKey(fact.subject), id: fact.id }))
      .filter((fact) => !mine.has(factKey(fact.subject, fact.id)))
  })
  const elsewhere = await readKinds(deps.db, others)
  const claimants = claimantsOf(
    reads.flatMap(({ task, read }) =>
      read.ok ? [{ id: task.id, facts: read.value.contribution.facts }] : [],
    ),
    stored,
  )
  const differences: NewDifference[] = []
  const unknown = new Set<string>()
  const refused: string[] = []
  let changed = 0
  for (const { task, read } of reads) {
    if (!read.ok) {
      refused.push(read.refusal.code)
      continue
    }
    for (const code of read.value.unknown) unknown.add(code)
    const repeats = read.value.contribution.facts.some((fact) =>
      elsewhere.has(factKey(subjectKey(fact.subject), fact.id)),
    )
    const found = compareMessage({
      stored: stored.get(task.id) ?? [],
      fresh: read.value.contribution.facts.filter((fact) => {
        const owner = claimants.get(factKey(subjectKey(fact.subject), fact.id))
        return owner === undefined || owner === task.id
      }),
      unknown: read.value.unknown,
      elsewhere,
    })
    if (found.length > 0) changed += 1
    for (const { subject, after } of found)
      if (after !== null) elsewhere.set(factKey(subject, after.id), after.kind)
    differences.push(...found.map((one) => ({ ...rowOf(task, one), repeats })))
  }
  return { differences, changed, refused, unknown: [...unknown] }
}

/**
 * Which message of a piece answers for a new fact that several of them say: the one that proves the old reading of it, else the first.
 * Facts that only one says, or that a message proves already, are not in it.
 */
function claimantsOf(
  reads: readonly { readonly id: string; readonly facts: readonly Fact[] }[],
  stored: ReadonlyMap<string, readonly StoredFact[]>,
): ReadonlyMap<string, string> {
  const claims = new Map<string, { fact: Fact; ids: string[] }>()
  for (const { id, facts } of reads)
    for (const fact of facts) {
      const key = factKey(subjectKey(fact.subject), fact.id)
      const known = claims.get(key)
      if (known === undefined) claims.set(key, { fact, ids: [id] })
      else known.ids.push(id)
    }
  return new Map(
    [...claims].flatMap(([key, { fact, ids }]): [string, string][] => {
      if (ids.length < 2) return []
      const subject = subjectKey(fact.subject)
      const proves = (id: string, fits: (old: StoredFact) => boolean): boolean =>
        (stored.get(id) ?? []).some((old) => old.subject === subject && fits(old))
      const owner =
        ids.find((id) => proves(id, (old) => old.id === fact.id)) ??
        ids.find((id) =>
          proves(
            id,
            (old) =>
              old.code === fact.code && (fact.at.raw.startsWith(old.raw) || old.raw.startsWith(fact.at.raw)),
          ),
        )
      return [[key, owner ?? ids[0] ?? '']]
    }),
  )
}

function rowOf(
  task: { readonly number: bigint; readonly receivedAt: Temporal.Instant; readonly connection: string },
  { what, subject, code, before, after, cause }: Difference,
): Omit<NewDifference, 'repeats'> {
  return {
    message_number: task.number,
    received_at: task.receivedAt,
    connection_id: task.connection,
    subject,
    what,
    code,
    before_id: before?.id ?? null,
    after_id: after?.id ?? null,
    before_kind: before?.kind ?? null,
    after_kind: after?.kind ?? null,
    before_at: before?.at ?? null,
    after_at: after?.at.instant ?? null,
    before_raw: before?.raw ?? null,
    after_raw: after?.at.raw ?? null,
    after_zone: after?.at.zone ?? null,
    after_provenance: after?.at.provenance ?? null,
    after_detail: after === null ? null : detailJson(after),
    cause,
  }
}

function detailJson(fact: Fact): string {
  return canonicalJson(fact.detail)
}

function earliest(rows: readonly MessageRow[]): Temporal.Instant | null {
  return rows.reduce<Temporal.Instant | null>(
    (least, row) =>
      least === null || Temporal.Instant.compare(row.received_at, least) < 0 ? row.received_at : least,
    null,
  )
}

function latest(rows: readonly MessageRow[]): Temporal.Instant | null {
  return rows.reduce<Temporal.Instant | null>(
    (most, row) =>
      most === null || Temporal.Instant.compare(row.received_at, most) > 0 ? row.received_at : most,
    null,
  )
}

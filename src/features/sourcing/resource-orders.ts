import { ok, type Result, refuse } from '#kernel/result.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { queueJob } from '#platform/jobs/store.ts'
import { decideResourcing, type ResourceAsk, type Resourcing } from './core/resource.ts'
import type { By, Replanned, SourcingDeps } from './deps.ts'
import { readPlansOf } from './store.ts'

export const RESOURCE_JOB = 'sourcing.resource'
/** Orders of one run at most; what is left is found by the next one. */
export const ORDERS_MOST = 5_000
/** Orders that a preview plans; more would keep a person waiting. */
export const PREVIEW_MOST = 100
const AT_ONCE = 50

export type ResourcePreview = Resourcing & {
  readonly rows: readonly Replanned[]
  /** There are more than `rows` shows. */
  readonly capped: boolean
}

/** Which orders would move where. Changes nothing. Refused: `sourcing.nothing_asked`. */
export async function previewResourcing(
  deps: SourcingDeps,
  by: By,
  ask: ResourceAsk,
): Promise<Result<ResourcePreview>> {
  const found = await findOrders(deps, ask)
  if (!found.ok) return found
  const { ids, exclude } = found.value
  const shown = ids.slice(0, PREVIEW_MOST)
  const rows =
    shown.length === 0 ? [] : await deps.replan(shown, { dryRun: true, exclude, reason: '', actor: by.name })
  return ok({ ...found.value, rows, capped: ids.length > shown.length })
}

/** Queues it. Refused: `sourcing.nothing_asked`, `sourcing.nothing_to_resource`. */
export async function queueResourcing(
  deps: SourcingDeps,
  by: By,
  ask: ResourceAsk,
  reason: string,
): Promise<Result<{ readonly jobId: bigint; readonly orders: number }>> {
  const found = await findOrders(deps, ask)
  if (!found.ok) return found
  const { ids, exclude } = found.value
  if (ids.length === 0) return refuse('sourcing.nothing_to_resource', 'no plan can be made anew for that')
  const jobId = await deps.db.begin(async (tx) => {
    const payload = { ids: ids.map(String), exclude, reason, actor: by.name }
    await deps.audit(tx, {
      actor: by,
      action: 'sourcing.resourced',
      subject: ask.warehouse ?? `${ids.length} orders`,
      detail: { orders: ids.length, exclude, reason },
    })
    return await queueJob(tx, { kind: RESOURCE_JOB, payload, createdBy: by.name }, deps.clock.now())
  })
  deps.onJobQueued()
  return ok({ jobId, orders: ids.length })
}

async function findOrders(deps: SourcingDeps, ask: ResourceAsk): Promise<Result<Resourcing>> {
  if (ask.warehouse === null && ask.ids.length === 0 && ask.numbers.length === 0 && !ask.short)
    return refuse('sourcing.nothing_asked', 'name a warehouse, orders, or those that are short')
  return ok(decideResourcing(ask, await readPlansOf(deps.db, ask, ORDERS_MOST)))
}

type Payload = {
  readonly ids: readonly string[]
  readonly exclude: readonly string[]
  readonly reason: string
  readonly actor: string
}

/** Fifty orders at a time; taken over by another process it goes on where the last one told that it was. */
export function resourceJob(deps: Pick<SourcingDeps, 'replan'>): JobHandler {
  return async (job, progress) => {
    const { ids, exclude, reason, actor } = job.payload as unknown as Payload
    const counts = { changed: 0, same: 0, short: 0, held: 0 }
    const left: { orderNo: string; zh: string; en: string }[] = []
    for (let done = Number(job.progress); done < ids.length; done += AT_ONCE) {
      const some = ids.slice(done, done + AT_ONCE).map(BigInt)
      const rows = await deps.replan(some, { dryRun: false, exclude, reason, actor })
      for (const { outcome, orderNo, words } of rows) {
        counts[outcome] += 1
        if ((outcome === 'short' || outcome === 'held') && left.length < 100) left.push({ orderNo, ...words })
      }
      await progress(Math.min(ids.length, done + AT_ONCE), ids.length)
    }
    return ok({ orders: ids.length, ...counts, left })
  }
}

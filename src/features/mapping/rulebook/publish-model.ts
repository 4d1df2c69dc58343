import type { Words } from '#domain/notice.ts'
import type { RuleModel } from '#domain/rulebook.ts'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Result } from '#kernel/result.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { queueJob } from '#platform/jobs/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { compareRules, type Rules } from '../core/rules.ts'
import type { MappingDeps } from '../deps.ts'
import { audit, type By, checkScope, connectionsIn } from '../edit-draft.ts'
import { replayDecided } from '../publish-version.ts'
import { insertDraft, lockScope, makeLive, type Scope } from '../store.ts'
import { rulesOfModel } from './model.ts'

/** What the rulebook makes live for a place; `model` null: nothing any more. */
export type PublishedModel = {
  readonly connectorKind: string
  readonly connectionId: string | null
  readonly model: RuleModel | null
  readonly number: number | null
  readonly actor: By
  readonly now: Instant
}

export const REREAD_JOB = 'mapping.reread'
/** As the mapping's own page does unless it is told otherwise. */
const REREAD_DAYS = 7

/**
 * Makes a version of the rulebook the live version of the mapping, in the rulebook's own transaction: what messages are read with and
 * what the rulebook says is live are never two things. What it concerns is read again by a job that the same commit queues. Refuses as
 * `rulesOfModel` does, and `mapping.kind_not_found`, `mapping.connection_not_found`.
 */
export async function publishModel(
  deps: MappingDeps,
  tx: Sql,
  { connectorKind, connectionId, model, number, actor, now }: PublishedModel,
): Promise<Result<null>> {
  const scope: Scope = { kind: connectorKind, connectionId }
  const known = checkScope(deps, scope)
  if (!known.ok) return known
  const rules = model === null ? ok<Rules>({}) : rulesOfModel(model)
  if (!rules.ok) return rules
  await lockScope(tx, scope)
  const note = number === null ? '规则库：不再生效' : `规则库 v${number}`
  const row = await insertDraft(tx, scope, { rules: rules.value, note, author: actor.name, at: now })
  await makeLive(tx, scope, row.id, now)
  await audit(tx, deps, actor, 'mapping.published', row)
  const after = deps.directory.rulesWith(scope, rules.value)
  const connections = connectionsIn(deps, scope).filter((connection) => {
    const before = deps.directory.rulesFor(scope.kind, connection)
    return compareRules(before, after(scope.kind, connection)).changed.length > 0
  })
  const payload = {
    kind: scope.kind,
    connections,
    from: now.subtract({ hours: 24 * REREAD_DAYS }).toString(),
  }
  await queueJob(tx, { kind: REREAD_JOB, payload, createdBy: actor.name }, now)
  return ok(null)
}

/** Reads again what a publication of the rulebook concerns; run twice it changes nothing more. */
export function rereadJobs(deps: MappingDeps): Readonly<Record<string, JobHandler>> {
  return {
    [REREAD_JOB]: async (job) => {
      const { kind, connections, from } = job.payload
      await deps.directory.refresh()
      const reread = Array.isArray(connections) ? connections.map(String) : []
      const recorded =
        reread.length === 0
          ? 0
          : await deps.replay({ connections: reread, from: Temporal.Instant.from(String(from)) })
      return ok({ replayed: recorded + (await replayDecided(deps, String(kind))) })
    },
  }
}

export type ModelPreview = {
  readonly looked: number
  readonly changes: readonly {
    readonly orderId: bigint
    readonly orderNo: string
    readonly connection: string
    readonly before: Words | null
    readonly after: Words
    readonly group: string
    readonly figures: Readonly<Record<string, bigint>>
  }[]
  readonly objection: Words | null
}

const PREVIEW_DAYS = 30

/** The dry run of a mapping: recorded messages read with it. Changes nothing. Refuses as `publishModel` does. */
export async function previewModel(
  deps: MappingDeps,
  ask: { model: RuleModel; connectorKind: string; connectionId: string | null; from: Instant },
): Promise<Result<ModelPreview>> {
  const scope: Scope = { kind: ask.connectorKind, connectionId: ask.connectionId }
  const known = checkScope(deps, scope)
  if (!known.ok) return known
  const rules = rulesOfModel(ask.model)
  if (!rules.ok) return rules
  await deps.directory.refresh()
  const earliest = deps.clock.now().subtract({ hours: 24 * PREVIEW_DAYS })
  const from = Temporal.Instant.compare(ask.from, earliest) < 0 ? earliest : ask.from
  const connections = connectionsIn(deps, scope)
  const found = await deps.preview({ connections, from }, deps.directory.rulesWith(scope, rules.value))
  const { messages, orders, factsRemoved } = found
  return ok({
    looked: Math.max(messages, orders.length),
    changes: orders
      .filter((order) => order.id !== '')
      .map((order) => ({
        orderId: BigInt(order.id),
        orderNo: order.orderNo,
        connection: scope.connectionId ?? scope.kind,
        before: order.from === null ? null : { zh: order.from, en: order.from },
        after: withFacts(order),
        group: `${order.from ?? '∅'}→${order.to}`,
        figures: { facts_added: BigInt(order.factsAdded), facts_removed: BigInt(order.factsRemoved) },
      })),
    objection:
      factsRemoved === 0
        ? null
        : {
            zh: `会收回 ${factsRemoved} 条已记录的事实，涉及的订单状态可能倒退；请看过后写明理由接受`,
            en: `${factsRemoved} recorded facts would be taken back, and orders may go back with them; look, and accept it with words`,
          },
  })
}

function withFacts({
  to,
  factsAdded,
  factsRemoved,
}: {
  to: string
  factsAdded: number
  factsRemoved: number
}): Words {
  const text = `${to} (+${factsAdded} −${factsRemoved})`
  return { zh: text, en: text }
}

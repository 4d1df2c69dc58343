import type { Words } from '#domain/notice.ts'
import type { CompiledRules, Decision, DryRunItem, RuleInput, RuleKindPart } from '#domain/rulebook.ts'
import { ruleInputFromJson, ruleValuesToJson } from '#domain/rulebook-json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { modelOf, partOf, setGone, versionGone } from './change-set.ts'
import type { RulebookDeps } from './deps.ts'
import { wordsOfValues } from './json.ts'
import { readSet, readVersion, type VersionRow } from './store.ts'

export type TryAsk = {
  readonly kind: string
  /** One of three says by what: a model, a version, or what is live in a set. */
  readonly model: unknown
  readonly versionId: bigint | null
  readonly setId: bigint | null
  /** One of two says what: an input as JSON has it, or an order's number. */
  readonly input: unknown
  readonly orderNo: string | null
}
export type Tried = {
  readonly decision: Decision
  readonly input: RuleInput
  readonly words: Words
  readonly version: VersionRow | null
}

/**
 * Decides once, and keeps nothing. Refuses with `rulebook.kind_not_found`, `rulebook.version_not_found`, `rulebook.nothing_live_conflict`,
 * `rulebook.input_invalid`, `rulebook.order_not_found`, `rulebook.order_without_rules`, and as `parse` and `compile` do.
 */
export async function tryRules(deps: RulebookDeps, ask: TryAsk): Promise<Result<Tried>> {
  const part = partOf(deps, ask.kind)
  if (!part.ok) return part
  const rules = await rulesOf(deps, part.value, ask)
  if (!rules.ok) return rules
  const subject = ask.orderNo === null ? ok(null) : await itemOf(deps, part.value, ask.orderNo)
  if (!subject.ok) return subject
  const item = subject.value
  const input = item?.input ?? ruleInputFromJson(ask.input)
  if (input === undefined)
    return refuse(
      'rulebook.input_invalid',
      'an input has a currency, values and lines; whole numbers are {"int":"9900"}',
    )
  const decision = rules.value.compiled.decide(input)
  const words = item === null ? plainWords(decision) : part.value.outcome(decision, item).words
  return ok({ decision, input, words, version: rules.value.version })
}

async function rulesOf(
  deps: RulebookDeps,
  part: RuleKindPart,
  ask: TryAsk,
): Promise<Result<{ compiled: CompiledRules; version: VersionRow | null }>> {
  if (ask.model !== null) {
    const model = deps.engine.parse(ask.model)
    const compiled = model.ok ? deps.engine.compile(part.kind, model.value) : model
    return compiled.ok ? ok({ compiled: compiled.value, version: null }) : compiled
  }
  const id = ask.versionId === null ? await liveOf(deps, part, ask.setId) : ok(ask.versionId)
  if (!id.ok) return id
  const version = await readVersion(deps.db, id.value)
  const set = version === null ? null : await readSet(deps.db, version.set_id)
  if (version === null || set?.kind !== part.kind.kind) return versionGone()
  const model = await modelOf(deps.db, deps, version.id)
  const compiled = model.ok ? deps.engine.compile(part.kind, model.value) : model
  return compiled.ok ? ok({ compiled: compiled.value, version }) : compiled
}

async function liveOf(deps: RulebookDeps, part: RuleKindPart, setId: bigint | null): Promise<Result<bigint>> {
  if (setId === null)
    return refuse('rulebook.input_invalid', 'name a model, a version or a rule set to decide with')
  const set = await readSet(deps.db, setId)
  if (set === null || set.kind !== part.kind.kind) return setGone()
  return set.live_version === null
    ? refuse('rulebook.nothing_live_conflict', `nothing of "${set.name}" is live`)
    : ok(set.live_version)
}

async function itemOf(deps: RulebookDeps, part: RuleKindPart, orderNo: string): Promise<Result<DryRunItem>> {
  const [order] = (await deps.orders?.byNumber(orderNo)) ?? []
  if (order === undefined)
    return refuse('rulebook.order_not_found', `there is no order ${orderNo.slice(0, 60)}`)
  const item = part.item(order)
  return item === null
    ? refuse(
        'rulebook.order_without_rules',
        `rules of kind ${part.kind.kind} have nothing to say of this order`,
      )
    : ok(item)
}

function plainWords({ outcome, reason, values }: Decision): Words {
  if (outcome === 'review') return reason?.words ?? { zh: '转人工', en: 'to review' }
  return wordsOfValues(ruleValuesToJson(values))
}

import { readFile } from 'node:fs/promises'
import type { RuleOrder } from '#domain/rule-order.ts'
import type { ChosenRules, CompiledRules, Decision, DryRunItem, RuleKindPart } from '#domain/rulebook.ts'
import { decisionToJson, ruleInputFromJson } from '#domain/rulebook-json.ts'
import { freightPart, STANDARD_BOOK } from '#features/freight/index.ts'
import { reviewPart } from '#features/review/index.ts'
import { sourcingPart } from '#features/sourcing/index.ts'
import { explainRefusal, splitOrder, splitPart, unitsOf } from '#features/splitting/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { parseModel } from '#platform/rules/parse-model.ts'
import type { Environment } from '../config.ts'
import { orderOfInput } from '../try-order.ts'
import type { TryHub } from './try-hub.ts'
import { isRecord, type TryAnswer, type TryLine } from './try-line.ts'

export type TriedKind = 'freight' | 'split' | 'sourcing' | 'review'

export type RuleTrial = {
  readonly answer: (line: TryLine) => Promise<TryAnswer>
  readonly close: () => Promise<void>
}

/**
 * What rules of one kind make of each line's order. A model file needs nothing but itself; `live`, a rule set's id, or an order by its number
 * open the hub's database, once, at the first line that asks for it.
 */
export function tryRules(kind: TriedKind, env: Environment): RuleTrial {
  const models = new Map<string, Promise<Result<CompiledRules>>>()
  let hub: Promise<TryHub> | null = null
  const openHub = (): Promise<TryHub> => {
    // A model file needs no hub: then nothing of it is loaded.
    hub ??= import('./try-hub.ts').then(({ openTryHub }) => openTryHub(env))
    return hub
  }
  const trial: Trial = {
    kind,
    hub: openHub,
    file: (path) => {
      const known = models.get(path) ?? readModelFile(kind, path)
      models.set(path, known)
      return known
    },
  }
  return {
    answer: async (line) => {
      const answered = await answerLine(trial, line)
      return answered.ok ? { id: line.id, ...answered.value } : { id: line.id, error: answered.refusal }
    },
    close: async () => {
      const opened = await hub?.catch(() => null)
      await opened?.close()
    },
  }
}

type Trial = {
  readonly kind: TriedKind
  readonly hub: () => Promise<TryHub>
  readonly file: (path: string) => Promise<Result<CompiledRules>>
}

/** The kinds as they are without a database: levels and remote areas as the hub ships them. */
const PARTS: Readonly<Record<TriedKind, RuleKindPart>> = {
  freight: freightPart({ book: () => STANDARD_BOOK }),
  split: splitPart,
  sourcing: sourcingPart,
  review: reviewPart,
}

async function answerLine(trial: Trial, { id, fields }: TryLine): Promise<Result<Record<string, unknown>>> {
  const subject = await subjectOf(trial, id, fields)
  if (!subject.ok) return subject
  const rules = await rulesOf(trial, fields.ruleset ?? 'live', subject.value)
  if (!rules.ok) return rules
  const { item, order } = subject.value
  const decision = rules.value.rules.decide(item.input)
  const { outcome, reason, values, actions, path } = decisionToJson(decision)
  return ok({
    orderNo: order.orderNo === '' ? null : order.orderNo,
    rules: rules.value.shown,
    outcome,
    reason,
    values,
    actions,
    path,
    words: wordsOf(subject.value, decision),
    ...(trial.kind === 'split' ? { parcels: parcelsOf(order, decision) } : {}),
  })
}

type Subject = { readonly order: RuleOrder; readonly item: DryRunItem; readonly part: RuleKindPart }

/** The order of a line: `orderNo` (or `order` as text) of the hub, or `order` as an input that was written by hand. */
async function subjectOf(trial: Trial, id: unknown, fields: TryLine['fields']): Promise<Result<Subject>> {
  const { order, orderNo, connection, gifts } = fields
  const number =
    typeof order === 'string' ? order : order === undefined && typeof orderNo === 'string' ? orderNo : null
  if (number !== null) return await storedOrder(trial, number, connection)
  const input = ruleInputFromJson(order)
  if (input === undefined)
    return refuse(
      'try.no_order',
      'the line has no order: {"order":{"currency":"CNY","values":{...},"lines":[...]}} or {"orderNo":"..."}; whole numbers are {"int":"9900"}',
    )
  const part = PARTS[trial.kind]
  const made = orderOfInput(input, {
    orderNo: typeof orderNo === 'string' ? orderNo : '',
    connection: typeof connection === 'string' ? connection : String(input.values.shop ?? ''),
    gifts: giftsOf(gifts),
  })
  // What the kind adds of its own (a region's class) is filled in; what was written by hand is as it was written.
  const item = part.item(made)
  const { id: orderId, connectorKind } = made
  const values = { ...item?.input.values, ...input.values }
  return ok({
    part,
    order: made,
    item: {
      orderId,
      orderNo: made.orderNo === '' ? String(id ?? '') : made.orderNo,
      connection: made.connection,
      connectorKind,
      input: { ...input, values },
      context: item?.context ?? null,
    },
  })
}

async function storedOrder(trial: Trial, number: string, connection: unknown): Promise<Result<Subject>> {
  const hub = await trial.hub()
  const found = await hub.orders.byNumber(number)
  const orders = found.filter((one) => connection === undefined || one.connection === connection)
  const [order] = orders
  if (order === undefined) return refuse('try.order_not_found', `the hub has no order ${number.slice(0, 60)}`)
  if (orders.length > 1)
    return refuse(
      'try.order_not_clear',
      `${orders.length} shops have an order ${number.slice(0, 60)}; name one by connection`,
    )
  const part = hub.parts.get(trial.kind) ?? PARTS[trial.kind]
  const item = part.item(order)
  return item === null
    ? refuse('try.order_without_rules', `such rules have nothing to say of order ${number.slice(0, 60)}`)
    : ok({ order, item, part })
}

function giftsOf(json: unknown): RuleOrder['gifts'] {
  if (!Array.isArray(json)) return []
  return (json as unknown[]).flatMap((one) => {
    if (!isRecord(one) || typeof one.gift !== 'string' || typeof one.main !== 'string') return []
    return [
      {
        gift: one.gift,
        main: one.main,
        binding: one.binding === 'soft' ? ('soft' as const) : ('hard' as const),
      },
    ]
  })
}

type Shown =
  | { readonly file: string }
  | { readonly set: string; readonly version: number; readonly arm: string }
type RulesToTry = { readonly rules: CompiledRules; readonly shown: Shown }

/** `live`: what decides for this order now. A number: what is live in that rule set. Anything else: the path of a model file. */
async function rulesOf(trial: Trial, ruleset: unknown, { item }: Subject): Promise<Result<RulesToTry>> {
  const wanted = typeof ruleset === 'number' ? String(ruleset) : ruleset
  if (typeof wanted !== 'string' || wanted === '')
    return refuse('try.no_ruleset', 'ruleset is "live", the id of a rule set, or the path of a model file')
  if (wanted === 'live') {
    const { connection, connectorKind, orderNo } = item
    const hub = await trial.hub()
    return shownOf(hub.choose(trial.kind, { connection, connectorKind, key: orderNo }), 'for this order')
  }
  if (/^\d{1,19}$/.test(wanted))
    return shownOf((await trial.hub()).liveOf(trial.kind, BigInt(wanted)), `in set ${wanted}`)
  const rules = await trial.file(wanted)
  return rules.ok ? ok({ rules: rules.value, shown: { file: wanted } }) : rules
}

function shownOf(chosen: ChosenRules | null, where: string): Result<RulesToTry> {
  if (chosen === null) return refuse('try.nothing_live', `no such rules are live ${where}`)
  return ok({
    rules: chosen.rules,
    shown: { set: String(chosen.setId), version: chosen.number, arm: chosen.arm },
  })
}

async function readModelFile(kind: TriedKind, path: string): Promise<Result<CompiledRules>> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return refuse('try.model_unreadable', `${path.slice(0, 100)}: ${why.slice(0, 200)}`)
  }
  // What GET /api/rules/versions/:id answers holds the model beside much else.
  const model = parseModel(isRecord(json) && json.model !== undefined ? json.model : json)
  return model.ok ? compileModel(PARTS[kind].kind, model.value) : model
}

/** What comes of the decision, as the feature says it. */
function wordsOf({ part, item }: Subject, decision: Decision) {
  if (decision.outcome === 'review') return decision.reason?.words ?? null
  // Without an order's pieces the feature has nothing to work on; the decision itself is in the answer.
  return part.kind.kind === 'split' && item.context === null ? null : part.outcome(decision, item).words
}

function parcelsOf(order: RuleOrder, decision: Decision): unknown {
  if (decision.outcome === 'review') return null
  const { units, bindings } = unitsOf(order)
  const split = splitOrder({ units, bindings, actions: decision.actions })
  if (!split.ok) return { refusal: split.refusal.code, words: explainRefusal(split.refusal) }
  const byKey = new Map(units.map((unit) => [unit.key, unit]))
  return split.value.parcels.map(({ groups, together, warehouse, needs, reasons }) => ({
    pieces: groups.flat().map(({ unit, quantity }) => {
      const { lineId, sku } = byKey.get(unit) ?? { lineId: unit, sku: '' }
      return { line: lineId, sku, quantity }
    }),
    together,
    warehouse,
    needs,
    reasons: reasons.map(({ node, words }) => ({ node, words })),
  }))
}

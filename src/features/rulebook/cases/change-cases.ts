import { withoutNotes } from '#domain/rule-privacy.ts'
import type { CompiledRules, RuleCaseContent, RuleKindPart } from '#domain/rulebook.ts'
import { ruleInputToJson } from '#domain/rulebook-json.ts'
import { recordAudit } from '#features/identity/index.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { By, CaseRun, RulebookDeps } from '../deps.ts'
import { NAME_LIMIT, readCase } from './core/read-case.ts'
import { runCases } from './run-cases.ts'
import {
  type CaseOrigin,
  type CaseRow,
  countCases,
  deleteCase,
  expectedToJson,
  insertCase,
  lockSetOfCases,
  readCaseRow,
  readCases,
  readSetOfCases,
  readVersionOfCases,
  readWorkedVersion,
  updateCase,
  type VersionOfCases,
} from './store.ts'

export type CaseDeps = Pick<RulebookDeps, 'db' | 'clock' | 'engine' | 'parts' | 'orders'>

/** As it comes: either an input and what is expected, or an order whose decision of today is what is expected. */
export type CaseWish = {
  readonly name?: string
  readonly input?: unknown
  readonly expected?: unknown
  readonly orderNo?: string
  readonly origin?: CaseOrigin
}

/** A set has so many cases at most: they all run on every save. */
export const CASES_LIMIT = 500

export async function listCases(deps: CaseDeps, setId: bigint): Promise<Result<readonly CaseRow[]>> {
  const set = await readSetOfCases(deps.db, setId)
  return set === null ? setGone() : ok(await readCases(deps.db, setId))
}

/** Refuses `rulebook.set_not_found`, `rulebook.case_invalid`, `rulebook.case_exists`, `rulebook.too_many_cases`, and those of an order. */
export async function addCase(
  deps: CaseDeps,
  by: By,
  setId: bigint,
  wish: CaseWish,
): Promise<Result<CaseRow>> {
  const set = await readSetOfCases(deps.db, setId)
  if (set === null) return setGone()
  const content = await contentOf(deps, set.kind, setId, wish)
  if (!content.ok) return content
  const origin = wish.orderNo === undefined ? (wish.origin ?? 'person') : 'order'
  return await deps.db.begin(async (tx): Promise<Result<CaseRow>> => {
    await lockSetOfCases(tx, setId)
    if ((await countCases(tx, setId)) >= CASES_LIMIT)
      return refuse('rulebook.too_many_cases', `a rule set keeps at most ${CASES_LIMIT} test cases`)
    const row = await insertCase(tx, setId, content.value, { origin, by: by.name, at: deps.clock.now() })
    if (row === null) return nameTaken(content.value.name)
    await auditCase(tx, deps, by, 'rulebook.case_added', row)
    return ok(row)
  })
}

/** Refuses `rulebook.case_not_found`, `rulebook.case_invalid`, `rulebook.case_exists`. */
export async function changeCase(
  deps: CaseDeps,
  by: By,
  id: bigint,
  wish: Pick<CaseWish, 'name' | 'input' | 'expected'>,
): Promise<Result<CaseRow>> {
  return await deps.db.begin(async (tx): Promise<Result<CaseRow>> => {
    const old = await readCaseRow(tx, id)
    if (old === null) return caseGone()
    const set = await readSetOfCases(tx, old.setId)
    const part = partOf(deps, set?.kind ?? '')
    if (!part.ok) return part
    const content = readCase(part.value.kind, {
      name: wish.name ?? old.name,
      input: wish.input ?? ruleInputToJson(old.input),
      expected: wish.expected ?? expectedToJson(old.expected),
    })
    if (!content.ok) return content
    const row = await updateCase(tx, old, content.value, deps.clock.now())
    if (row === null) return nameTaken(content.value.name)
    await auditCase(tx, deps, by, 'rulebook.case_changed', row)
    return ok(row)
  })
}

/** Refuses `rulebook.case_not_found`. */
export async function dropCase(deps: CaseDeps, by: By, id: bigint): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const row = await readCaseRow(tx, id)
    if (row === null) return caseGone()
    await deleteCase(tx, id)
    await auditCase(tx, deps, by, 'rulebook.case_dropped', row)
    return ok(null)
  })
}

/**
 * Boundary cases of the version that is worked on that the set does not keep yet: each input stands on one side of a boundary, and
 * what the version says of it is what is expected. Keeps nothing.
 */
export async function offerCases(deps: CaseDeps, setId: bigint): Promise<Result<readonly RuleCaseContent[]>> {
  const set = await readSetOfCases(deps.db, setId)
  if (set === null) return setGone()
  const part = partOf(deps, set.kind)
  if (!part.ok) return part
  const version = await readWorkedVersion(deps.db, setId)
  if (version === null) return ok([])
  const model = deps.engine.parse(version.model)
  if (!model.ok) return model
  const check = await deps.engine.check(part.value.kind, model.value)
  if (!check.ok) return check
  const kept = await readCases(deps.db, setId)
  const inputs = new Set(kept.map((one) => canonicalJson(ruleInputToJson(one.input))))
  const names = new Set(kept.map((one) => one.name))
  const offers: RuleCaseContent[] = []
  for (const { name, input, decision } of check.value.boundaries) {
    const key = canonicalJson(ruleInputToJson(input))
    if (inputs.has(key)) continue
    inputs.add(key)
    offers.push({ name: freeName(name, names), input, expected: expectedOf(decision) })
  }
  return ok(offers)
}

/** All cases of the version's set, decided by it. Refuses `rulebook.version_not_found` and whatever keeps it from being compiled. */
export async function runCasesOfVersion(
  deps: CaseDeps,
  versionId: bigint,
): Promise<Result<readonly CaseRun[]>> {
  const version = await readVersionOfCases(deps.db, versionId)
  if (version === null) return versionGone()
  const rules = compileVersion(deps, version)
  return rules.ok ? ok(await runCases(deps.db, version.set_id, rules.value)) : rules
}

function compileVersion(deps: CaseDeps, version: VersionOfCases): Result<CompiledRules> {
  const part = partOf(deps, version.kind)
  if (!part.ok) return part
  const model = deps.engine.parse(version.model)
  return model.ok ? deps.engine.compile(part.value.kind, model.value) : model
}

/** The name, or the name with a number behind it; taken from then on. */
function freeName(wished: string, taken: Set<string>): string {
  const name = wished.trim().slice(0, NAME_LIMIT - 5) || '?'
  let free = name
  for (let n = 2; taken.has(free); n += 1) free = `${name} ${n}`
  taken.add(free)
  return free
}

async function contentOf(
  deps: CaseDeps,
  kind: string,
  setId: bigint,
  wish: CaseWish,
): Promise<Result<RuleCaseContent>> {
  const part = partOf(deps, kind)
  if (!part.ok) return part
  const { name, input, expected, orderNo } = wish
  if (orderNo === undefined) return readCase(part.value.kind, { name: name ?? '', input, expected })
  const found = await inputOfOrder(deps, part.value, orderNo)
  if (!found.ok) return found
  const json = ruleInputToJson(found.value)
  const wished = { name: name ?? `订单 ${orderNo}`, input: json }
  if (expected !== undefined) return readCase(part.value.kind, { ...wished, expected })
  const version = await readWorkedVersion(deps.db, setId)
  if (version === null) return versionGone()
  const rules = compileVersion(deps, version)
  if (!rules.ok) return rules
  return ok({
    name: wished.name.slice(0, NAME_LIMIT),
    input: found.value,
    expected: expectedOf(rules.value.decide(found.value)),
  })
}

function expectedOf(decision: ReturnType<CompiledRules['decide']>): RuleCaseContent['expected'] {
  const { outcome, values, actions } = decision
  return {
    outcome,
    ...(outcome === 'decided' && Object.keys(values).length > 0 ? { values } : {}),
    ...(actions.length === 0 ? {} : { actions: actions.map(({ action, params }) => ({ action, params })) }),
  }
}

/** As rules see the order, but for its remarks: a case is kept and shown as long as the rules are. */
async function inputOfOrder(
  { orders }: CaseDeps,
  part: RuleKindPart,
  orderNo: string,
): Promise<Result<RuleCaseContent['input']>> {
  const found = orders === null ? [] : await orders.byNumber(orderNo)
  const [order] = found
  if (order === undefined)
    return refuse('rulebook.order_not_found', `there is no order "${orderNo.slice(0, 60)}"`)
  const item = part.item(order)
  return item === null
    ? refuse('rulebook.order_without_rules', 'rules of this kind have nothing to say of this order')
    : ok(withoutNotes(item.input))
}

function partOf({ parts }: CaseDeps, kind: string): Result<RuleKindPart> {
  const part = parts.get(kind)
  return part === undefined
    ? refuse('rulebook.kind_not_found', `there are no rules of kind "${kind.slice(0, 40)}"`)
    : ok(part)
}

async function auditCase(tx: Sql, { clock }: CaseDeps, actor: By, action: string, row: CaseRow) {
  await recordAudit(
    { sql: tx, clock },
    { actor, action, subject: `rule_set ${row.setId}`, detail: { id: row.id.toString(), name: row.name } },
  )
}

function setGone(): Refused {
  return refuse('rulebook.set_not_found', 'there is no such rule set')
}
function caseGone(): Refused {
  return refuse('rulebook.case_not_found', 'there is no such test case')
}
function versionGone(): Refused {
  return refuse('rulebook.version_not_found', 'there is no such version')
}
function nameTaken(name: string): Refused {
  return refuse('rulebook.case_exists', `the rule set has a test case "${name.slice(0, 60)}" already`)
}

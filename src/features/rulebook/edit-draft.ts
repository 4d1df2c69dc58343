import type { CompiledRules, RuleCheck, RuleFinding, RuleKindPart, RuleModel } from '#domain/rulebook.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { changeSet, changeVersion, handOf, modelOf, partOf, stepOf, tell, versionGone } from './change-set.ts'
import type { By, CaseRun, RulebookDeps } from './deps.ts'
import { checkToJson } from './json.ts'
import {
  deleteVersion,
  insertVersion,
  readSet,
  readVersion,
  readVersionsOf,
  type SetRow,
  saveCheck,
  saveModel,
  type VersionRow,
} from './store.ts'

/**
 * Begins a draft: a copy of `from`, or an empty model. Refuses with `rulebook.draft_exists` (data: its id), `rulebook.version_not_found`.
 */
export async function addDraft(
  deps: RulebookDeps,
  by: By,
  setId: bigint,
  { from, note }: { readonly from: bigint | null; readonly note: string },
): Promise<Result<bigint>> {
  return await changeSet(deps, by, setId, async (change): Promise<Result<bigint>> => {
    const { tx, set, now } = change
    const open = (await readVersionsOf(tx, [set])).open.get(set.id)
    if (open !== undefined)
      return refuse(
        'rulebook.draft_exists',
        `v${open.number} is not published yet; go on with it or drop it`,
        {
          version: open.id.toString(),
        },
      )
    const source = from === null ? null : await readVersion(tx, from)
    if (from !== null && source?.set_id !== set.id) return versionGone()
    const model = source === null ? ok(EMPTY) : await modelOf(tx, deps, source.id)
    if (!model.ok) return model
    const id = await insertVersion(tx, {
      setId: set.id,
      model: model.value,
      hash: deps.engine.hashOf(model.value),
      note: note.trim(),
      author: by.name,
      authorId: handOf(by),
      basedOn: source?.number ?? null,
      now,
    })
    const version = await readVersion(tx, id)
    const words =
      source === null
        ? { zh: '新建空白草稿', en: 'empty draft made' }
        : { zh: `从 v${source.number} 新建草稿`, en: `draft made from v${source.number}` }
    await tell(change, version, 'drafted', words)
    return ok(id)
  })
}

/** The set's one version that is not published yet. Refuses with `rulebook.set_not_found`, `rulebook.version_not_found`. */
export async function draftOf({ db }: Pick<RulebookDeps, 'db'>, setId: bigint): Promise<Result<bigint>> {
  const set = await readSet(db, setId)
  if (set === null) return refuse('rulebook.set_not_found', 'there is no such rule set')
  const open = (await readVersionsOf(db, [set])).open.get(setId)
  return open === undefined ? versionGone() : ok(open.id)
}

const EMPTY: RuleModel = { format: 1, currency: 'CNY', start: null, nodes: [], tables: [] }

export type Saved = {
  readonly version: VersionRow
  readonly findings: readonly RuleFinding[]
  readonly cases: readonly CaseRun[]
}

/**
 * Saves a draft's content and says at once what is wrong with it and which test cases it fails; it is kept all the same. Refuses with
 * `rulebook.wrong_state_conflict`, `rulebook.changed_conflict` (somebody saved meanwhile), and as `parse` does.
 */
export async function saveDraft(
  deps: RulebookDeps,
  by: By,
  versionId: bigint,
  save: { readonly model: unknown; readonly note: string; readonly revision: number },
): Promise<Result<Saved>> {
  const parsed = deps.engine.parse(save.model)
  if (!parsed.ok) return parsed
  const model = parsed.value
  const hash = deps.engine.hashOf(model)
  return await changeVersion(deps, by, versionId, async (change, version): Promise<Result<Saved>> => {
    const { tx, set, now } = change
    const step = stepOf(version, 'save')
    if (!step.ok) return step
    if (version.revision !== save.revision)
      return refuse(
        'rulebook.changed_conflict',
        `somebody saved v${version.number} meanwhile; load it again`,
        {
          revision: version.revision,
        },
      )
    const part = partOf(deps, set.kind)
    if (!part.ok) return part
    const tried = await tryModel(tx, deps, part.value, set.id, model)
    const casesPassed = tried.rules === null ? null : tried.cases.every(({ passed }) => passed)
    await saveModel(tx, version.id, { model, hash, note: save.note.trim(), by: handOf(by), casesPassed, now })
    if (hash !== version.hash)
      await tell(change, version, 'saved', { zh: '保存草稿', en: 'draft saved' }, { hash, was: version.hash })
    const after = await readVersion(tx, version.id)
    if (after === null) return versionGone()
    return ok({ version: after, findings: tried.findings, cases: tried.cases })
  })
}

/** Refuses with `rulebook.wrong_state_conflict`. */
export async function dropDraft(deps: RulebookDeps, by: By, versionId: bigint): Promise<Result<null>> {
  return await changeVersion(deps, by, versionId, async (change, version): Promise<Result<null>> => {
    const step = stepOf(version, 'drop')
    if (!step.ok) return step
    await deleteVersion(change.tx, version.id)
    const words = { zh: `删除草稿 v${version.number}`, en: `draft v${version.number} dropped` }
    await tell(change, null, 'dropped', words, { number: version.number })
    return ok(null)
  })
}

export type Checked = {
  readonly version: VersionRow
  readonly check: RuleCheck
  readonly cases: readonly CaseRun[]
}

/**
 * The full check. A version without errors whose test cases all pass is `checked` from now on, for this content. The check runs before the
 * set is locked: it may take a second, and is thrown away if somebody saved meanwhile (`rulebook.changed_conflict`). Refuses as the check
 * does (`rulebook.checks_throttled`, `rulebook.check_too_large`).
 */
export async function checkVersion(deps: RulebookDeps, by: By, versionId: bigint): Promise<Result<Checked>> {
  const found = await readWithModel(deps, versionId)
  if (!found.ok) return found
  const { part, model, version: read } = found.value
  const looked = await deps.engine.check(part.kind, model)
  if (!looked.ok) return looked
  const check = looked.value
  return await changeVersion(deps, by, versionId, async (change, version): Promise<Result<Checked>> => {
    const { tx, set, now } = change
    const step = stepOf(version, 'pass')
    if (!step.ok) return step
    if (version.hash !== read.hash)
      return refuse(
        'rulebook.changed_conflict',
        `somebody saved v${version.number} meanwhile; check it again`,
      )
    const errors = check.findings.filter(({ level }) => level === 'error').length
    const compiled = errors === 0 ? deps.engine.compile(part.kind, model) : null
    const cases = compiled?.ok === true ? await deps.runCases(tx, set.id, compiled.value) : []
    const casesPassed = compiled?.ok === true && cases.every(({ passed }) => passed)
    const passed = errors === 0 && casesPassed
    const checked = {
      errors,
      warnings: check.findings.length - errors,
      tried: check.tried,
      complete: check.complete,
      check: checkToJson(check),
    }
    const state = passed ? 'checked' : 'draft'
    await saveCheck(tx, version.id, { state, checked, casesPassed, by: handOf(by), now })
    await tell(change, version, passed ? 'checked' : 'check_failed', wordsOfCheck(checked, cases), {
      hash: version.hash,
    })
    const after = await readVersion(tx, version.id)
    return after === null ? versionGone() : ok({ version: after, check, cases })
  })
}

function wordsOfCheck(
  checked: { readonly errors: number; readonly warnings: number },
  cases: readonly CaseRun[],
) {
  const failed = cases.filter(({ passed }) => !passed).length
  const { errors, warnings } = checked
  return {
    zh: `检查：${errors} 个错误、${warnings} 个提醒；用例 ${cases.length - failed}/${cases.length} 通过`,
    en: `checked: ${errors} errors, ${warnings} warnings; ${cases.length - failed} of ${cases.length} cases pass`,
  }
}

/** Compiles and runs the cases; what keeps it from compiling is its findings. */
async function tryModel(
  tx: Sql,
  { engine, runCases }: RulebookDeps,
  { kind }: RuleKindPart,
  setId: bigint,
  model: RuleModel,
): Promise<{ rules: CompiledRules | null; findings: readonly RuleFinding[]; cases: readonly CaseRun[] }> {
  const compiled = engine.compile(kind, model)
  if (compiled.ok)
    return { rules: compiled.value, findings: [], cases: await runCases(tx, setId, compiled.value) }
  return { rules: null, findings: withRefusal(engine.quickCheck(kind, model), compiled.refusal), cases: [] }
}

function withRefusal(
  findings: readonly RuleFinding[],
  refusal: { readonly code: string; readonly detail: string },
): readonly RuleFinding[] {
  if (findings.some(({ level }) => level === 'error')) return findings
  const words = { zh: refusal.detail, en: refusal.detail }
  return [...findings, { level: 'error', code: refusal.code, node: null, part: null, words, example: null }]
}

/** A version with its set, kind and model. Refuses with `rulebook.version_not_found`, `rulebook.kind_not_found`, and as `parse` does. */
export async function readWithModel(
  deps: RulebookDeps,
  versionId: bigint,
): Promise<Result<{ version: VersionRow; set: SetRow; part: RuleKindPart; model: RuleModel }>> {
  const version = await readVersion(deps.db, versionId)
  const set = version === null ? null : await readSet(deps.db, version.set_id)
  if (version === null || set === null) return versionGone()
  const part = partOf(deps, set.kind)
  if (!part.ok) return part
  const model = await modelOf(deps.db, deps, versionId)
  return model.ok ? ok({ version, set, part: part.value, model: model.value }) : model
}

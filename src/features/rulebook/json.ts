import type { Words } from '#domain/notice.ts'
import type { RuleCheck, RuleFinding, RuleKind, RuleVariable } from '#domain/rulebook.ts'
import { decisionToJson, ruleInputToJson, ruleValuesToJson } from '#domain/rulebook-json.ts'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { DecisionDetailRow, DecisionRow } from './decisions/store.ts'
import type { CaseRun, RulebookDeps } from './deps.ts'
import { readVersionsOf, type SetRow, type VersionRow } from './store.ts'
import type { GuardView } from './watch-gray.ts'

export function kindToJson(kind: RuleKind) {
  return {
    kind: kind.kind,
    label: kind.label,
    purpose: kind.purpose,
    variables: kind.variables.map(variableToJson),
    lineVariables: kind.lineVariables.map(variableToJson),
    values: kind.values.map((one) => ({ ...variableToJson(one), required: one.required })),
    actions: kind.actions.map(({ name, label, params }) => ({
      name,
      label,
      params: params.map((one) => ({ ...one })),
    })),
    guards: kind.guards.map((one) => ({ ...one })),
    gray: kind.gray,
    templates: kind.templates.map(({ id, name, description, hasGaps }) => ({
      id,
      name,
      description,
      hasGaps: hasGaps ?? false,
    })),
  }
}

function variableToJson({ name, label, type, choices, bounds, examples, unit }: RuleVariable) {
  return {
    name,
    label,
    type,
    ...(choices === undefined ? {} : { choices: choices.map((one) => ({ ...one })) }),
    ...(bounds === undefined
      ? {}
      : { bounds: { least: bounds.least.toString(), most: bounds.most.toString() } }),
    ...(examples === undefined ? {} : { examples: [...examples] }),
    ...(unit === undefined ? {} : { unit }),
  }
}

export function findingToJson({ level, code, node, part, words, example }: RuleFinding) {
  return { level, code, node, part, words, example: example === null ? null : ruleInputToJson(example) }
}

export function checkToJson({ findings, boundaries, tried, complete }: RuleCheck) {
  return {
    findings: findings.map(findingToJson),
    boundaries: boundaries.map(({ name, input, decision }) => ({
      name,
      input: ruleInputToJson(input),
      decision: decisionToJson(decision),
    })),
    tried,
    complete,
  }
}

export function caseRunToJson({ id, name, passed, got, expected, difference }: CaseRun) {
  const { outcome, values, actions } = expected
  return {
    id: id.toString(),
    name,
    passed,
    got: decisionToJson(got),
    expected: {
      outcome,
      ...(values === undefined ? {} : { values: ruleValuesToJson(values) }),
      ...(actions === undefined
        ? {}
        : {
            actions: actions.map(({ action, params }) => ({ action, params: ruleValuesToJson(params) })),
          }),
    },
    difference,
  }
}

const time = (at: Instant | null, zone: string): string | null =>
  at === null ? null : formatInstant(at, zone)

export function versionToJson(row: VersionRow, zone: string) {
  return {
    id: row.id.toString(),
    setId: row.set_id.toString(),
    number: row.number,
    state: row.state,
    hash: row.hash,
    note: row.note,
    author: row.author,
    createdAt: formatInstant(row.created_at, zone),
    updatedAt: formatInstant(row.updated_at, zone),
    publishedAt: time(row.published_at, zone),
    retiredAt: time(row.retired_at, zone),
    retiredWords: row.retired_words,
    revision: row.revision,
    basedOn: row.based_on,
    checked:
      row.checked === null
        ? null
        : {
            errors: row.checked.errors,
            warnings: row.checked.warnings,
            tried: row.checked.tried,
            complete: row.checked.complete,
          },
    casesPassed: row.cases_passed,
    dryRunId: row.dry_run_id?.toString() ?? null,
    approval: row.approval,
    approvalAskedBy: row.approval_asked_by,
    approvalAsks: row.approval_asks === null ? null : { ...row.approval_asks },
    hands: [
      ...new Set([...row.hands, ...(row.approval_asked_by_id === null ? [] : [row.approval_asked_by_id])]),
    ],
    approvalBy: row.approval_by,
    approvalWords: row.approval_words,
  }
}

export async function setsToJson(
  sql: Database,
  deps: Pick<RulebookDeps, 'nameOf'>,
  sets: readonly SetRow[],
  zone: string,
) {
  const { byId, open } = await readVersionsOf(sql, sets)
  const brief = (id: bigint | null) => {
    const row = id === null ? undefined : byId.get(id)
    return row === undefined ? null : versionToJson(row, zone)
  }
  return sets.map((set) => {
    const draft = open.get(set.id)
    return {
      id: set.id.toString(),
      kind: set.kind,
      name: set.name,
      note: set.note,
      connectorKind: set.connector_kind,
      connectionId: set.connection_id,
      connectionName: set.connection_id === null ? null : deps.nameOf(set.connection_id),
      needsApproval: set.needs_approval,
      active: set.active,
      revision: set.revision.toString(),
      live: brief(set.live_version),
      gray: brief(set.gray_version),
      previous: brief(set.previous_version),
      grayBps: set.gray_bps,
      grayStartedAt: time(set.gray_started_at, zone),
      grayUntil: time(set.gray_until, zone),
      grayWaits: set.gray_waits,
      draft: draft === undefined ? null : versionToJson(draft, zone),
      updatedAt: formatInstant(set.updated_at, zone),
      createdBy: set.created_by,
    }
  })
}

export function guardToJson({ guard, live, gray, judged, currency }: GuardView) {
  const figures = ({ n, bad, sum }: GuardView['live']) => ({ n, bad, mean: n === 0 ? null : sum / n })
  return {
    metric: guard.metric,
    label: guard.label,
    test: { ...guard.test },
    live: figures(live),
    gray: figures(gray),
    verdict: judged.state.verdict,
    words: judged.words,
    currency,
  }
}

export function decisionRowToJson(row: DecisionRow, deps: Pick<RulebookDeps, 'nameOf'>, zone: string) {
  return {
    id: row.id.toString(),
    at: formatInstant(row.at, zone),
    kind: row.kind,
    setId: row.set_id.toString(),
    setName: row.set_name ?? '',
    versionId: row.version_id.toString(),
    number: row.number,
    arm: row.arm,
    orderId: row.order_id?.toString() ?? null,
    orderNo: row.order_no,
    connection: row.connection_id,
    connectionName: deps.nameOf(row.connection_id),
    outcome: row.outcome,
    code: row.code,
    reason: { zh: row.reason_zh, en: row.reason_en },
    words: wordsOfDecision(row),
    nodes: [...row.nodes],
  }
}

/** The feature's own words where it told some (`result.words`), else the reason or the values. */
function wordsOfDecision(row: DecisionRow): Words {
  const told = row.result.words
  if (isWords(told)) return told
  if (row.outcome === 'review') return { zh: row.reason_zh, en: row.reason_en }
  return wordsOfValues(row.decision_values)
}

/** `carrier: sf, days: 3`, of values as JSON has them. */
export function wordsOfValues(values: Readonly<Record<string, unknown>>): Words {
  const text = Object.entries(values)
    .map(([name, value]) => `${name}: ${textOf(value)}`)
    .join(', ')
    .slice(0, 300)
  return { zh: text, en: text }
}

function textOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'int' in value) return String(value.int)
  return Array.isArray(value) ? value.join('/') : String(value ?? '-')
}

function isWords(value: unknown): value is Words {
  return (
    typeof value === 'object' &&
    value !== null &&
    'zh' in value &&
    'en' in value &&
    typeof value.zh === 'string' &&
    typeof value.en === 'string'
  )
}

export function decisionDetailToJson(
  row: DecisionDetailRow,
  deps: Pick<RulebookDeps, 'nameOf'>,
  zone: string,
) {
  return {
    ...decisionRowToJson(row, deps, zone),
    input: row.input,
    decision: {
      outcome: row.outcome,
      reason:
        row.code === null
          ? null
          : {
              code: row.code,
              node: row.nodes.at(-1) ?? null,
              words: { zh: row.reason_zh, en: row.reason_en },
            },
      values: row.decision_values,
      actions: row.actions,
      path: row.path,
    },
    result: row.result,
  }
}

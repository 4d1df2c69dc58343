import { createHash } from 'node:crypto'
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { DrillScenario } from '#domain/drill.ts'
import { oneOf } from '#platform/http/schemas.ts'
import { contradictionsOf, shapeWords, yamlWords } from './drill-scenario-problems.ts'

// A drill as a file says it: docs/guides/drills.md. What may be named in it (faults, measures, remedies) are fixed lists; the
// sandbox (sim/drills) carries out each, and does not compile while one is missing there.

export const SCENARIO_BYTES_MOST = 65_536
/** How fast a drill's clock may run unless its scenario says less. */
export const SPEED_MOST = 120

export const DRILL_SHOPS = ['shopify', 'youzan', 'douyin', 'pinduoduo'] as const
export const DRILL_CARRIERS = ['zto', 'yto', 'sf'] as const
export const DRILL_FAULTS = [
  'pushes.lost',
  'pushes.certificate_expired',
  'api.failing',
  'api.throttled',
  'carrier.trouble',
  'carrier.numbers_gone',
  'carrier.silent',
  'station.new_code',
  'shop.flood',
  'shop.poison',
  'database.stopped',
  'stock.rows_held',
  'rules.wrong_version',
  'dhl.time_cut',
  'recording.replay',
] as const
export const DRILL_MEASURES = [
  'paid_unknown',
  'without_waybill',
  'printed_unknown',
  'scan_unknown',
  'in_review',
  'unreported',
  'transfer_unlocked',
  'sent_twice',
  'delivery_unknown',
] as const
export const DRILL_CHECKS = [
  'no_alarm',
  'none_late',
  'nothing_parked',
  'backlog_below',
  'level_normal',
  'accounts_open',
  'breakers_closed',
  'rules_good',
  'mended',
] as const
export const DRILL_STEPS = [
  'hear',
  'acknowledge',
  'look',
  'answer',
  'act',
  'wait',
  'map_code',
  'resume_accounts',
  'roll_back_rules',
  'retry_transfers',
  'look_back',
] as const

/** Settings of the sandbox's hub that a scenario may set; those that let alarms come within its minutes. */
const SETTINGS_ALLOWED = [
  'CALLBACK_SILENCE_MINUTES',
  'BACKLOG_OLD_SECONDS',
  'BACKLOG_DEAD_LETTERS',
  'SPOOL_QUOTA_MB',
  'TRANSFER_LOCK_SECONDS',
  'DATABASE_ALARM_SECONDS',
  'OUTBOX_DEAD_CRITICAL',
  'WORKERS',
  'WORKERS_MAX',
  'RULES_REVIEW_PERCENT',
] as const

const strict = { additionalProperties: false } as const
const Id = Type.String({ pattern: '^[a-z][a-z0-9-]{1,59}$' })
const Text = Type.String({ minLength: 1, maxLength: 2_000 })
const words = { zh: Text, en: Text }
const Words = Type.Object(words, strict)
const Minutes = Type.Number({ minimum: 0, maximum: 1_440 })
const Shop = oneOf(DRILL_SHOPS)
const Rule = Type.String({ pattern: '^[a-z]+\\.[a-z0-9_]+$', maxLength: 60 })

const Fault = Type.Object(
  {
    at: Minutes,
    do: oneOf(DRILL_FAULTS),
    shop: Type.Optional(Shop),
    carrier: Type.Optional(oneOf(DRILL_CARRIERS)),
    trouble: Type.Optional(
      oneOf(['credential_expired', 'credential_refused', 'ip_refused', 'signature_refused', 'no_permission']),
    ),
    code: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9._]{1,59}$' })),
    orders: Type.Optional(Type.Integer({ minimum: 1, maximum: 20_000 })),
    minutes: Type.Optional(Type.Number({ minimum: 0.1, maximum: 120 })),
    file: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,100}$' })),
  },
  strict,
)
const Goal = Type.Object(
  {
    id: Id,
    ...words,
    check: oneOf(DRILL_CHECKS),
    rule: Type.Optional(Rule),
    measure: Type.Optional(oneOf(DRILL_MEASURES)),
    minutes: Type.Optional(Minutes),
    most: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    /** What it was in the hub's own words: told after the end, since it gives the cause away. */
    after: Type.Optional(Words),
  },
  strict,
)
/** The incident as it was, and the figure to which the drill comes where nobody acts. */
const Incident = Type.Object(
  {
    ...words,
    measure: oneOf(DRILL_MEASURES),
    minutes: Type.Optional(Minutes),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    late: Type.Optional(Type.Number({ minimum: 1, maximum: 1_440 })),
  },
  strict,
)
const Step = Type.Object(
  {
    do: oneOf(DRILL_STEPS),
    rule: Type.Optional(Rule),
    page: Type.Optional(Type.String({ pattern: '^/api/', maxLength: 200 })),
    action: Type.Optional(Id),
    minutes: Type.Optional(Minutes),
    kind: Type.Optional(Id),
    code: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    fact: Type.Optional(Type.String({ pattern: '^[a-z_]+$', maxLength: 40 })),
  },
  strict,
)
const ScenarioText = Type.Object(
  {
    id: Id,
    title: Words,
    story: Words,
    difficulty: Type.Integer({ minimum: 1, maximum: 3 }),
    minutes: Type.Integer({ minimum: 15, maximum: 1_440 }),
    speed_most: Type.Optional(Type.Integer({ minimum: 1, maximum: 120 })),
    trains: Type.Array(Rule, { maxItems: 10 }),
    /** Those of them that ring only once the hub reads rightly again: left alone nobody hears them. */
    after_mending: Type.Optional(Type.Array(Rule, { maxItems: 10 })),
    world: Type.Object(
      {
        rate: Type.Number({ minimum: 0, maximum: 60 }),
        shops: Type.Array(Shop, { minItems: 1, maxItems: 4, uniqueItems: true }),
        carriers: Type.Array(oneOf(DRILL_CARRIERS), { maxItems: 3, uniqueItems: true }),
        printed_by: Type.Optional(oneOf(['hub', 'station', 'nobody'])),
        pace: Type.Optional(Type.Number({ minimum: 1, maximum: 240 })),
        alarm_depth: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
        poll_minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 60 })),
        transfers: Type.Optional(Type.Number({ minimum: 0, maximum: 20 })),
        tls: Type.Optional(Type.Boolean()),
        settings: Type.Optional(
          // Strict again: what makes all of an object optional drops its options, and any setting of the hub could be set.
          Type.Partial(
            Type.Object(
              Object.fromEntries(SETTINGS_ALLOWED.map((name) => [name, Type.Integer({ minimum: 0 })])),
            ),
            strict,
          ),
        ),
      },
      strict,
    ),
    faults: Type.Array(Fault, { minItems: 1, maxItems: 20 }),
    hints: Type.Array(Words, { minItems: 3, maxItems: 3 }),
    causes: Type.Array(Type.Object({ id: Id, ...words, right: Type.Optional(Type.Boolean()) }, strict), {
      minItems: 3,
      maxItems: 6,
    }),
    actions: Type.Array(
      Type.Object({ id: Id, ...words, mends: Type.Optional(oneOf(DRILL_FAULTS)), takes: Minutes }, strict),
      { maxItems: 8 },
    ),
    noticed: Type.Object(
      {
        alarms: Type.Array(Rule, { maxItems: 10 }),
        pages: Type.Array(Type.String({ pattern: '^/api/', maxLength: 200 }), { maxItems: 10 }),
      },
      strict,
    ),
    hurt: Type.Object({ measure: oneOf(DRILL_MEASURES), minutes: Minutes }, strict),
    incident: Type.Optional(Incident),
    goals: Type.Array(Goal, { minItems: 1, maxItems: 8 }),
    goals_from: Type.Optional(Minutes),
    targets: Type.Object(
      {
        notice: Type.Number({ minimum: 1, maximum: 1_440 }),
        find: Type.Number({ minimum: 1, maximum: 1_440 }),
        fix: Type.Number({ minimum: 1, maximum: 1_440 }),
        hurt: Type.Integer({ minimum: 1, maximum: 100_000 }),
      },
      strict,
    ),
    remedy: Type.Array(Step, { maxItems: 20 }),
    debrief: Words,
  },
  strict,
)

export type DrillText = Static<typeof ScenarioText>
export type DrillFault = DrillText['faults'][number]
export type DrillGoalText = DrillText['goals'][number]
export type DrillIncidentText = NonNullable<DrillText['incident']>
export type DrillStep = DrillText['remedy'][number]
export type FaultName = (typeof DRILL_FAULTS)[number]
export type MeasureName = (typeof DRILL_MEASURES)[number]
export type CheckName = (typeof DRILL_CHECKS)[number]
export type StepName = (typeof DRILL_STEPS)[number]

/** What is wrong with a file, and in which line (from 1) a person finds it. */
export type ScenarioProblem = {
  readonly line: number
  readonly code: string
  readonly words: string
  /** The same in Chinese. */
  readonly zh: string
}
export type CheckedScenario =
  | { readonly ok: true; readonly value: DrillText }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] }

const PROBLEMS_MOST = 20

/**
 * Reads a scenario out of YAML. Problems are `drills.yaml_unreadable` (not YAML, or larger than 64 KiB), `drills.scenario_invalid` (a
 * field is missing, unknown or out of its range) and `drills.scenario_contradicts` (well-formed, and cannot work).
 */
export function checkScenario(text: string): CheckedScenario {
  if (Buffer.byteLength(text) > SCENARIO_BYTES_MOST)
    return unreadable(
      `a scenario has at most ${SCENARIO_BYTES_MOST} bytes`,
      `场景文件最多 ${SCENARIO_BYTES_MOST} 字节`,
    )
  const lines = new LineCounter()
  // Neither tags nor aliases: a file of 1 KiB can otherwise unfold to gigabytes.
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', uniqueKeys: true })
  const lineOf = (path: readonly (string | number)[]): number => lines.linePos(offsetOf(document, path)).line
  if (document.errors.length > 0)
    return {
      ok: false,
      problems: document.errors.slice(0, PROBLEMS_MOST).map((error) => ({
        line: lines.linePos(error.pos[0]).line,
        code: 'drills.yaml_unreadable',
        ...yamlWords(error),
      })),
    }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 0 })
  } catch {
    return unreadable('aliases (&, *) are not taken', '不接受别名（&、*）')
  }
  const faults = shapeProblems(value, lineOf)
  if (faults.length > 0) return { ok: false, problems: faults }
  const scenario = value as DrillText
  const contradictions = contradictionsOf(scenario).map(([path, said, zh]) => ({
    line: lineOf(path),
    code: 'drills.scenario_contradicts',
    words: said,
    zh,
  }))
  return contradictions.length > 0 ? { ok: false, problems: contradictions } : { ok: true, value: scenario }
}

function unreadable(said: string, zh: string): CheckedScenario {
  return { ok: false, problems: [{ line: 1, code: 'drills.yaml_unreadable', words: said, zh }] }
}

type Path = readonly (string | number)[]

function shapeProblems(value: unknown, lineOf: (path: Path) => number): ScenarioProblem[] {
  const seen = new Map<string, ScenarioProblem>()
  for (const error of Value.Errors(ScenarioText as TSchema, value)) {
    const path = pathOf(error.instancePath)
    // A name that is not known is told once, by itself; that its object has such names says nothing more.
    if (error.keyword === 'additionalProperties') continue
    const line = lineOf(path)
    if (!seen.has(error.instancePath))
      seen.set(error.instancePath, { line, code: 'drills.scenario_invalid', ...shapeWords(path, error) })
  }
  return [...seen.values()].toSorted((one, other) => one.line - other.line).slice(0, PROBLEMS_MOST)
}

function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))
}

/** Where the node of a path begins; of a missing one its nearest parent. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const name = path[length - 1]
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === name)
      : undefined
    const key = pair?.key
    if (isScalar(key) && key.range) return key.range[0]
    const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined
    if (node?.range?.[0] !== undefined) return node.range[0]
  }
  return 0
}

/** What a participant may know of it before the end. */
export function offeredScenario(drill: DrillText, source: DrillScenario['source']): DrillScenario {
  return {
    id: drill.id,
    title: drill.title,
    story: drill.story,
    difficulty: drill.difficulty,
    minutes: drill.minutes,
    speedMost: drill.speed_most ?? SPEED_MOST,
    hints: drill.hints.length,
    causes: mixed(drill.id, drill.causes),
    actions: mixed(drill.id, drill.actions),
    rules: drill.trains,
    source,
  }
}

/** In an order that says nothing: who writes a scenario begins with the right cause. The same at every look. */
function mixed(
  drillId: string,
  list: readonly { readonly id: string; readonly zh: string; readonly en: string }[],
): { id: string; words: { zh: string; en: string } }[] {
  const placeOf = (id: string): string => createHash('sha256').update(`${drillId}/${id}`).digest('hex')
  return list
    .toSorted((one, other) => (placeOf(one.id) < placeOf(other.id) ? -1 : 1))
    .map(({ id, zh, en }) => ({ id, words: { zh, en } }))
}

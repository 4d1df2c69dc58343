import type { Check } from '#domain/check.ts'
import type { RuleKindPart } from '#domain/rulebook.ts'
import { type CustomerTier, type FreightDirectory, freightPart, levelOf } from '#features/freight/index.ts'
import { readShelves } from '#features/fulfilment/index.ts'
import { mappingPart, mirrorLiveMappings, previewModel, publishModel } from '#features/mapping/index.ts'
import { promisePart, queueRecompute } from '#features/promises/index.ts'
import { reviewPart } from '#features/review/index.ts'
import {
  caseRoutes,
  type DryRunDeps,
  dryRunJobs,
  dryRunRoutes,
  openRulebook,
  type PreviewKind,
  type RuleAlarmDeps,
  type RulebookDeps,
  type RulebookDirectory,
  type RuleEngine,
  type RuleKindHook,
  recordDecisions,
  rulebookChecks,
  rulebookRoutes,
  rulebookSweeps,
  runCases,
} from '#features/rulebook/index.ts'
import { sourcingPart } from '#features/sourcing/index.ts'
import { splitPart } from '#features/splitting/index.ts'
import { carrierPart } from '#features/waybills/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Log } from '#platform/log.ts'
import type { Metrics } from '#platform/metrics.ts'
import type { Database } from '#platform/postgres/database.ts'
import { quickCheck } from '#platform/rules/check.ts'
import { openCheckApart } from '#platform/rules/check-apart.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { hashOfModel, parseModel } from '#platform/rules/parse-model.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { planDepsOf, ruleOrdersOf } from './fulfilment.ts'
import { type Core, mappingDeps } from './hub.ts'

/** How models are read, checked and made ready to decide with. */
export const ruleEngine: RuleEngine = {
  parse: parseModel,
  hashOf: hashOfModel,
  compile: compileModel,
  check: openCheckApart(),
  quickCheck,
}

/** What the kinds of rules stand on; made before the rulebook is opened. */
export type RuleKindDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly freight: FreightDirectory
}

/** A dry run, a trial and a test case see the customer's level as a plan does. */
function withLevels(part: RuleKindPart, tiers: () => readonly CustomerTier[]): RuleKindPart {
  if (part.kind.variables.every(({ name }) => name !== 'customer_level')) return part
  return {
    ...part,
    item: (order) => {
      const item = part.item(order)
      if (item === null || item.input.values.customer_level !== null) return item
      const values = { ...item.input.values, customer_level: levelOf(order, tiers()) }
      return { ...item, input: { ...item.input, values } }
    },
  }
}

/** Every kind of rules, by its name. A feature adds its own line here. */
export function ruleKindParts(deps: RuleKindDeps): ReadonlyMap<string, RuleKindPart> {
  const parts: readonly RuleKindPart[] = [
    freightPart({ book: deps.freight.current }),
    splitPart,
    sourcingPart,
    carrierPart,
    reviewPart,
    promisePart,
    mappingPart,
  ]
  const tiers = () => deps.freight.current().tiers
  return new Map(parts.map((part) => [part.kind.kind, withLevels(part, tiers)]))
}

/** What else happens, in the same transaction, when another version of a kind goes live. */
function ruleKindHooks(core: Core): Readonly<Record<string, RuleKindHook>> {
  return {
    status_mapping: (tx, change) => publishModel(mappingDeps(core), tx, change),
    promise: async (tx, { actor }) => {
      await queueRecompute(tx, core.clock, actor.name)
      return ok(null)
    },
  }
}

/** Dry runs of kinds whose rules decide something else than orders. */
function ruleKindPreviews(core: Core): Readonly<Record<string, PreviewKind>> {
  return { status_mapping: (ask) => previewModel(mappingDeps(core), ask) }
}

/** What decides, followed from now on. */
export async function openRulebookDirectory(
  { db, clock, log }: Omit<RuleKindDeps, 'freight'>,
  parts: ReadonlyMap<string, RuleKindPart>,
): Promise<RulebookDirectory> {
  const rulebook = openRulebook({
    db,
    clock,
    engine: ruleEngine,
    parts,
    onProblem: (error) => log.error({ err: error }, 'rules cannot be read; those read before decide on'),
  })
  await rulebook.start()
  return rulebook
}

/** Keeps decisions, and counts them. What is rolled back afterwards is counted all the same: the metric says what was decided. */
export function recordCounted(metrics: Metrics): typeof recordDecisions {
  return async (tx, records) => {
    await recordDecisions(tx, records)
    for (const { chosen, decision } of records)
      metrics.ruleDecisions.inc({ kind: chosen.kind, outcome: decision.outcome, arm: chosen.arm })
  }
}

export function rulebookDeps(core: Core): RulebookDeps {
  const { config, clock, directory } = core
  return {
    db: core.database.db,
    clock,
    engine: ruleEngine,
    directory: core.rulebook,
    parts: core.ruleParts,
    hooks: ruleKindHooks(core),
    runCases,
    watch: { minutes: config.rulesWatchMinutes, decisions: config.rulesWatchDecisions },
    orders: ruleOrdersOf(core),
    kindOf: (connection) => directory.byId(connection)?.kind ?? null,
    nameOf: (connection) => directory.byId(connection)?.name ?? null,
  }
}

export function dryRunDepsOf(core: Core): DryRunDeps {
  const { db, clock, engine, parts, orders, nameOf } = rulebookDeps(core)
  return {
    db,
    clock,
    engine,
    parts,
    orders,
    nameOf,
    previews: ruleKindPreviews(core),
    grounds: { sourcing: (orders) => readShelves(core.database.db, planDepsOf(core), orders) },
    zone: zoneOf(core),
    onJobQueued: core.wakeJobs,
  }
}

export function registerRulebookRoutes(app: HttpApp, core: Core): void {
  const deps = rulebookDeps(core)
  const zone = zoneOf(core)
  rulebookRoutes(app, { ...deps, zone })
  caseRoutes(app, { ...deps, zone })
  dryRunRoutes(app, dryRunDepsOf(core))
}

export function rulebookJobs(core: Core): Readonly<Record<string, JobHandler>> {
  return dryRunJobs(dryRunDepsOf(core))
}

export function rulebookSweepsOf(core: Core): readonly Sweep[] {
  const alarms: RuleAlarmDeps = {
    db: core.database.db,
    clock: core.clock,
    alarms: core.alarms,
    zone: zoneOf(core),
    reviewPercent: core.config.rulesReviewPercent,
  }
  const mirror: Sweep = {
    name: 'rules-mirror',
    everyMs: 60_000,
    run: () => mirrorLiveMappings(mappingDeps(core)),
  }
  return [...rulebookSweeps(rulebookDeps(core), alarms), mirror]
}

export function rulebookChecksOf(core: Core): readonly Check[] {
  return rulebookChecks(rulebookDeps(core))
}

function zoneOf({ settings }: Core): () => string {
  return () => settings.current().zone
}

import { randomUUID } from 'node:crypto'
import type { ChosenRules, CompiledRules, Rulebook, RuleKindPart } from '#domain/rulebook.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type Arm, chooseRules, type InForce, liveOf, placeOf, type SetInForce } from './core/choose.ts'
import type { RuleEngine } from './deps.ts'
import {
  type InForceRow,
  type NotLoaded,
  RULEBOOK_CHANNEL,
  readInForce,
  readModels,
  saveNotLoaded,
} from './live/store.ts'

export type RulebookDirectory = Rulebook & {
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** Reads now; for the process that published and wants to see it. */
  readonly refresh: () => Promise<void>
  /** Calls back after every read that changed what decides; answers how to stop. */
  readonly onChange: (listener: () => void) => () => void
  /** Whether a set of any of these kinds decides now, for whomever. */
  readonly hasRules: (kinds: readonly string[]) => boolean
  /** What is live in one set, for whichever order; null where nothing is. */
  readonly liveOf: (kind: string, setId: bigint) => ChosenRules | null
  /** Highest revision of what this process decides with. */
  readonly revisionOf: (setId: bigint) => bigint | null
}

export type DirectoryDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly engine: Pick<RuleEngine, 'parse' | 'compile'>
  readonly parts: ReadonlyMap<string, RuleKindPart>
  readonly onProblem?: (error: unknown) => void
}

/** A lost NOTIFY costs this long at most. */
const SAFETY_READ_MS = 10_000

/** What decides now, compiled in this process; a publication is here within a moment, whole or not at all, and never an older one after it. */
export function openRulebook(deps: DirectoryDeps): RulebookDirectory {
  const { db, clock, onProblem } = deps
  const process = randomUUID()
  const listeners = new Set<() => void>()
  let sets: InForce = new Map()
  let compiled = new Map<bigint, Arm>()
  let problems: readonly NotLoaded[] = []
  let reading: Promise<void> = Promise.resolve()
  const read = async (): Promise<void> => {
    const rows = await readInForce(db)
    const loaded = await loadVersions(deps, rows, compiled)
    const next = new Map<string, SetInForce>()
    for (const row of rows) {
      const place = placeOf(row.kind, row.connector_kind, row.connection_id)
      next.set(place, setInForce(row, loaded.arms, sets.get(place)))
    }
    const changed = isOther(sets, next)
    // One assignment: nobody ever sees a half of it.
    sets = next
    compiled = armsInUse(next)
    if (loaded.problems.length > 0 || problems.length > 0)
      await saveNotLoaded(db, process, loaded.problems, clock.now())
    problems = loaded.problems
    if (changed) for (const listener of listeners) listener()
  }
  const refresh = (): Promise<void> => {
    // One after another, so that an older answer can never overwrite a newer one.
    reading = reading.catch(() => undefined).then(read)
    return reading
  }
  const refreshQuietly = (): void => {
    refresh().catch((error: unknown) => onProblem?.(error))
  }
  let timer: NodeJS.Timeout | null = null
  let unlisten: (() => Promise<void>) | null = null
  return {
    choose: (kind, scope) => chooseRules(sets, kind, scope),
    refresh,
    hasRules: (kinds) => [...sets.values()].some((set) => kinds.includes(set.kind)),
    liveOf: (kind, setId) => liveOf(sets, kind, setId),
    revisionOf: (setId) => [...sets.values()].find((set) => set.setId === setId)?.revision ?? null,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    start: async () => {
      unlisten = await db.listen(RULEBOOK_CHANNEL, refreshQuietly)
      await refresh()
      timer = setInterval(refreshQuietly, SAFETY_READ_MS).unref()
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer)
      await unlisten?.()
      await reading.catch(() => undefined)
    },
  }
}

/** A published version never changes, so it is compiled once. */
async function loadVersions(
  { db, engine, parts }: DirectoryDeps,
  rows: readonly InForceRow[],
  known: ReadonlyMap<bigint, Arm>,
): Promise<{ arms: Map<bigint, Arm>; problems: NotLoaded[] }> {
  const arms = new Map(known)
  const wanted = rows.flatMap((row) => [row.live_version, row.gray_version]).filter((id) => id !== null)
  const models = await readModels(
    db,
    wanted.filter((id) => !arms.has(id)),
  )
  const problems: NotLoaded[] = []
  for (const { id, set_id, kind, number, model } of models) {
    const part = parts.get(kind)
    const words = (): string => `v${number}: no such kind of rules: ${kind}`
    const problem = (text: string): void => void problems.push({ setId: set_id, versionId: id, words: text })
    if (part === undefined) {
      problem(words())
      continue
    }
    const parsed = engine.parse(model)
    const made = parsed.ok ? engine.compile(part.kind, parsed.value) : parsed
    if (made.ok) arms.set(id, { versionId: id, number, rules: made.value })
    else problem(`v${number}: ${made.refusal.code}: ${made.refusal.detail}`)
  }
  return { arms, problems }
}

/** With a version that cannot be loaded here what decided before goes on; where nothing did, a person decides. */
function setInForce(
  row: InForceRow,
  arms: ReadonlyMap<bigint, Arm>,
  before: SetInForce | undefined,
): SetInForce {
  const held = before?.setId === row.id ? before : undefined
  // A read from before the last one seen: a connection through a pooler may answer late.
  if (held !== undefined && held.revision > row.revision) return held
  const live =
    row.live_version === null
      ? null
      : (arms.get(row.live_version) ?? held?.live ?? undecided(row.live_version, row.live_number ?? 0))
  const gray = row.gray_version === null ? undefined : arms.get(row.gray_version)
  return {
    setId: row.id,
    kind: row.kind,
    connectorKind: row.connector_kind,
    connectionId: row.connection_id,
    revision: row.revision,
    live,
    gray: gray === undefined ? null : { ...gray, bps: row.gray_bps, salt: row.gray_salt ?? '' },
  }
}

function undecided(versionId: bigint, number: number): Arm {
  const rules: CompiledRules = {
    hash: '',
    decide: () => ({
      outcome: 'review',
      reason: {
        code: 'rulebook.not_loaded',
        node: null,
        words: {
          zh: '生效版本在此进程中无法加载，请先处理告警「规则版本未加载」',
          en: 'the live version could not be loaded in this process; see the alarm rules.not_loaded',
        },
      },
      values: {},
      actions: [],
      path: [],
    }),
  }
  return { versionId, number, rules }
}

function armsInUse(sets: InForce): Map<bigint, Arm> {
  const arms = new Map<bigint, Arm>()
  for (const { live, gray } of sets.values()) {
    if (live !== null && live.rules.hash !== '') arms.set(live.versionId, live)
    if (gray !== null) {
      const { versionId, number, rules } = gray
      arms.set(versionId, { versionId, number, rules })
    }
  }
  return arms
}

function isOther(before: InForce, after: InForce): boolean {
  if (before.size !== after.size) return true
  for (const [place, set] of after) {
    const old = before.get(place)
    if (
      old === undefined ||
      old.setId !== set.setId ||
      old.revision !== set.revision ||
      old.live !== set.live ||
      old.gray?.rules !== set.gray?.rules
    )
      return true
  }
  return false
}

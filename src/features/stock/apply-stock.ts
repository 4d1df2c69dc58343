import {
  LOCK_TIMEOUT,
  NOT_AVAILABLE,
  type Shortage,
  type StockLevel,
  type StockPlace,
} from '#domain/stock.ts'
import { assert } from '#kernel/assert.ts'
import type { Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Answered, StockCommand } from './commands.ts'
import { decide } from './core/decide.ts'
import { notAvailable, PLACES_MOST, placesOf } from './core/decide-lock.ts'
import { emptyLedger, type KeptHold, type Ledger, placeKey, quotaKey } from './core/ledger.ts'
import type { LevelChange } from './engine.ts'
import {
  insertApplied,
  insertMissingLevels,
  lockLevels,
  nextHoldBlock,
  placesOfHolds,
  readApplied,
  readElsewhere,
  readHolds,
  readQuotas,
  readWarehouses,
  updateHolds,
  writeChanges,
  writeQuotas,
} from './store.ts'

/**
 * Decides and writes these commands within the caller's transaction, which is kept short and calls this once: the levels touched stay
 * locked, in order of SKU and warehouse, until it commits. Answers in the order of the commands. Two transactions that bring the same
 * new key at the same moment: the later one throws `Outage` (`stock.same_key_now`) and finds the hold when it is run again.
 */
export async function applyStock(
  tx: Sql,
  commands: readonly StockCommand[],
  now: Instant,
): Promise<readonly Answered[]> {
  return (await applyBatch(tx, commands, now, (sql) => idBlock(sql))).answers
}

/** Ids of holds, taken from the sequence a thousand at a time. */
export type TakeIds = (sql: Sql, count: number) => Promise<() => bigint>

async function idBlock(sql: Sql): Promise<() => bigint> {
  return idsFrom(await nextHoldBlock(sql), 1_000)
}

export function idsFrom(start: bigint, count: number): () => bigint {
  let next = start
  const end = start + BigInt(count)
  return () => {
    assert(next < end, 'ST1', 'a batch made more holds than it had ids for')
    next += 1n
    return next - 1n
  }
}

export type Batch = {
  readonly answers: readonly Answered[]
  readonly changes: readonly LevelChange[]
}

export type Course = {
  readonly step?: ((name: 'decided' | 'written') => Promise<void>) | undefined
  /**
   * Whether the asker of the command at this place was told meanwhile that nothing was decided in time. Asked when the levels are
   * locked, for which somebody may have waited long: such a lock takes nothing, and finding a hold is nobody's asking for it.
   */
  readonly isGone?: (place: number) => boolean
  /** Deadlines run by the clock that all processes share: by one that is minutes behind they would be over before they began. */
  readonly isClockChecked?: boolean | undefined
}

export async function applyBatch(
  tx: Sql,
  commands: readonly StockCommand[],
  now: Instant,
  takeIds: TakeIds,
  { step = async () => undefined, isGone = () => false, isClockChecked = false }: Course = {},
): Promise<Batch> {
  if (commands.length === 0) return { answers: [], changes: [] }
  const locks = commands.reduce((sum, one) => sum + (one.do === 'lock' ? 1 : 0), 0)
  const nextHoldId = locks > 0 ? await takeIds(tx, locks) : () => 0n
  const { ledger, versions } = await loadLedger(tx, commands, { now, isClockChecked }, nextHoldId)
  const answers = commands.map((command, i) =>
    command.do === 'lock' && isGone(i) ? goneRefusal() : decide(ledger, command),
  )
  await step('decided')
  await writeLedger(tx, ledger, actorOf(commands))
  await step('written')
  return {
    answers: await withElsewhere(tx, answers),
    changes: changesOf(ledger, versions),
  }
}

const goneRefusal = (): Answered => refuse(LOCK_TIMEOUT, 'nobody waits for it any more')

function actorOf(commands: readonly StockCommand[]): string {
  for (const command of commands) if ('actor' in command) return command.actor
  return 'hub'
}

async function loadLedger(
  tx: Sql,
  commands: readonly StockCommand[],
  { now, isClockChecked }: { readonly now: Instant; readonly isClockChecked: boolean },
  nextHoldId: () => bigint,
): Promise<{ readonly ledger: Ledger; readonly versions: ReadonlyMap<string, bigint> }> {
  const needs = needsOf(commands)
  if (needs.endKeys.length > 0)
    for (const place of await placesOfHolds(tx, needs.endKeys)) needs.places.set(placeKey(place), place)
  const places = [...needs.places.values()]
  // Missing rows are made before any is locked: whoever turns a warehouse's switch has the warehouse first and its levels then, too.
  const made = places.filter((place) => needs.made.has(placeKey(place)))
  if (made.length > 0) await insertMissingLevels(tx, made, now)
  const { levels, at } = await lockLevels(tx, places)
  const found = new Set(levels.map((one) => placeKey(one.level)))
  const absent = places.filter((place) => !found.has(placeKey(place)))
  const warehouses = new Map(
    levels.map(({ level: { warehouse, figures, active, transitCounts } }) => [
      warehouse,
      { figures, active, transitCounts },
    ]),
  )
  const unknown = [...new Set(absent.map((place) => place.warehouse))].filter((code) => !warehouses.has(code))
  if (unknown.length > 0)
    for (const [code, facts] of await readWarehouses(tx, unknown)) warehouses.set(code, facts)
  const ledger: Ledger = {
    ...emptyLedger(isClockChecked ? (at ?? now) : now, nextHoldId),
    warehouses,
  }
  for (const { level } of levels) ledger.levels.set(placeKey(level), level)
  const keys = [...needs.keys]
  if (keys.length > 0) for (const hold of await readHolds(tx, keys)) ledger.holds.set(hold.key, hold)
  if (needs.endKeys.some((key) => isUnlocked(ledger, key))) throw sameKeyNow()
  if (needs.quotas && places.length > 0)
    for (const quota of await readQuotas(tx, places)) ledger.quotas.set(quotaKey(quota, quota.channel), quota)
  if (needs.applied.length > 0)
    for (const key of await readApplied(tx, needs.applied)) ledger.applied.add(key)
  return { ledger, versions: new Map(levels.map((one) => [placeKey(one.level), one.version])) }
}

/** Made by somebody while the levels were waited for: its own are not among them. */
function isUnlocked(ledger: Ledger, key: string): boolean {
  const hold = ledger.holds.get(key)
  return hold?.state === 'held' && hold.lines.some((line) => !ledger.levels.has(placeKey(line)))
}

type Needs = {
  readonly places: Map<string, StockPlace>
  /** Places whose level is made where there is none. */
  readonly made: Set<string>
  readonly keys: Set<string>
  readonly endKeys: string[]
  readonly applied: string[]
  quotas: boolean
}

function needsOf(commands: readonly StockCommand[]): Needs {
  const needs: Needs = {
    places: new Map(),
    made: new Set(),
    keys: new Set(),
    endKeys: [],
    applied: [],
    quotas: false,
  }
  const want = (place: StockPlace, isMade = false): void => {
    const key = placeKey(place)
    if (!needs.places.has(key)) needs.places.set(key, { sku: place.sku, warehouse: place.warehouse })
    if (isMade) needs.made.add(key)
  }
  for (const command of commands) {
    switch (command.do) {
      case 'lock':
        // Refused for what it is: nothing is locked for it.
        if (placesOf(command) > PLACES_MOST) break
        needs.keys.add(command.key)
        if (command.channel !== null) needs.quotas = true
        for (const { sku, warehouse } of command.lines)
          if (warehouse !== null) want({ sku, warehouse })
          else for (const code of command.candidates) want({ sku, warehouse: code })
        break
      case 'release':
      case 'commit':
        needs.keys.add(command.key)
        needs.endKeys.push(command.key)
        if (command.onceKey !== undefined) needs.applied.push(command.onceKey)
        // Not to be seen yet where its commit is still under way: locking its levels waits for that.
        if (command.do === 'release') for (const place of command.unclaimed?.places ?? []) want(place)
        needs.quotas = true
        break
      case 'renew':
        needs.keys.add(command.key)
        needs.endKeys.push(command.key)
        break
      case 'adjust':
        if (command.key !== null) needs.applied.push(command.key)
        for (const change of command.changes) want(change, true)
        break
      case 'quota':
        want(command, true)
        needs.quotas = true
        break
    }
  }
  return needs
}

async function writeLedger(tx: Sql, ledger: Ledger, actor: string): Promise<void> {
  const { changed, levels, holds, quotas, now } = ledger
  const changedLevels = [...changed.levels].map((key) => levels.get(key) as StockLevel)
  const newHolds = [...changed.newHolds].map((key) => holds.get(key) as KeptHold)
  if (changed.applied.size > 0 && !(await insertApplied(tx, [...changed.applied], now))) throw sameKeyNow()
  const ends = [...changed.holds]
    .filter(([key]) => !changed.newHolds.has(key))
    .map(([key, end]) => ({ hold: holds.get(key) as KeptHold, end }))
  // First, for a key that one hold gives up may be the next one's.
  if (ends.length > 0) await updateHolds(tx, ends, now)
  if (changedLevels.length + newHolds.length + changed.movements.length > 0)
    await writeChanges(tx, changedLevels, newHolds, changed.movements, now)
  const endedNew = [...changed.holds].filter(([key]) => changed.newHolds.has(key))
  if (endedNew.length > 0)
    await updateHolds(
      tx,
      endedNew.map(([key, end]) => ({ hold: holds.get(key) as KeptHold, end })),
      now,
    )
  if (changed.quotas.size > 0)
    await writeQuotas(
      tx,
      [...changed.quotas].flatMap((key) => quotas.get(key) ?? []),
      actor,
      now,
    )
}

export const SAME_KEY_NOW = 'stock.same_key_now'
function sameKeyNow(): Outage {
  return new Outage(SAME_KEY_NOW, 'the same key came in two transactions at once; run again', {
    retryAfterMs: 20,
  })
}

async function withElsewhere(tx: Sql, answers: readonly Answered[]): Promise<readonly Answered[]> {
  const lacking = new Set(answers.flatMap((one) => shortOf(one).map((short) => short.sku)))
  if (lacking.size === 0) return answers
  const free = Map.groupBy(await readElsewhere(tx, [...lacking]), (row) => row.sku)
  return answers.map((one) => {
    const short = shortOf(one)
    if (short.length === 0) return one
    return notAvailable(
      short.map((each) => ({
        ...each,
        elsewhere: (free.get(each.sku) ?? [])
          .filter((row) => row.warehouse !== each.warehouse)
          .map(({ warehouse, available }) => ({ warehouse, available })),
      })),
    )
  })
}

/** What lacked, of a refusal for want of stock; nothing of any other answer. */
export function shortOf(answer: Answered): readonly Shortage[] {
  if (answer.ok || answer.refusal.code !== NOT_AVAILABLE) return []
  return (answer.refusal.data as { readonly short: readonly Shortage[] }).short
}

function changesOf(ledger: Ledger, versions: ReadonlyMap<string, bigint>): LevelChange[] {
  const quotas = Map.groupBy(ledger.quotas.values(), (quota) => placeKey(quota))
  return [...ledger.changed.levels].map((key) => ({
    level: ledger.levels.get(key) as StockLevel,
    version: (versions.get(key) ?? 0n) + 1n,
    quotas: quotas.get(key)?.map(({ channel, leftOver }) => ({ channel, leftOver })) ?? null,
  }))
}

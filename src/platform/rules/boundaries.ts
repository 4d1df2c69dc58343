import type { RuleValue } from '#domain/rulebook.ts'
import type { Atom, Frame } from './cel-types.ts'
import type { Definition, Program } from './program-types.ts'

// Where the answer of a comparison turns, found by asking it: at powers of ten, at the numbers that are written in it, and by halving
// between two points that answer differently. So `ceilDiv(weight, 1000) * 200 > 1000` needs no algebra.

/** An amount or count without bounds of its own is tried within these. */
const LEAST = 0n
const MOST = 1_000_000_000_000n
/** Points of one variable that are tried at most. */
const POINTS_MOST = 400

export type Points = { readonly of: ReadonlyMap<string, readonly bigint[]>; readonly complete: boolean }

/** For each whole-number variable the least, the most, and both sides of every turn. */
export function pointsOf(program: Program): Points {
  const bounds = boundsOf(program)
  const found = new Map([...bounds].map(([name, { least, most }]) => [name, new Set([least, most])]))
  let complete = true
  const frame: Frame = {
    slots: new Array<undefined>(program.slots).fill(undefined),
    stuck: null,
    wants: -1,
    walked: 0,
  }
  const distinct = new Map(
    program.atoms.filter((atom) => atom.looks !== 'known').map((atom) => [atom.run, atom]),
  )
  for (const atom of distinct.values()) {
    const plan = planOf(program, atom.reads)
    const ints = [...plan.given].filter((name) => bounds.has(name))
    if (plan.given.size > 1 || plan.unclear) complete = complete && ints.length === 0 && !plan.unclear
    for (const name of ints) {
      const limits = bounds.get(name)
      const set = found.get(name)
      if (limits === undefined || set === undefined) continue
      const grid = gridOf(limits, [...atom.ints, ...plan.constants])
      if (plan.given.size > 1 || plan.unclear) for (const point of grid.written) set.add(point)
      else for (const point of turnsOf(program, atom, name, grid.all, plan, frame)) set.add(point)
    }
  }
  for (const { keys, lookup } of program.lookups)
    keys.forEach((key, at) => {
      for (const name of key.reads)
        addKeys(
          found.get(name),
          bounds.get(name),
          lookup.table.rows.map((row) => row[at] ?? ''),
        )
    })
  const of = new Map<string, readonly bigint[]>()
  for (const [name, set] of found) {
    const sorted = [...set].sort((a, b) => (a < b ? -1 : 1))
    if (sorted.length > POINTS_MOST) complete = false
    const stride = Math.max(1, sorted.length / POINTS_MOST)
    of.set(
      name,
      sorted.filter((_, at) => Math.floor(at / stride) !== Math.floor((at - 1) / stride)),
    )
  }
  return { of, complete }
}

type Bounds = { readonly least: bigint; readonly most: bigint }

function boundsOf({ kind, load }: Program): ReadonlyMap<string, Bounds> {
  return new Map(
    load
      .filter(({ type }) => type === 'int')
      .map(({ name }) => [
        name,
        kind.variables.find((one) => one.name === name)?.bounds ?? { least: LEAST, most: MOST },
      ]),
  )
}

type Plan = {
  /** Variables of the input that it comes down to. */
  readonly given: ReadonlySet<string>
  /** Names of the model's own on the way, in the order in which they can be worked out, each with its one definition. */
  readonly inlined: readonly Definition[]
  /** Names with nothing but fixed values: each is tried. */
  readonly fixed: readonly { readonly slot: number; readonly values: readonly RuleValue[] }[]
  readonly constants: readonly bigint[]
  readonly unclear: boolean
}
const FIXED_MOST = 50

function planOf(program: Program, reads: ReadonlySet<string>): Plan {
  const given = new Set<string>()
  const inlined: Definition[] = []
  const fixed: { slot: number; values: readonly RuleValue[] }[] = []
  const seen = new Set<string>()
  let unclear = false
  const follow = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const known = program.names.get(name)
    if (known === undefined || known.given) {
      given.add(name)
      return
    }
    const definitions = program.definitions.get(name) ?? []
    const values = definitions.flatMap(
      (one) => one.values ?? (one.constant === undefined ? [] : [one.constant]),
    )
    const [only] = definitions
    if (definitions.every((one) => one.values !== null || one.constant !== undefined)) {
      const distinct = [...new Set(values)]
      if (distinct.length > FIXED_MOST) unclear = true
      fixed.push({ slot: known.slot, values: distinct.slice(0, FIXED_MOST) })
    } else if (definitions.length === 1 && only !== undefined) {
      for (const read of only.reads) follow(read)
      inlined.push(only)
    } else {
      unclear = true
      for (const one of definitions) for (const read of one.reads) follow(read)
    }
  }
  for (const name of reads) follow(name)
  const constants = fixed.flatMap((one) => one.values.filter((value) => typeof value === 'bigint'))
  return { given, inlined, fixed, constants, unclear: unclear || fixed.length > 2 }
}

function gridOf({ least, most }: Bounds, written: readonly bigint[]): { all: bigint[]; written: bigint[] } {
  const inside = (points: readonly bigint[]): bigint[] =>
    [...new Set(points)].filter((point) => point >= least && point <= most).sort((a, b) => (a < b ? -1 : 1))
  const near = inside(written.slice(0, 200).flatMap((whole) => [whole - 1n, whole, whole + 1n]))
  const tens = Array.from({ length: 19 }, (_, power) => 10n ** BigInt(power)).flatMap((ten) => [ten, -ten])
  return { all: inside([least, most, 0n, ...tens, ...near]), written: near }
}

function turnsOf(
  program: Program,
  atom: Atom,
  name: string,
  grid: readonly bigint[],
  plan: Plan,
  frame: Frame,
): bigint[] {
  const slot = program.names.get(name)?.slot ?? -1
  const turns: bigint[] = []
  for (const combination of combinationsOf(plan.fixed)) {
    const ask = (point: bigint): RuleValue | undefined => {
      frame.slots[slot] = point
      for (const { slot: at, value } of combination) frame.slots[at] = value
      for (const one of plan.inlined) frame.slots[one.slot] = one.run(frame)
      return atom.run(frame)
    }
    for (let at = 1; at < grid.length; at += 1) {
      let [low, high] = [grid[at - 1] ?? 0n, grid[at] ?? 0n]
      const [before, after] = [ask(low), ask(high)]
      if (before === after) continue
      while (high - low > 1n) {
        const middle = (low + high) / 2n
        if (ask(middle) === before) low = middle
        else high = middle
      }
      turns.push(low, high)
    }
  }
  frame.slots.fill(undefined)
  return turns
}

type Fixed = { readonly slot: number; readonly value: RuleValue }

function combinationsOf(fixed: Plan['fixed']): readonly (readonly Fixed[])[] {
  let all: Fixed[][] = [[]]
  for (const { slot, values } of fixed.slice(0, 2))
    all = all.flatMap((one) => values.map((value) => [...one, { slot, value }]))
  return all
}

function addKeys(set: Set<bigint> | undefined, bounds: Bounds | undefined, keys: readonly string[]): void {
  if (set === undefined || bounds === undefined) return
  for (const key of keys) {
    if (!/^-?\d{1,19}$/.test(key.trim())) continue
    const whole = BigInt(key.trim())
    for (const point of [whole - 1n, whole, whole + 1n])
      if (point >= bounds.least && point <= bounds.most) set.add(point)
  }
}

import type { RuleValue } from '#domain/rulebook.ts'
import type { Atom, Frame, Shape } from './cel-types.ts'
import type { Definition, LookupUse, Program } from './program-types.ts'
import { placeAmong } from './table-step.ts'

// Where the answer of a comparison turns, found by asking it: at powers of ten, at the numbers that are written in it, and by halving
// between two points that answer differently. So `ceilDiv(weight, 1000) * 200 > 1000` needs no algebra.

/** An amount or count without bounds of its own is tried within these. */
const LEAST = 0n
const MOST = 1_000_000_000_000n
/** Points of one variable that are tried at most. */
const POINTS_MOST = 400
/** Time for finding them: a table of 2,000 rows over two names of 50 values each would take minutes. */
const FOR_MS = 400

export type Points = { readonly of: ReadonlyMap<string, readonly bigint[]>; readonly complete: boolean }

/** For each whole-number variable the least, the most, and both sides of every turn. */
export function pointsOf(program: Program): Points {
  const bounds = boundsOf(program)
  const found = new Map([...bounds].map(([name, { least, most }]) => [name, new Set([least, most])]))
  let complete = true
  const search: Search = { program, frame: emptyFrame(program), until: performance.now() + FOR_MS }
  const distinct = new Map(
    program.atoms.filter((atom) => atom.looks !== 'known').map((atom) => [atom.run, atom]),
  )
  for (const atom of [...distinct.values(), ...program.lookups.flatMap(keyAtoms)]) {
    const plan = planOf(program, atom)
    const ints = [...plan.given].filter((name) => bounds.has(name))
    const alone = plan.given.size === 1 && !plan.unclear
    // Something that goes up and down may turn where nobody looks: seen by its own halving, but not for certain.
    if (ints.length > 0 && !(alone && plan.steady && plan.occurrences === 1)) complete = false
    for (const name of ints) {
      const limits = bounds.get(name)
      const set = found.get(name)
      if (limits === undefined || set === undefined) continue
      const grid = gridOf(limits, [...atom.ints, ...plan.constants])
      if (grid.cut && atom.form === 'other') complete = false
      if (!alone) for (const point of grid.written) set.add(point)
      else if (atom.form === 'name' && plan.inlined.length === 0 && plan.fixed.length === 0)
        for (const point of grid.near) set.add(point)
      else if (!addTurns(search, atom, name, grid.all, plan, set)) complete = false
    }
  }
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

export type Plan = {
  /** Variables of the input that it comes down to. */
  readonly given: ReadonlySet<string>
  /** How often they are written on the way, and whether each moves the whole one way only. */
  readonly occurrences: number
  readonly steady: boolean
  /** Names of the model's own on the way, in the order in which they can be worked out, each with its one definition. */
  readonly inlined: readonly Definition[]
  /** Names with nothing but fixed values: each is tried. */
  readonly fixed: readonly { readonly slot: number; readonly values: readonly RuleValue[] }[]
  readonly constants: readonly bigint[]
  readonly unclear: boolean
}
const FIXED_MOST = 50

/** What an expression comes down to, through the names that the model sets. */
export function planOf(program: Program, { uses, steady }: Shape): Plan {
  const given = new Set<string>()
  const inlined: Definition[] = []
  const fixed: { slot: number; values: readonly RuleValue[] }[] = []
  const counts = new Map<string, number>()
  let unclear = false
  let isSteady = steady
  const countAll = (names: readonly string[]): number =>
    names.reduce((sum, name) => Math.min(sum + follow(name), 1_000), 0)
  const follow = (name: string): number => {
    const known = program.names.get(name)
    if (known === undefined || known.given) {
      given.add(name)
      return 1
    }
    const before = counts.get(name)
    if (before !== undefined) return before
    counts.set(name, 0)
    const definitions = program.definitions.get(name) ?? []
    const [only] = definitions
    let count = 0
    if (definitions.every((one) => one.values !== null || one.constant !== undefined)) {
      const distinct = fixedValues(definitions)
      if (distinct.length > FIXED_MOST) unclear = true
      fixed.push({ slot: known.slot, values: distinct.slice(0, FIXED_MOST) })
    } else if (definitions.length === 1 && only !== undefined) {
      count = countAll(only.uses)
      isSteady &&= only.steady
      inlined.push(only)
    } else {
      unclear = true
      count = countAll(definitions.flatMap((one) => one.uses))
    }
    counts.set(name, count)
    return count
  }
  const occurrences = countAll(uses)
  const constants = fixed.flatMap((one) => one.values.filter((value) => typeof value === 'bigint'))
  return {
    given,
    occurrences,
    steady: isSteady,
    inlined,
    fixed,
    constants,
    unclear: unclear || fixed.length > 2,
  }
}

/** A name's values where all are written down; kept, since every row of a table may ask for it. */
const FIXED_VALUES = new WeakMap<readonly Definition[], readonly RuleValue[]>()

function fixedValues(definitions: readonly Definition[]): readonly RuleValue[] {
  const before = FIXED_VALUES.get(definitions)
  if (before !== undefined) return before
  const distinct = new Set<RuleValue>()
  for (const { values, constant } of definitions) {
    if (values !== null) for (const value of values) distinct.add(value)
    else if (constant !== undefined) distinct.add(constant)
  }
  const list = [...distinct]
  FIXED_VALUES.set(definitions, list)
  return list
}

function emptyFrame(program: Program): Frame {
  return {
    slots: new Array<undefined>(program.slots).fill(undefined),
    stuck: null,
    wants: -1,
    walked: 0,
  }
}

/** A lookup by a whole number turns at the numbers of its rows. */
function keyAtoms({ keys, lookup }: LookupUse): Atom[] {
  return keys.flatMap(({ type, reads, uses, steady, subject, run }, at): Atom[] => {
    if (type !== 'int') return []
    const written = new Set(lookup.table.rows.map((row) => row[at]?.trim() ?? ''))
    const ints = [...written].filter((key) => /^-?\d{1,19}$/.test(key)).map(BigInt)
    const form = subject ?? 'other'
    const turn = placeAmong(run, ints)
    return [{ reads, uses, steady, form, texts: [], ints, looks: 'whole', run, turn }]
  })
}

/** Written numbers of one condition whose neighbours are tried. */
const WRITTEN_MOST = 400

function gridOf({ least, most }: Bounds, written: readonly bigint[]) {
  const inside = (points: readonly bigint[]): bigint[] =>
    [...new Set(points)].filter((point) => point >= least && point <= most).sort((a, b) => (a < b ? -1 : 1))
  const around = (wholes: readonly bigint[]) => inside(wholes.flatMap((one) => [one - 1n, one, one + 1n]))
  const distinct = [...new Set(written)]
  const near = around(distinct)
  const some = distinct.length > WRITTEN_MOST ? around(distinct.slice(0, WRITTEN_MOST)) : near
  const tens = Array.from({ length: 19 }, (_, power) => 10n ** BigInt(power)).flatMap((ten) => [ten, -ten])
  return {
    /** Both sides of every written number. */
    near,
    written: some,
    all: inside([least, most, 0n, ...tens, ...some]),
    cut: distinct.length > WRITTEN_MOST,
  }
}

type Search = { readonly program: Program; readonly frame: Frame; readonly until: number }
/** Turns of one condition between two points of the grid. */
const TURNS_MOST = 400

/** Adds both sides of every turn; false where the time was not enough for all of them. */
function addTurns(
  { program, frame, until }: Search,
  atom: Atom,
  name: string,
  grid: readonly bigint[],
  plan: Plan,
  found: Set<bigint>,
): boolean {
  if (performance.now() > until) return false
  const slot = program.names.get(name)?.slot ?? -1
  let finished = true
  for (const combination of combinationsOf(plan.fixed)) {
    if (performance.now() > until) {
      finished = false
      break
    }
    const ask = (point: bigint): RuleValue | undefined => {
      frame.slots[slot] = point
      for (const { slot: at, value } of combination) frame.slots[at] = value
      for (const one of plan.inlined) frame.slots[one.slot] = one.run(frame)
      return atom.turn(frame)
    }
    for (let at = 1; at < grid.length; at += 1)
      if (!addBetween(ask, grid[at - 1] ?? 0n, grid[at] ?? 0n, found)) finished = false
  }
  frame.slots.fill(undefined)
  return finished
}

function addBetween(
  ask: (point: bigint) => RuleValue | undefined,
  from: bigint,
  to: bigint,
  found: Set<bigint>,
): boolean {
  const last = ask(to)
  let low = from
  for (let turns = 0; turns < TURNS_MOST; turns += 1) {
    const before = ask(low)
    if (before === last) return true
    let high = to
    while (high - low > 1n) {
      const middle = (low + high) / 2n
      if (ask(middle) === before) low = middle
      else high = middle
    }
    found.add(low)
    found.add(high)
    low = high
  }
  return false
}

type Fixed = { readonly slot: number; readonly value: RuleValue }

function combinationsOf(fixed: Plan['fixed']): readonly (readonly Fixed[])[] {
  let all: Fixed[][] = [[]]
  for (const { slot, values } of fixed.slice(0, 2))
    all = all.flatMap((one) => values.map((value) => [...one, { slot, value }]))
  return all
}

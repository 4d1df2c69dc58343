import type { RuleValue, RuleVariable } from '#domain/rulebook.ts'
import { planOf, pointsOf } from './boundaries.ts'
import type { Atom } from './cel-types.ts'
import { listsOf, type Tests, textsOf } from './class-values.ts'
import type { LookupUse, Program } from './program-types.ts'

/** What the check puts in for a variable: both sides of every boundary, every text that is written somewhere, and one that is not. */
export type Domain = {
  readonly variable: RuleVariable
  readonly slot: number
  readonly values: readonly RuleValue[]
  /** Lookups that the variable is a key of; their texts depend on the other keys. */
  readonly keyOf: readonly KeyUse[]
}
type KeyUse = {
  readonly use: LookupUse
  readonly at: number
  readonly others: readonly { readonly at: number; readonly slot: number }[]
  /** Whether the other keys are all variables: else rows that say the same may still differ. */
  readonly plain: boolean
  /** What else of the model tells two keys apart: other tables, conditions on the same variable. */
  readonly marksOf: (key: string) => string
  /** What was found before, by the other keys: a table may have 20,000 rows. */
  readonly found: Map<string, Keys>
}

export type Domains = {
  readonly bySlot: ReadonlyMap<number, Domain>
  /** False where some boundary depends on several variables at once, or has more values than are tried. */
  readonly complete: boolean
}

export function domainsOf(program: Program): Domains {
  const { kind, names, atoms } = program
  const points = pointsOf(program)
  const plans = new Map(atoms.map((atom) => [atom, planOf(program, atom)]))
  let complete = points.complete && lookupsAreClear(program)
  const domains = program.load.flatMap(({ name, slot }): Domain[] => {
    // A model that asks whether it is known says what happens where it is not: then that is tried too.
    const unknown = atoms.some((atom) => atom.looks === 'known' && atom.reads.has(name)) ? [null] : []
    const variable = kind.variables.find((one) => one.name === name)
    if (variable === undefined) return []
    const own = atoms.filter((atom) => plans.get(atom)?.given.has(name) && atom.looks !== 'known')
    const type = names.get(name)?.type
    if (type === 'bool') return [{ variable, slot, values: [true, false, ...unknown], keyOf: [] }]
    if (type === 'int')
      return [{ variable, slot, values: [...(points.of.get(name) ?? []), ...unknown], keyOf: [] }]
    const tests = testsOf(program, name, slot, own, plans)
    if (type === 'text') {
      const keyOf = keyUses(program, name, tests)
      const keys = keyOf.flatMap(({ use, at }) => use.lookup.table.rows.map((row) => row[at]?.trim() ?? ''))
      const texts = textsOf(variable, tests, new Set(keys))
      if (!texts.complete) complete = false
      return [{ variable, slot, values: [...texts.values, ...unknown], keyOf }]
    }
    const lists = listsOf(variable, tests)
    if (!lists.complete) complete = false
    return [{ variable, slot, values: [...lists.values, ...unknown], keyOf: [] }]
  })
  return { bySlot: new Map(domains.map((domain) => [domain.slot, domain])), complete }
}

/** The conditions on one variable, and how they answer for a value of it. */
function testsOf(
  program: Program,
  name: string,
  slot: number,
  atoms: readonly Atom[],
  plans: ReadonlyMap<Atom, ReturnType<typeof planOf>>,
): Tests {
  const isClear = (atom: Atom): boolean => {
    const plan = plans.get(atom)
    return plan?.given.size === 1 && plan.inlined.length === 0 && plan.fixed.length === 0 && !plan.unclear
  }
  const clear = atoms.filter(isClear)
  const slots = new Array<RuleValue | undefined>(program.slots).fill(undefined)
  const answersOf = (value: RuleValue): (RuleValue | undefined)[] => {
    slots[slot] = value
    return clear.map((atom) => atom.run({ slots, stuck: null, wants: -1, walked: 0 }))
  }
  return { name, atoms, clear, answersOf }
}

/** Whether the keys of every lookup are variables, or names with fixed values: else nobody knows which keys come to be asked for. */
function lookupsAreClear(program: Program): boolean {
  return program.lookups.every(({ keys }) =>
    keys.every((key) => {
      const { given, inlined, unclear } = planOf(program, key)
      // Whole numbers are looked for by halving.
      return (
        key.type === 'int' || given.size === 0 || (key.subject === 'name' && inlined.length === 0 && !unclear)
      )
    }),
  )
}

/** Rows of one lookup that are tried for a key at most; equal rows count once. */
const KEYS_MOST = 60

/** The values of a variable where the others are as they are in `slots`: keys of rows that do not fit them are left out. */
export function valuesIn(
  domain: Domain,
  slots: readonly (RuleValue | undefined)[],
): { values: readonly RuleValue[]; complete: boolean } {
  if (domain.keyOf.length === 0) return { values: domain.values, complete: true }
  const values = new Set<RuleValue>(domain.values)
  let complete = true
  for (const keyUse of domain.keyOf) {
    const others = keyUse.others.map(({ slot }) => String(slots[slot])).join('\u0000')
    const keys = keyUse.found.get(others) ?? keysOf(keyUse, slots)
    keyUse.found.set(others, keys)
    complete &&= keys.complete
    for (const key of keys.values) values.add(key)
  }
  return { values: [...values], complete }
}

type Keys = { readonly values: readonly string[]; readonly complete: boolean }

function keysOf(
  { use, at, others, plain, marksOf }: KeyUse,
  slots: readonly (RuleValue | undefined)[],
): Keys {
  const alike = new Map<string, string>()
  const last = plain && others.every(({ slot }) => slots[slot] !== undefined)
  use.lookup.table.rows.forEach((row, index) => {
    const key = row[at]?.trim() ?? '*'
    if (key === '*' || !others.every((other) => fits(row[other.at], slots[other.slot]))) return
    // Of rows that say the same, one is enough, once no other key can tell them apart.
    const said = last ? `${sayingOf(use, index)}\u0001${marksOf(key)}` : key
    if (!alike.has(said)) alike.set(said, key)
  })
  const keys = [...alike.values()]
  const values: string[] = []
  const stride = Math.max(1, keys.length / KEYS_MOST)
  for (let pick = 0; pick < keys.length; pick += stride) values.push(keys[Math.floor(pick)] ?? '')
  return { values, complete: keys.length <= KEYS_MOST }
}

function sayingOf(use: LookupUse, row: number): string {
  return (use.lookup.values[row] ?? []).map(String).join('\u0000')
}

function fits(key: string | undefined, value: RuleValue | undefined): boolean {
  const plain = key?.trim()
  return value === undefined || plain === '*' || plain === String(value)
}

function keyUses(program: Program, name: string, tests: Tests): KeyUse[] {
  const { lookups, names } = program
  const slotOf = (keys: LookupUse['keys'], at: number): number | null => {
    const [only, more] = keys[at]?.reads ?? []
    const known = only === undefined || more !== undefined ? undefined : names.get(only)
    return known?.given === true ? known.slot : null
  }
  const asked = lookups.flatMap((use) =>
    use.keys.flatMap((key, at) => (planOf(program, key).given.has(name) ? [{ use, at }] : [])),
  )
  const marks = asked.length < 2 ? [] : asked.map(({ use, at }) => sayingsByKey(use, at))
  const marksOf = (key: string): string =>
    [...marks.map((one) => one.get(key) ?? ''), ...tests.answersOf(key).map(String)].join('\u0001')
  return asked.map(({ use, at }) => {
    const others = use.keys.flatMap((_, other) => {
      const slot = other === at ? null : slotOf(use.keys, other)
      return slot === null ? [] : [{ at: other, slot }]
    })
    return { use, at, others, plain: others.length === use.keys.length - 1, marksOf, found: new Map() }
  })
}

/** All that a table says of each of its keys, whatever the other keys are. */
function sayingsByKey(use: LookupUse, at: number): ReadonlyMap<string, string> {
  const said = new Map<string, string>()
  use.lookup.table.rows.forEach((row, index) => {
    const key = row[at]?.trim() ?? ''
    const others = row.filter((_, other) => other !== at && other < use.keys.length)
    said.set(key, `${said.get(key) ?? ''}\u0002${others.join('\u0003')}\u0003${sayingOf(use, index)}`)
  })
  return said
}

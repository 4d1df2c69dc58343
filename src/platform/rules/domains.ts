import type { RuleValue, RuleVariable } from '#domain/rulebook.ts'
import { pointsOf } from './boundaries.ts'
import type { Atom } from './cel-types.ts'
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
  let complete = points.complete
  const domains = program.load.flatMap(({ name, slot }): Domain[] => {
    // A model that asks whether it is known says what happens where it is not: then that is tried too.
    const unknown = atoms.some((atom) => atom.looks === 'known' && atom.reads.has(name)) ? [null] : []
    const variable = kind.variables.find((one) => one.name === name)
    if (variable === undefined) return []
    const own = atoms.filter((atom) => atom.reads.has(name))
    const keyOf = keyUses(program, name)
    const type = names.get(name)?.type
    if (type === 'bool') return [{ variable, slot, values: [true, false, ...unknown], keyOf: [] }]
    if (type === 'int')
      return [{ variable, slot, values: [...(points.of.get(name) ?? []), ...unknown], keyOf: [] }]
    if (type === 'text')
      return [{ variable, slot, values: [...textsOf(variable, own, keyOf), ...unknown], keyOf }]
    const lists = listsOf(variable, own)
    if (!lists.complete) complete = false
    return [{ variable, slot, values: [...lists.values, ...unknown], keyOf: [] }]
  })
  return { bySlot: new Map(domains.map((domain) => [domain.slot, domain])), complete }
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

function keysOf({ use, at, others }: KeyUse, slots: readonly (RuleValue | undefined)[]): Keys {
  const alike = new Map<string, string>()
  const last = others.every(({ slot }) => slots[slot] !== undefined)
  use.lookup.table.rows.forEach((row, index) => {
    const key = row[at]?.trim() ?? '*'
    if (key === '*' || !others.every((other) => fits(row[other.at], slots[other.slot]))) return
    // Of rows that say the same, one is enough, once no other key can tell them apart.
    const said = last ? sayingOf(use, index) : key
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

function keyUses({ lookups, names }: Program, name: string): KeyUse[] {
  const slotOf = (keys: LookupUse['keys'], at: number): number | null => {
    const [only, more] = keys[at]?.reads ?? []
    const known = only === undefined || more !== undefined ? undefined : names.get(only)
    return known?.given === true ? known.slot : null
  }
  return lookups.flatMap((use) =>
    use.keys.flatMap((key, at) => {
      if (!key.reads.has(name)) return []
      const others = use.keys.flatMap((_, other) => {
        const slot = other === at ? null : slotOf(use.keys, other)
        return slot === null ? [] : [{ at: other, slot }]
      })
      return [{ use, at, others, found: new Map() }]
    }),
  )
}

function textsOf(variable: RuleVariable, atoms: readonly Atom[], keyOf: readonly KeyUse[]): string[] {
  if (variable.choices !== undefined) return variable.choices.map((one) => one.value)
  const whole = atoms.filter((atom) => atom.looks === 'whole').flatMap((atom) => atom.texts)
  const parts = atoms.filter((atom) => atom.looks === 'part').flatMap((atom) => atom.texts)
  const sized = lengthsOf(atoms).map((length) => '字'.repeat(length))
  const written = [...new Set([...whole, ...parts, ...parts.map((part) => `前${part}后`), ...sized])]
  const keys = new Set(
    keyOf.flatMap(({ use, at }) => use.lookup.table.rows.map((row) => row[at]?.trim() ?? '')),
  )
  const isNew = (text: string): boolean =>
    !written.includes(text) && !keys.has(text) && !parts.some((part) => text.includes(part))
  const other = variable.examples?.find((one) => one !== '' && isNew(one))
  return [...written, other ?? (isNew('其他') ? '其他' : '其他（未写明）')]
}

/** Lengths around those that a `size(...)` is compared with. */
function lengthsOf(atoms: readonly Atom[]): number[] {
  if (!atoms.some((atom) => atom.looks === 'part')) return []
  const near = atoms.flatMap((atom) => atom.ints).flatMap((whole) => [whole - 1n, whole, whole + 1n])
  return [...new Set(near.filter((length) => length >= 0n && length <= 40n).map(Number))]
}

/** Lists with and without each element that is written somewhere; all combinations up to five elements. */
const COMBINED_MOST = 5

function listsOf(
  variable: RuleVariable,
  atoms: readonly Atom[],
): { values: (readonly string[])[]; complete: boolean } {
  const written = [...new Set(atoms.flatMap((atom) => atom.texts))].filter((one) => one !== '')
  const other = variable.examples?.find((one) => !written.includes(one)) ?? '其他'
  const lists: (readonly string[])[] = [[], [other]]
  if (written.length <= COMBINED_MOST)
    for (let mask = 1; mask < 2 ** written.length; mask += 1)
      lists.push(written.filter((_, at) => (mask >> at) % 2 === 1))
  else {
    lists.push(...written.map((one) => [one]), written)
    lists.push(...written.map((one) => written.filter((text) => text !== one)))
  }
  if (written.length > 0 && atoms.some((atom) => atom.looks === 'part'))
    lists.push(...written.map((one) => [one, other]))
  for (const length of lengthsOf(atoms)) lists.push(Array.from({ length }, (_, at) => `${other}${at + 1}`))
  const seen = new Map(lists.map((list) => [list.join('\u0000'), list]))
  return { values: [...seen.values()], complete: written.length <= COMBINED_MOST }
}

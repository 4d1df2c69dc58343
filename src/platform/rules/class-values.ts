import type { RuleValue, RuleVariable } from '#domain/rulebook.ts'
import type { Atom } from './cel-types.ts'

// Texts and lists are classes: two that every condition answers alike are one. Here candidates are written down, and one of each class kept.

/** The conditions that come down to one variable. */
export type Tests = {
  readonly name: string
  readonly atoms: readonly Atom[]
  /** Those that read nothing else and nothing in between, and how each answers for a value. */
  readonly clear: readonly Atom[]
  readonly answersOf: (value: RuleValue) => readonly (RuleValue | undefined)[]
}
type Values<T> = { readonly values: readonly T[]; readonly complete: boolean }

/** Parts and elements that are combined; of more each is tried by itself. */
const COMBINED_MOST = 4
const KEPT_MOST = 120
/** Conditions whose combinations are all looked for. */
const TESTS_MOST = 8

/** One text for each class; `keys` are those of lookups, which are tried besides. */
export function textsOf(variable: RuleVariable, tests: Tests, keys: ReadonlySet<string>): Values<string> {
  if (variable.choices !== undefined)
    return { values: variable.choices.map((one) => one.value), complete: true }
  const { atoms } = tests
  const literals = textsIn(atoms.filter((atom) => atom.looks === 'whole'))
  const parts = textsIn(atoms.filter((atom) => atom.looks === 'part')).filter((one) => one !== '')
  const isNew = (text: string): boolean =>
    !literals.includes(text) && !keys.has(text) && !parts.some((part) => text.includes(part))
  const example = variable.examples?.find((one) => one !== '' && isNew(one))
  const other = example ?? (isNew('其他') ? '其他' : '其他（未写明）')
  const written = [...new Set([...literals, ...parts])]
  if (atoms.every((atom) => isWhole(atom) && tests.clear.includes(atom)))
    return { values: [...written, other], complete: true }
  const lengths = lengthsOf(atoms)
  const joined = joinedParts(parts)
  const made = [other, ...joined, ...sized(['', ...joined], lengths.near)]
  // What two variables have to share for a comparison of both to hold.
  const shared = atoms.some((atom) => !tests.clear.includes(atom)) ? ['其他', ''] : []
  const kept = oneOfEach(made, tests)
  const values = [...new Set([...written, ...kept, ...shared])]
  const free = values.filter((value) => !literals.includes(value))
  return { values, complete: lengths.covered(tests) || coversAll(free, tests) }
}

/** Lists with and without each element that is written somewhere, at each length that matters. */
export function listsOf(variable: RuleVariable, tests: Tests): Values<readonly string[]> {
  const { atoms } = tests
  const written = textsIn(atoms)
  const other = variable.examples?.find((one) => !written.includes(one)) ?? '其他'
  const combined = written.length <= COMBINED_MOST + 1
  const lists: (readonly string[])[] = combined
    ? subsetsOf(written)
    : [[], ...written.map((one) => [one]), written, ...written.map((one) => written.filter((x) => x !== one))]
  const more = lists.map((list) => [...list, other])
  const lengths = lengthsOf(atoms)
  const padded = lists.flatMap((list) =>
    lengths.near
      .filter((length) => length > list.length)
      .map((length) => [
        ...list,
        ...Array.from({ length: length - list.length }, (_, at) => `${other}${at + 1}`),
      ]),
  )
  const values = oneOfEach([[other], ...lists, ...more, ...padded], tests)
  const plain = atoms.every((atom) => isWhole(atom) && tests.clear.includes(atom))
  return {
    values,
    complete: combined && (plain || lengths.covered(tests) || coversAll(values, tests)),
  }
}

function isWhole({ looks, form }: Atom): boolean {
  return looks === 'whole' && form === 'name'
}

function textsIn(atoms: readonly Atom[]): string[] {
  return [...new Set(atoms.flatMap((atom) => atom.texts))]
}

function subsetsOf(all: readonly string[]): string[][] {
  return Array.from({ length: 2 ** all.length }, (_, mask) => all.filter((_, at) => (mask >> at) % 2 === 1))
}

/** Each part alone, at both ends and inside; several in every order of the first and the last. */
function joinedParts(parts: readonly string[]): string[] {
  const sets = parts.length <= COMBINED_MOST ? subsetsOf(parts) : parts.map((one) => [one])
  return sets.flatMap((set) => {
    if (set.length === 0) return []
    const around = set.flatMap((first) =>
      set.flatMap((last) => {
        const between = set.filter((one) => one !== first && one !== last)
        return [first, ...between, ...(last === first ? [] : [last])].join('间')
      }),
    )
    return [...around, ...around.flatMap((text) => [`${text}后`, `前${text}`, `前${text}后`])]
  })
}

function sized(texts: readonly string[], lengths: readonly number[]): string[] {
  return texts.flatMap((text) =>
    lengths
      .filter((length) => length >= [...text].length)
      .flatMap((length) => {
        const fill = '字'.repeat(length - [...text].length)
        return [text + fill, fill + text]
      }),
  )
}

/** Longest text or list that is made up to try a `size(...)`. */
const LENGTH_MOST = 40

/** Lengths around those that a size is compared with. */
function lengthsOf(atoms: readonly Atom[]) {
  const sizes = atoms.filter((atom) => atom.form === 'size')
  const near = sizes.flatMap((atom) => atom.ints).flatMap((whole) => [whole - 1n, whole, whole + 1n])
  const tried = new Set(near.filter((length) => length >= 0n && length <= LENGTH_MOST).map(Number))
  const fits = sizes.every((atom) => atom.ints.every((whole) => whole < LENGTH_MOST))
  /** By how they are made: every element with every length, or nothing but lengths. */
  const covered = ({ atoms: all, clear }: Tests): boolean =>
    fits &&
    all.every((atom) => clear.includes(atom) && (atom.form === 'size' || isSizeItself(atom) || isWhole(atom)))
  return { near: [...tried], covered }
}

/** `size(items)` itself, whose comparison is another condition. */
function isSizeItself({ looks, form, texts, ints }: Atom): boolean {
  return looks === 'part' && form === 'name' && texts.length === 0 && ints.length === 0
}

function oneOfEach<T extends RuleValue>(made: readonly T[], { answersOf, clear }: Tests): T[] {
  if (clear.length === 0) return made.slice(0, KEPT_MOST)
  const kept = new Map<string, T>()
  for (const value of made) {
    const answers = answersOf(value).map(String).join()
    if (!kept.has(answers)) kept.set(answers, value)
  }
  return [...kept.values()].slice(0, KEPT_MOST)
}

/** Whether every combination of answers was come by: then there is no class besides. */
function coversAll(values: readonly RuleValue[], { atoms, clear, answersOf }: Tests): boolean {
  if (atoms.some((atom) => !clear.includes(atom))) return false
  const divides = clear.map((atom) => !isSizeItself(atom) && !(isWhole(atom) && !isListAtom(values)))
  const tests = divides.filter(Boolean).length
  if (tests > TESTS_MOST) return false
  const come = new Set(
    values.map((value) =>
      answersOf(value)
        .filter((_, at) => divides[at])
        .join(),
    ),
  )
  return come.size === 2 ** tests
}

function isListAtom([first]: readonly RuleValue[]): boolean {
  return Array.isArray(first)
}

import { type Finding, findingAt, isTest, type Source } from './sources.ts'

/** The code of a refusal, an outage or a problem answer, where it is made. */
const MADE =
  /(?:\brefuse\s*\(\s*|\bnew\s+(?:Outage|Stop)\s*\(\s*|\bcode:\s*)'([a-z][a-z0-9-]*\.[a-z][a-z0-9_]*)'/g
const DOCUMENTED = /^- `([a-z][a-z0-9-]*\.[a-z0-9_]+)`:\s*\S/gm

/** Every code that can reach a person has a line in docs/errors.md, and every line there has its code. */
export function findUndocumentedCodes(sources: readonly Source[], docs: string): Finding[] {
  const documented = [...docs.matchAll(DOCUMENTED)].map((match) => match[1] ?? '')
  const product = sources.filter(({ path }) => /^(src|bin|scripts)\//.test(path) && !isTest(path))
  const said = product.map((source) => source.said).join('\n')
  const told = new Set<string>()
  const missing = product.flatMap((source) =>
    [...source.said.matchAll(MADE)].flatMap((match) => {
      const code = match[1] ?? ''
      if (documented.includes(code) || told.has(code)) return []
      told.add(code)
      return [findingAt(source, match.index, `${code} has no line in docs/errors.md`)]
    }),
  )
  const gone = documented.filter((code) => !said.includes(`'${code}'`) && !said.includes(`[${code}]`))
  const twice = documented.filter((code, i) => documented.indexOf(code) !== i)
  return [
    ...missing,
    ...gone.map((code) => `docs/errors.md:1: nothing in the product says ${code}`),
    ...twice.map((code) => `docs/errors.md:1: ${code} has two lines`),
  ]
}

/** A spec declares an invariant in bold at the start of a list item or table cell: `- **OS1** ...` or `| **OS1** | ...`. */
const DECLARED = /^\s*(?:[-*]\s+|\|\s*|#+\s+|\d+\.\s+)\*\*([A-Z]{2,5})(\d{1,3})\*\*/gm
const TITLE = /\b(?:test|it|describe)\s*\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g

export type Spec = { readonly path: string; readonly text: string }

/** Every invariant of a spec stands in the title of a test, and every id in a title stands in a spec. */
export function findUntiedInvariants(specs: readonly Spec[], sources: readonly Source[]): Finding[] {
  const declared = specs.flatMap((spec) =>
    [...spec.text.matchAll(DECLARED)].map((match) => ({
      prefix: match[1] ?? '',
      id: `${match[1]}${match[2]}`,
      path: spec.path,
    })),
  )
  const prefixes = [...new Set(declared.map((one) => one.prefix))]
  if (prefixes.length === 0) return []
  const pattern = new RegExp(`\\b(?:${prefixes.join('|')})\\d{1,3}\\b`, 'g')
  const tested = sources
    .filter((source) => isTest(source.path) && !source.path.startsWith('tidy/'))
    .flatMap((source) =>
      [...source.said.matchAll(TITLE)].flatMap((title) =>
        [...(title[2] ?? '').matchAll(pattern)].map((match) => ({
          id: match[0],
          source,
          index: title.index,
        })),
      ),
    )
  const ids = declared.map((one) => one.id)
  return [
    ...declared
      .filter((one) => !tested.some((other) => other.id === one.id))
      .map((one) => `${one.path}:1: no test has ${one.id} in its title`),
    ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `docs/specs:1: ${id} is declared twice`),
    ...tested
      .filter((one) => !ids.includes(one.id))
      .map((one) => findingAt(one.source, one.index, `${one.id} is in no spec`)),
  ]
}

type LockEntry = { readonly optionalDependencies?: Readonly<Record<string, string>> }

/** `npm ci` refuses a lock that lacks an optional package of another platform; `npm install` may leave them out. */
export function findLockGaps(packages: Readonly<Record<string, LockEntry>>): Finding[] {
  const paths = Object.keys(packages)
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !paths.some((other) => other.endsWith(`node_modules/${name}`)))
      .map((name) => `package-lock.json:1: ${name}, optional for ${path || 'the project'}, is missing`),
  )
}

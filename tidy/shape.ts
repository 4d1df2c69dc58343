import { type Finding, findingAt, importsOf, isTest, type Source } from './sources.ts'

const LINES_A_FILE = 450
const LINES_A_FUNCTION = 70

/** Files that are tables rather than code may be longer. */
const TABLES = /(?:^|\/)(?:fixtures\/|[a-z-]*cases\.ts$|codes\.ts$|locales?\/|i18n\/)/

export function findLongFiles(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) => {
    const lines = source.text.trimEnd().split('\n').length
    if (lines <= LINES_A_FILE || TABLES.test(source.path)) return []
    return [`${source.path}:1: ${lines} lines, at most ${LINES_A_FILE}`]
  })
}

type Span = { readonly start: number; readonly end: number }

/**
 * Counts the lines of a function's own, without those of the functions inside it: a list of thirty small routes reads as
 * thirty functions. Told by braces alone: a function begins at `function` or at the brace after an arrow.
 */
export function findLongFunctions(sources: readonly Source[]): Finding[] {
  return sources
    .filter((source) => !isTest(source.path))
    .flatMap((source) => {
      const spans = spansOf(source.code)
      return spans.flatMap((span) => {
        const lines = ownLines(source.code, span, spans)
        if (lines <= LINES_A_FUNCTION) return []
        return [findingAt(source, span.start, `a function of ${lines} lines, at most ${LINES_A_FUNCTION}`)]
      })
    })
}

function spansOf(code: string): Span[] {
  return [...code.matchAll(/\bfunction\b|=>\s*\{/g)].flatMap((match) => {
    const open = match[0] === 'function' ? bodyOf(code, match.index) : match.index + match[0].length - 1
    return open < 0 ? [] : [{ start: match.index, end: closing(code, open) }]
  })
}

function ownLines(code: string, span: Span, all: readonly Span[]): number {
  const breaks = ({ start, end }: Span): number => code.slice(start, end).split('\n').length - 1
  const inside = all.filter((one) => one.start > span.start && one.end <= span.end)
  const outermost = inside.filter(
    (one) => !inside.some((other) => other.start < one.start && one.end <= other.end),
  )
  return breaks(span) + 1 - outermost.reduce((sum, one) => sum + breaks(one), 0)
}

/** The brace that opens the body: behind the parameters, and behind a result type that may have braces of its own. */
function bodyOf(code: string, from: number): number {
  const parameters = code.indexOf('(', from)
  if (parameters < 0) return -1
  for (let at = closing(code, parameters); at < code.length; at += 1) {
    const one = code.charAt(at)
    if (one === ';') return -1
    if (one === '<' || one === '(' || one === '[') at = closing(code, at) - 1
    else if (one === '{') {
      if (!/[:|&]$|=>$/.test(code.slice(from, at).trimEnd())) return at
      at = closing(code, at) - 1
    }
  }
  return -1
}

const PAIRS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' }

/** The place behind the bracket that closes the one at `open`. */
function closing(code: string, open: number): number {
  const [left, right] = [code.charAt(open), PAIRS[code.charAt(open)]]
  let depth = 0
  for (let at = open; at < code.length && at >= 0; at += 1) {
    if (code.charAt(at) === left) depth += 1
    else if (code.charAt(at) === right && !(right === '>' && code.charAt(at - 1) === '=')) depth -= 1
    if (depth === 0) return at + 1
  }
  return code.length
}

/**
 * Files of src that nothing leads to. Being imported by its own test does not keep a file alive; the simulated world, the
 * benches and the tests across features do, and so does the list of what is meant to lie there unused.
 */
export function findDeadFiles(sources: readonly Source[], kept: Readonly<Record<string, string>>): Finding[] {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const isRoot = (path: string): boolean =>
    path.startsWith('src/app/') || !path.startsWith('src/') || keptBy(path, kept)
  const reached = new Set(
    sources.map((source) => source.path).filter((path) => isRoot(path) && !isOwnTest(path)),
  )
  for (const path of reached) {
    const source = byPath.get(path)
    for (const one of source === undefined ? [] : importsOf(source))
      if (byPath.has(one.to)) reached.add(one.to)
  }
  return sources
    .filter(({ path }) => path.startsWith('src/') && !isTest(path) && !reached.has(path))
    .map(({ path }) => `${path}:1: nothing leads here from src/app; remove it, or say why in tidy/kept.ts`)
}

function keptBy(path: string, kept: Readonly<Record<string, string>>): boolean {
  return Object.keys(kept).some((one) => path === one || (one.endsWith('/') && path.startsWith(one)))
}

function isOwnTest(path: string): boolean {
  return path.startsWith('src/') && isTest(path)
}

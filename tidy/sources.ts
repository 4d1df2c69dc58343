import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { blank } from './blank.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export type Source = {
  /** From the project's root, with slashes. */
  readonly path: string
  readonly text: string
  /** Without comments. */
  readonly said: string
  /** Without comments and without what stands inside quotes. */
  readonly code: string
}

/** `file:line: what is wrong`, the form that editors can jump to. */
export type Finding = string

export function sourceOf(path: string, text: string): Source {
  return { path, text, said: blank(text, { strings: false }), code: blank(text, { strings: true }) }
}

let loaded: readonly Source[] | null = null

/** All TypeScript of the project, read once. */
export function allSources(): readonly Source[] {
  const rooms = '{src,sim,bench,tests,test-support,tidy,e2e,scripts,console/src}'
  loaded ??= globSync(`${rooms}/**/*.{ts,tsx}`, { cwd: ROOT, exclude: ['**/node_modules/**', '**/*.d.ts'] })
    .sort()
    .map((path) => sourceOf(path, readFileSync(join(ROOT, path), 'utf8')))
  return loaded
}

export function sourcesUnder(...rooms: readonly string[]): Source[] {
  return allSources().filter((source) => rooms.some((room) => source.path.startsWith(`${room}/`)))
}

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /(^|\/)(fixtures|testing)\//.test(path)
}

export function findingAt(source: Source, index: number, words: string): Finding {
  return `${source.path}:${source.text.slice(0, index).split('\n').length}: ${words}`
}

/** Every match of the pattern (with the flag g) in the chosen text becomes a finding. */
export function findAll(source: Source, text: string, pattern: RegExp, words: string): Finding[] {
  return [...text.matchAll(pattern)].map((match) =>
    findingAt(source, match.index, words.replace('$0', match[0].trim())),
  )
}

export type Import = {
  readonly to: string
  readonly index: number
  readonly isPackage: boolean
  readonly isType: boolean
}

const SUBPATHS = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).imports as Record<
  string,
  string
>

/** What a file imports, as paths from the root; packages and `node:` modules by their names. Type imports count. */
export function importsOf(source: Source): Import[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g
  const found = [...source.said.matchAll(pattern)].filter((match) => isCode(source, match.index))
  return found.map((match) => {
    const statement =
      source.said
        .slice(0, match.index)
        .split(/\b(?=import\b|export\b)/)
        .at(-1) ?? ''
    const target = resolveImport(source.path, match[2] ?? '')
    return { ...target, index: match.index, isType: /^(?:import|export)\s+type\b/.test(statement) }
  })
}

/** The keyword itself is blanked when it stands inside a string. */
function isCode(source: Source, index: number): boolean {
  return source.code.charAt(index) !== ' '
}

function resolveImport(from: string, specifier: string): { to: string; isPackage: boolean } {
  if (specifier.startsWith('.')) return { to: normalize(join(dirname(from), specifier)), isPackage: false }
  for (const [name, target] of Object.entries(SUBPATHS)) {
    const prefix = name.replace('*', '')
    if (specifier.startsWith(prefix))
      return { to: normalize(target.replace('*', specifier.slice(prefix.length))), isPackage: false }
  }
  return { to: specifier, isPackage: true }
}

/** Fails with one finding a line. */
export function expectNone(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new Error(`${findings.length} to tidy up\n${findings.join('\n')}`)
}

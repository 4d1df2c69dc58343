import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What one part of the proof did, found and measured; `docs/proof.md` is made of these. */
export type ProofRecord = {
  /** The file's name in `docs/proof/`: "sim", "mutants", "chaos", "failover", "restore", "drills", "drills-left-alone", "scale", "security", "soak". */
  readonly name: string
  /** What a reader runs to see it. */
  readonly command: string
  /** When it began, in UTC with seconds. */
  readonly at: string
  readonly seconds: number
  readonly passed: boolean
  /** What was tried and what came out, in the order in which they are to be read. */
  readonly figures: readonly { readonly what: string; readonly value: string }[]
  /** A table per heading, where figures alone would not tell it. */
  readonly tables?: readonly {
    readonly title: string
    readonly columns: readonly string[]
    readonly rows: readonly (readonly string[])[]
  }[]
  /** Curves over time, drawn as SVG. */
  readonly curves?: readonly {
    readonly title: string
    readonly unit: string
    readonly points: readonly (readonly [seconds: number, value: number])[]
  }[]
}

const FOLDER = fileURLToPath(new URL('../../docs/proof/', import.meta.url))

/** Keeps a part's record in the clone; the page is rendered by `npm run proof -- --render`. */
export function recordProof(record: ProofRecord): string {
  mkdirSync(FOLDER, { recursive: true })
  const path = join(FOLDER, `${record.name}.json`)
  const machine = { node: process.version, cores: availableParallelism() }
  writeFileSync(path, `${JSON.stringify({ ...record, machine }, null, 2)}\n`)
  return path
}

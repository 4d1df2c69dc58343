import type { SimReport } from '../seeded/run.ts'
import { PLANTED } from './mutant.ts'

/** What one run of the simulation came to. */
export type Ran = {
  readonly seed: number
  readonly seconds: number
  /** What it said on its standard output and error. */
  readonly out: string
  readonly err: string
  /** It was ended since it did not come to its end in time. */
  readonly isOverdue: boolean
}

export type Verdict =
  /** The simulation told of it: by an invariant, an error, or a difference of the books. */
  | {
      readonly is: 'caught'
      readonly by: string
      readonly line: string
      readonly seed: number
      readonly step: number | null
    }
  | { readonly is: 'survived'; readonly seeds: readonly number[] }
  /** Its file was never loaded: nothing was tried. */
  | { readonly is: 'unplanted'; readonly seed: number }

/** What a run with a fault in it shows; null where it shows nothing. `ids`: what was planted. */
export function judgeRun(ids: string, ran: Ran): Verdict | null {
  const missing = ids.split('+').filter((id) => !ran.err.includes(`${PLANTED}${id}\n`))
  if (missing.length > 0) return { is: 'unplanted', seed: ran.seed }
  const { seed } = ran
  if (ran.isOverdue) return { is: 'caught', by: 'comes to its end', line: overdue(ran), seed, step: null }
  const report = readReport(ran.out)
  if (report === null) return { is: 'caught', by: 'runs at all', line: lastWords(ran.err), seed, step: null }
  const [first] = report.failures
  if (first === undefined) return null
  return { is: 'caught', by: first.what, line: first.lines[0] ?? '', seed, step: first.step }
}

/** Why a run without any fault is not one to compare with; null: it is. */
export function whyUnsound(ran: Ran): string | null {
  if (ran.isOverdue) return overdue(ran)
  const report = readReport(ran.out)
  if (report === null) return lastWords(ran.err)
  const [first] = report.failures
  return first === undefined ? null : `step ${first.step}: ${first.what}: ${first.lines[0] ?? ''}`
}

/** Why two runs of one seed are not the same; null: they are. */
export function whyUnlike(first: Ran, second: Ran): string | null {
  const why = whyUnsound(second)
  if (why !== null) return `held once, and then ${why}`
  const [a, b] = [readReport(first.out)?.hash, readReport(second.out)?.hash]
  return a === b ? null : `ended as ${a} and then as ${b}`
}

/** The report of `--json`, whatever stood before it; null where there is none. */
export function readReport(out: string): SimReport | null {
  const at = out.startsWith('{') ? 0 : out.lastIndexOf('\n{') + 1
  if (at === 0 && !out.startsWith('{')) return null
  try {
    const found = JSON.parse(out.slice(at)) as Partial<SimReport>
    return Array.isArray(found.failures) ? (found as SimReport) : null
  } catch {
    return null
  }
}

function overdue({ seconds }: Ran): string {
  return `it was still running after ${seconds.toFixed(0)} s`
}

function lastWords(err: string): string {
  const lines = err.split('\n').filter((line) => line.trim() !== '' && !line.startsWith(PLANTED))
  return lines.find((line) => /error/i.test(line))?.trim() ?? lines.at(-1)?.trim() ?? 'it said nothing'
}

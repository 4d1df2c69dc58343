import type { Tried } from './try-mutant.ts'
import type { Verdict } from './verdict.ts'

/** What a record in docs/proof told of each fault. */
type Kept = {
  readonly seconds: number
  readonly figures: readonly { readonly what: string; readonly value: string }[]
  readonly tables?: readonly { readonly title: string; readonly rows: readonly (readonly string[])[] }[]
}
/** Earlier verdicts that stand, and with how many steps and which seeds they were come by. */
export type Earlier = {
  readonly caught: readonly Tried[]
  readonly seconds: number
  readonly seeds: string
  readonly steps: string
}

export const EVERY_FAULT = 'Every fault'
export const SEEDS_TRIED = 'seeds tried until one shows it'
export const STEPS_TRIED = 'steps of each seed'

/** Those of the record that were caught: a fault that one seed showed needs no other. Null where the text is no such record. */
export function earlierOf(text: string): Earlier | null {
  const kept = JSON.parse(text) as Partial<Kept>
  const rows = kept.tables?.find(({ title }) => title === EVERY_FAULT)?.rows
  if (rows === undefined) return null
  const figure = (name: string): string => kept.figures?.find(({ what }) => what === name)?.value ?? ''
  return {
    caught: rows.flatMap((row): Tried[] => {
      const [ids = '', , result, by = '', seed, step, seconds] = row
      if (result !== 'caught') return []
      const verdict: Verdict = {
        is: 'caught',
        by,
        line: '',
        seed: Number(seed),
        step: step === '' || step === undefined ? null : Number(step),
      }
      return [{ ids, verdict, seconds: Number(seconds) }]
    }),
    seconds: kept.seconds ?? 0,
    seeds: figure(SEEDS_TRIED),
    steps: figure(STEPS_TRIED),
  }
}

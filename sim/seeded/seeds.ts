import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Asked = { readonly seed: number; readonly steps: number }

const LARGEST = 4_294_967_295

/** The seeds of sim/seeds.txt, each with the steps that it needs to come to what it once found. */
export function pinnedSeeds(): readonly Asked[] {
  return parseSeeds(readFileSync(fileURLToPath(new URL('../seeds.txt', import.meta.url)), 'utf8'))
}

/** A seed, its steps and what it found in each line; lines that begin otherwise are for people. */
export function parseSeeds(text: string): readonly Asked[] {
  return text.split('\n').flatMap((line) => {
    const [, seed, steps] = /^(\d+) (\d+)/.exec(line) ?? []
    return seed === undefined ? [] : [{ seed: Number(seed), steps: Number(steps) }]
  })
}

/** Seeds that nobody has chosen, 1 to 4294967294. `chance`: in [0, 1), as Math.random. */
export function randomSeeds(count: number, steps: number, chance: () => number): readonly Asked[] {
  return Array.from({ length: count }, () => ({ seed: 1 + Math.floor(chance() * (LARGEST - 1)), steps }))
}

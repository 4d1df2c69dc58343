// What a seeded life is asked for, and what it tells.

export type SimOptions = {
  readonly seed: number
  readonly steps: number
  /** Told of every step in a line. */
  readonly say?: (line: string) => void
  /** Told of every statement and call of the hub, with what was given and what came back. */
  readonly trace?: (line: string) => void
  /** Ends at the first thing that does not hold; true unless given. */
  readonly stopAtFirst?: boolean
  /** The database goes other ways to its answers; the life must be the same. */
  readonly otherPlans?: boolean
  /** Hours of peace at the end; as long as anything is under way, 96 at most, unless given. A shorter end does not compare the books. */
  readonly endHours?: number
}
export type SimFailure = { readonly step: number; readonly what: string; readonly lines: readonly string[] }
export type SimReport = {
  readonly seed: number
  readonly steps: number
  /** Of every step and of the end: equal for equal seeds, on any machine. */
  readonly hash: string
  readonly failures: readonly SimFailure[]
  readonly checks: number
  readonly seconds: number
  readonly counts: Readonly<Record<string, number>>
}

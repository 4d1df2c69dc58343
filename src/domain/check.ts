import type { Words } from './notice.ts'

/** One thing that the doctor looks at. */
export type Check = {
  /** `area.what`, stable. */
  readonly name: string
  readonly title: Words
  readonly run: () => Promise<CheckResult>
}
export type CheckResult = {
  readonly outcome: 'ok' | 'warning' | 'failed'
  /** What is so, with the figures. */
  readonly words: Words
  /** What to do first; null where nothing is to be done. */
  readonly remedy: Words | null
}

import type { Refusal } from '#kernel/result.ts'

/** Carries a refusal out of a file that is being read row by row; turned into a `Result` by whoever opened the file. */
export class UnreadableFile extends Error {
  readonly refusal: Refusal
  constructor(code: string, detail: string) {
    super(detail)
    this.name = 'UnreadableFile'
    this.refusal = { code, detail }
  }
}

/** Thrown when the program contradicts itself. Never caught to go on as if nothing had happened. */
export class Bug extends Error {
  readonly invariant: string
  constructor(invariant: string, detail?: string) {
    super(detail === undefined ? `invariant ${invariant} broken` : `invariant ${invariant} broken: ${detail}`)
    this.name = 'Bug'
    this.invariant = invariant
  }
}

/** Checks an invariant by its id; left on in production, because a wrong order is dearer than a stopped one. */
export function assert(condition: unknown, invariant: string, detail?: string): asserts condition {
  if (!condition) throw new Bug(invariant, detail)
}

/** For the branch that the types say cannot be reached. */
export function unreachable(value: never, invariant: string): never {
  throw new Bug(invariant, `unexpected ${JSON.stringify(value)}`)
}

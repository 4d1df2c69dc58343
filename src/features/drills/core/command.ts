import { type Result, refuse } from '#kernel/result.ts'

/** What is asked of a running drill. */
export type DrillCommand =
  | { readonly what: 'hint' }
  | { readonly what: 'answer'; readonly cause: string }
  | { readonly what: 'act'; readonly action: string }
  | { readonly what: 'speed'; readonly speed: number }
  | { readonly what: 'end' }

export type Person = { readonly kind: string; readonly id: string }

/** Those that only the person who trains may give; an administrator may end anybody's. */
export function mayCommand(
  run: { readonly person: Person; readonly state: string },
  by: Person & { readonly isAdmin: boolean },
  command: DrillCommand,
): Result<null> {
  if (run.state !== 'starting' && run.state !== 'running')
    return refuse('drills.over_conflict', 'this drill is over')
  const isOwn = run.person.kind === by.kind && run.person.id === by.id
  if (!isOwn && !(command.what === 'end' && by.isAdmin))
    return refuse('drills.not_yours_forbidden', 'only the person who trains does that')
  if (run.state === 'starting' && command.what !== 'end')
    return refuse('drills.starting_conflict', 'the sandbox is still being built')
  return { ok: true, value: null }
}

/**
 * Whether one more may begin. In this order: `drills.off` (none may), `drills.running_conflict` (this person has one),
 * `drills.full_conflict` (the hub has as many as it takes).
 */
export function mayStart(open: readonly Person[], by: Person, atOnce: number): Result<null> {
  if (atOnce === 0) return refuse('drills.off', 'drills are switched off here (DRILLS_AT_ONCE)')
  if (open.some((one) => one.kind === by.kind && one.id === by.id))
    return refuse('drills.running_conflict', 'you have a drill running; end it first')
  if (open.length >= atOnce)
    return refuse('drills.full_conflict', `${open.length} drills are running, which is all that fit`, {
      atOnce,
    })
  return { ok: true, value: null }
}

/** Virtual seconds per second: 1 to 120. */
export function isSpeed(speed: number): boolean {
  return Number.isFinite(speed) && speed >= 1 && speed <= 120
}

const SCENARIO_ID = /^[a-z0-9][a-z0-9_-]{1,59}$/

/** A scenario's id is its file's name: lower case letters, digits, `-` and `_`, 2 to 60 characters. */
export function isScenarioId(id: string): boolean {
  return SCENARIO_ID.test(id)
}

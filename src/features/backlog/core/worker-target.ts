// How many batches a process interprets at a time: the standing number, and up to the cap while a lane is too deep (SY9).

export type LaneLoad = { readonly depth: number; readonly alarmDepth: number }
export type WorkerTarget = {
  readonly target: number
  /** Milliseconds of the process's own steady clock since when every lane has been shallow; null while one is not. */
  readonly calmSince: number | null
}
export type WorkerBounds = { readonly floor: number; readonly cap: number }

/** A lane is shallow again below this share of its alarm depth. */
export const CALM_SHARE = 0.4
/** Calm this long before the first worker rests, and as long before each further one. */
export const CALM_MS = 20_000

export function openTarget({ floor }: WorkerBounds): WorkerTarget {
  return { target: floor, calmSince: null }
}

/**
 * Up to the cap at once when any lane is deeper than its alarm depth, down by one for every twenty seconds in which all are
 * shallow, and as it is in between: a depth that swings around the limit changes nothing.
 */
export function nextTarget(
  state: WorkerTarget,
  lanes: readonly LaneLoad[],
  { floor, cap }: WorkerBounds,
  nowMs: number,
): WorkerTarget {
  const most = Math.max(floor, cap)
  const target = Math.min(most, Math.max(floor, state.target))
  if (lanes.some(({ depth, alarmDepth }) => depth > alarmDepth)) return { target: most, calmSince: null }
  if (lanes.some(({ depth, alarmDepth }) => depth > alarmDepth * CALM_SHARE))
    return { target, calmSince: null }
  const calmSince = state.calmSince ?? nowMs
  if (nowMs - calmSince < CALM_MS) return { target, calmSince }
  return { target: Math.max(floor, target - 1), calmSince: nowMs }
}

import type { Instant } from '#kernel/clock.ts'

export type FindsMuch = {
  readonly connection: string
  readonly finds: number
  readonly pushes: number
  readonly percent: number
}
export type Behind = { readonly connection: string; readonly due: number; readonly minutes: number }

/** Fewer finds than this in an hour say nothing: a single lost push is what the poll is for. */
export const FINDS_AT_LEAST = 5
/** How long a question may be due before it counts as not kept up with. */
export const BEHIND_MINUTES = 15

/** Connections whose polls told more than `percentAllowed` of the news first. */
export function decideFindsMuch(
  figures: readonly { readonly connection: string; readonly finds: number; readonly pushes: number }[],
  percentAllowed: number,
): FindsMuch[] {
  return figures.flatMap(({ connection, finds, pushes }) => {
    const percent = finds === 0 ? 0 : Math.floor((finds * 100) / (finds + pushes))
    return finds >= FINDS_AT_LEAST && percent > percentAllowed ? [{ connection, finds, pushes, percent }] : []
  })
}

/** Connections whose oldest due question waits too long. */
export function decideBehind(
  groups: readonly {
    readonly connection: string
    readonly due: number
    readonly oldestDue: Instant | null
  }[],
  now: Instant,
): Behind[] {
  return groups.flatMap(({ connection, due, oldestDue }) => {
    if (oldestDue === null) return []
    const minutes = Math.floor(now.since(oldestDue).total('minutes'))
    return minutes >= BEHIND_MINUTES ? [{ connection, due, minutes }] : []
  })
}

import { type Refused, refuse } from '#kernel/result.ts'

// What a running drill refuses. The sandbox says it, the hub passes it on; one place for the words.

export const noMoreHints = (): Refused => refuse('drills.no_more_hints', 'all hints are open')

export const tooEarly = (): Refused => refuse('drills.too_early', 'nothing has happened yet; watch the hub')

export const unknownCause = (id: string): Refused =>
  refuse('drills.unknown_cause', `there is no cause "${id.slice(0, 60)}"`)

export const unknownAction = (id: string): Refused =>
  refuse('drills.unknown_action', `there is no action "${id.slice(0, 60)}"`)

import type { OutsideFaults } from './crash.ts'
import type { Answer, SimHub } from './hub.ts'
import type { SimWorld } from './world.ts'

// What the acts of the first morning stand on.

export type Stage = {
  readonly world: SimWorld
  /** As it is opened now. */
  readonly hub: () => SimHub
  readonly pass: (minutes: number) => Promise<void>
  /** Letters that are due arrive; answers when each was answered. */
  readonly deliver: () => Promise<void>
  /** The hub works until it finds nothing more; `only`: these pieces alone, each until it finds nothing. Then the promises are looked at. */
  readonly work: (only?: (piece: string) => boolean) => Promise<void>
  /** One piece, once. */
  readonly once: (piece: string) => Promise<void>
  readonly outside: (faults: OutsideFaults) => void
  /** What did not go as it must, besides what the promises show. */
  readonly fail: (words: string) => void
  readonly isOver: () => boolean
}

/** Where the morning's shelf is. */
export const HERE = 'EAST'

export async function call(
  stage: Stage,
  method: Parameters<SimHub['call']>[0],
  path: string,
  body?: unknown,
): Promise<Answer> {
  return await stage.hub().call(method, path, body)
}

/** A call that must be answered so; anything else is told. */
export async function must(
  stage: Stage,
  status: number,
  method: Parameters<SimHub['call']>[0],
  path: string,
  body?: unknown,
): Promise<Answer> {
  const answer = await call(stage, method, path, body)
  if (answer.status !== status)
    stage.fail(`${method} ${path} was answered ${answer.status}, not ${status}: ${answer.text.slice(0, 200)}`)
  return answer
}

export const idOf = (answer: Answer): string => String((answer.body as { id?: unknown } | null)?.id ?? '')

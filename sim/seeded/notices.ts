import { textArray } from '#platform/postgres/arrays.ts'
import type { Database } from '#platform/postgres/database.ts'

// What a NOTIFY tells a hub reaches it between two pieces of its work: when a socket would have brought it is nothing that a seed knows.

export type Notices = {
  /** In place of the hub's own lines, for as long as it lives. */
  readonly listen: Database['listen']
  /** Everything that was committed until now is told, channel by channel, in the order of the commits. */
  readonly tell: () => Promise<void>
  /** Nobody listens any more: the hub died. */
  readonly forget: () => void
  readonly close: () => Promise<void>
}

type Told = { readonly channel: string; readonly payload: string }

const BARRIER = 'holdfast sim '
const WITHIN_MS = 20_000

export function openNotices(db: Database): Notices {
  const lines = new Map<string, () => Promise<void>>()
  let listeners: { readonly channel: string; readonly onNotify: (payload: string) => void }[] = []
  let waiting: Told[] = []
  let barriers = 0
  let missing = new Set<string>()
  let whenThere: (() => void) | null = null
  const hear = (channel: string, payload: string): void => {
    if (!payload.startsWith(BARRIER)) waiting.push({ channel, payload })
    else if (payload === `${BARRIER}${barriers}`) missing.delete(channel)
    if (missing.size === 0) whenThere?.()
  }
  return {
    listen: async (channel, onNotify) => {
      if (!lines.has(channel)) {
        lines.set(channel, async () => undefined)
        lines.set(channel, await db.listen(channel, (payload) => hear(channel, payload)))
      }
      const listener = { channel, onNotify }
      listeners.push(listener)
      return async () => {
        listeners = listeners.filter((one) => one !== listener)
      }
    },
    tell: async () => {
      await arrived()
      const told = waiting.toSorted((a, b) => (a.channel < b.channel ? -1 : a.channel > b.channel ? 1 : 0))
      waiting = []
      for (const { channel, payload } of told)
        for (const listener of listeners.filter((one) => one.channel === channel)) listener.onNotify(payload)
    },
    forget: () => {
      listeners = []
    },
    close: async () => {
      for (const end of lines.values()) await end()
    },
  }

  /** A notice of our own on every channel: what was committed before it comes before it. */
  async function arrived(): Promise<void> {
    const channels = [...lines.keys()]
    if (channels.length === 0) return
    barriers += 1
    missing = new Set(channels)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    whenThere = resolve
    const late = setTimeout(() => reject(new Error('a notice of the simulation did not arrive')), WITHIN_MS)
    try {
      await db`select pg_notify(channel, ${`${BARRIER}${barriers}`}) from unnest(${textArray(channels)}::text[]) as channel`
      await promise
    } finally {
      clearTimeout(late)
      whenThere = null
    }
  }
}

/** Items that wait in lanes and leave in fair shares. */
export type FairQueue<T> = {
  readonly push: (lane: string, item: T) => void
  /** Takes up to `most` items: each lane in turn by its weight, within a lane in the order in which they came. */
  readonly take: (most: number) => T[]
  readonly size: () => number
  readonly sizeOf: (lane: string) => number
}

type Line<T> = {
  readonly lane: string
  items: T[]
  /** Items before it are gone; the array is cut when half of it is. */
  head: number
  /** What the lane may still take in this round. */
  credit: number
}

/**
 * Deficit round robin: in every round a lane with items takes as many as its weight (1 or more). A round that `most` cuts short
 * is gone on with at the next call, so that shares hold over calls too. A lane that ran empty loses what it did not use.
 */
export function openFairQueue<T>(weightOf: (lane: string) => number): FairQueue<T> {
  const lines = new Map<string, Line<T>>()
  /** Lanes with items, the one whose turn it is first. */
  let round: Line<T>[] = []
  let size = 0

  const takeFrom = (line: Line<T>, taken: T[], most: number): void => {
    const count = Math.min(line.credit, line.items.length - line.head, most - taken.length)
    for (let i = 0; i < count; i += 1) taken.push(line.items[line.head + i] as T)
    line.head += count
    line.credit -= count
    if (line.head * 2 > line.items.length) {
      line.items = line.items.slice(line.head)
      line.head = 0
    }
  }
  return {
    push: (lane, item) => {
      let line = lines.get(lane)
      if (line === undefined) {
        line = { lane, items: [], head: 0, credit: 0 }
        lines.set(lane, line)
        round.push(line)
      }
      line.items.push(item)
      size += 1
    },
    take: (most) => {
      const taken: T[] = []
      while (taken.length < most && round.length > 0) {
        const line = round[0] as Line<T>
        if (line.credit < 1) line.credit = Math.max(1, Math.floor(weightOf(line.lane)))
        takeFrom(line, taken, most)
        const empty = line.items.length === line.head
        if (empty) lines.delete(line.lane)
        if (empty) round = round.slice(1)
        else if (line.credit < 1) round = [...round.slice(1), line]
      }
      size -= taken.length
      return taken
    },
    size: () => size,
    sizeOf: (lane) => {
      const line = lines.get(lane)
      return line === undefined ? 0 : line.items.length - line.head
    },
  }
}

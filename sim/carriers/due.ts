/** Things that are due at instants, earliest first; of equal ones the one that was put in first. */
export type DueQueue<T> = {
  readonly put: (at: Temporal.Instant, item: T) => void
  /** The earliest that is due by now, taken out; null: none. */
  readonly take: (now: Temporal.Instant) => T | null
  readonly next: () => Temporal.Instant | null
  readonly size: () => number
}

type Entry<T> = { readonly ns: bigint; readonly serial: number; readonly item: T }

export function dueQueue<T>(): DueQueue<T> {
  const heap: Entry<T>[] = []
  let serial = 0
  return {
    put: (at, item) => {
      serial += 1
      heap.push({ ns: at.epochNanoseconds, serial, item })
      rise(heap, heap.length - 1)
    },
    take: (now) => {
      const first = heap[0]
      if (first === undefined || first.ns > now.epochNanoseconds) return null
      const last = heap.pop()
      if (last !== undefined && heap.length > 0) {
        heap[0] = last
        sink(heap, 0)
      }
      return first.item
    },
    next: () => (heap[0] === undefined ? null : Temporal.Instant.fromEpochNanoseconds(heap[0].ns)),
    size: () => heap.length,
  }
}

function isBefore<T>(one: Entry<T>, other: Entry<T>): boolean {
  return one.ns === other.ns ? one.serial < other.serial : one.ns < other.ns
}

function swap<T>(heap: Entry<T>[], a: number, b: number): void {
  const held = heap[a] as Entry<T>
  heap[a] = heap[b] as Entry<T>
  heap[b] = held
}

function rise<T>(heap: Entry<T>[], from: number): void {
  let at = from
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(heap[at] as Entry<T>, heap[parent] as Entry<T>)) return
    swap(heap, at, parent)
    at = parent
  }
}

function sink<T>(heap: Entry<T>[], from: number): void {
  let at = from
  for (;;) {
    let least = at
    for (const child of [2 * at + 1, 2 * at + 2])
      if (child < heap.length && isBefore(heap[child] as Entry<T>, heap[least] as Entry<T>)) least = child
    if (least === at) return
    swap(heap, at, least)
    at = least
  }
}

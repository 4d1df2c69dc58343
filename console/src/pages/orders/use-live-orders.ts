import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { get, type Query } from '#/api/client.ts'
import { useEventStream } from '#/api/stream.ts'
import type { OrderFilter, OrderRow, Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { epochMs } from '#/lib/time.ts'
import type { Live } from '#/parts/list-view/types.ts'
import type { CursorList } from '#/parts/list-view/use-cursor-list.ts'
import { ORDERS, viewsQuery } from './order-queries.ts'

type OrderEvent = {
  readonly id: string
  readonly orderNo: string
  readonly status: string
  readonly updatedAt: string
}
/** How long events gather before the hub is asked for the rows, and how many numbers go into one question. */
const GATHER_MS = 1_500
const TALLY_MS = 4_000
const BATCH = 100
/** How long a changed row stays marked: long enough to be seen, short enough that a busy list is not all marks. */
const MARK_MS = 20_000

/**
 * Keeps a shown list truthful without moving it: changed rows are read again and replaced in place; orders that arrived
 * since are only counted, and come in when the reader asks.
 */
export function useLiveOrders(list: CursorList<OrderRow>, filter: OrderFilter): Live {
  const { t } = useWording()
  const client = useQueryClient()
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set())
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  const waiting = useRef(new Map<string, OrderEvent>())
  const timer = useRef(0)
  const tallyTimer = useRef(0)
  const shown = useRef({ list, filter })
  useEffect(() => {
    shown.current = { list, filter }
  })
  const filterKey = JSON.stringify(filter)

  const forget = useCallback(() => {
    waiting.current.clear()
    setChanged(new Set())
    setFresh(new Set())
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new filter is a new list, whose marks start empty
  useEffect(forget, [filterKey])

  const flush = useCallback(async () => {
    timer.current = 0
    const events = [...waiting.current.values()].slice(0, BATCH)
    for (const event of events) waiting.current.delete(event.id)
    const { list, filter } = shown.current
    const loaded = new Set(list.rows.map((row) => row.id))
    const known = events.filter((event) => loaded.has(event.id))
    const unknown = events.filter((event) => !loaded.has(event.id))
    if (known.length > 0) {
      const rows = await readRows({}, known).catch(() => [])
      const byId = new Map(rows.map((row) => [row.id, row]))
      const newest = new Map(known.map((event) => [event.id, event]))
      list.patchRows((row) => byId.get(row.id) ?? patched(row, newest.get(row.id)))
      const ids = known.map((event) => event.id)
      setChanged((old) => new Set([...old, ...ids]))
      window.setTimeout(
        () => setChanged((old) => new Set([...old].filter((id) => !ids.includes(id)))),
        MARK_MS,
      )
    }
    if (unknown.length > 0 && filter.q === undefined) {
      const rows = await readRows(filter, unknown).catch(() => [])
      const newer = rows.filter((row) => isNewer(row, shown.current.list.rows[0]))
      if (newer.length > 0) setFresh((old) => new Set([...old, ...newer.map((row) => row.id)]))
    }
    if (waiting.current.size > 0) timer.current = window.setTimeout(flush, GATHER_MS)
  }, [])

  const onOrder = useCallback(
    (data: unknown) => {
      for (const event of (Array.isArray(data) ? data : [data]) as OrderEvent[]) {
        waiting.current.set(event.id, event)
        void client.invalidateQueries({ queryKey: ['order', event.id] })
      }
      if (timer.current === 0) timer.current = window.setTimeout(flush, GATHER_MS)
    },
    [client, flush],
  )
  const onTally = useCallback(() => {
    if (tallyTimer.current !== 0) return
    tallyTimer.current = window.setTimeout(() => {
      tallyTimer.current = 0
      void client.invalidateQueries({ queryKey: viewsQuery.queryKey })
    }, TALLY_MS)
  }, [client])

  useEffect(
    () => () => {
      window.clearTimeout(timer.current)
      window.clearTimeout(tallyTimer.current)
      timer.current = 0
      tallyTimer.current = 0
    },
    [],
  )
  const listeners = useMemo(() => ({ order: onOrder, tally: onTally }), [onOrder, onTally])
  const state = useEventStream(`${ORDERS}/stream`, listeners)
  return {
    state,
    changed,
    newRows: fresh.size,
    newRowsText: t('orders.newPill', { n: fresh.size }),
    onLoadNew: () => {
      forget()
      list.refresh()
    },
  }
}

async function readRows(filter: OrderFilter, events: readonly OrderEvent[]): Promise<readonly OrderRow[]> {
  const q = events.map((event) => event.orderNo).join(' ')
  const page = await get<Page<OrderRow>>(ORDERS, { ...(filter as Query), q, limit: 200 })
  return page.items
}

function patched(row: OrderRow, event: OrderEvent | undefined): OrderRow {
  return event ? { ...row, status: event.status, updatedAt: event.updatedAt } : row
}

/** Only what would stand above the first row is news; the rest lies further down and comes with scrolling. */
function isNewer(row: OrderRow, first: OrderRow | undefined): boolean {
  if (!first) return true
  return row.placedAt !== null && first.placedAt !== null && epochMs(row.placedAt) >= epochMs(first.placedAt)
}

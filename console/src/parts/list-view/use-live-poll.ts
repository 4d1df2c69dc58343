import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { get, type Query } from '#/api/client.ts'
import type { Page } from '#/api/types.ts'
import type { Live } from './types.ts'
import type { CursorList } from './use-cursor-list.ts'

const EVERY_MS = 5_000
/** How long a changed row stays marked. */
const MARK_MS = 12_000
const PAGE_ROWS = 100

type LivePoll<Row> = {
  readonly path: string
  readonly query: Query
  readonly list: CursorList<Row>
  readonly rowKey: (row: Row) => string
  readonly newRowsText: (n: number) => string
}

/**
 * Keeps a newest-first list truthful where the hub has no stream for it: the first page is read again every 5 s, rows that
 * changed are replaced in place, rows that came on top are only counted.
 */
export function useLivePoll<Row>({ path, query, list, rowKey, newRowsText }: LivePoll<Row>): Live {
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set())
  const [newRows, setNewRows] = useState(0)
  const latest = useRef(list)
  useEffect(() => {
    latest.current = list
  })
  const { data, error, isPending } = useQuery({
    queryKey: ['live', path, query],
    queryFn: ({ signal }) => get<Page<Row>>(path, { ...query, limit: PAGE_ROWS }, signal),
    refetchInterval: EVERY_MS,
    staleTime: 0,
    gcTime: 0,
    enabled: list.rows.length > 0 || list.complete,
  })

  useEffect(() => {
    const shown = latest.current
    if (!data || shown.stale || shown.loading) return
    const fresh = new Map(data.items.map((row) => [rowKey(row), row]))
    const loaded = new Map(shown.rows.map((row) => [rowKey(row), row]))
    const differing = [...fresh.keys()].filter((key) => {
      const old = loaded.get(key)
      return old !== undefined && JSON.stringify(old) !== JSON.stringify(fresh.get(key))
    })
    const first = shown.rows[0]
    const at =
      first === undefined ? data.items.length : data.items.findIndex((row) => rowKey(row) === rowKey(first))
    setNewRows(at < 0 ? data.items.length : at)
    if (differing.length === 0) return
    shown.patchRows((row) => fresh.get(rowKey(row)) ?? row)
    setChanged((old) => new Set([...old, ...differing]))
    window.setTimeout(
      () => setChanged((old) => new Set([...old].filter((key) => !differing.includes(key)))),
      MARK_MS,
    )
  }, [data, rowKey])

  return {
    state: error ? 'closed' : isPending ? 'connecting' : 'open',
    changed,
    newRows,
    newRowsText: newRowsText(newRows),
    onLoadNew: () => {
      setNewRows(0)
      list.refresh()
    },
  }
}

import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { get, type Query, queryString, write } from '#/api/client.ts'
import type { Page } from '#/api/types.ts'

const PAGE_ROWS = 100

export type CursorList<Row> = {
  readonly rows: readonly Row[]
  readonly loading: boolean
  readonly loadingMore: boolean
  /** Rows of the previous filter are still shown while the new ones come. */
  readonly stale: boolean
  readonly complete: boolean
  readonly error: unknown
  readonly loadMore: () => void
  /** Starts again from the first page. The only thing that may move rows. */
  readonly refresh: () => void
  readonly patchRows: (patch: (row: Row) => Row) => void
}

type ListOptions = {
  /** Where the same question can be posted when it is too long for a URL. */
  readonly searchPath?: string
  readonly enabled?: boolean
}
/** Longest query string that every proxy lets through. */
const URL_MOST = 3_000

async function readPage<Row>(
  path: string,
  query: Query,
  searchPath: string | undefined,
  signal: AbortSignal,
) {
  if (searchPath && queryString(query).length > URL_MOST)
    return await write<Page<Row>>('POST', searchPath, query)
  return await get<Page<Row>>(path, query, signal)
}

/** A list of the hub, read page by page. It never refetches behind the reader's back: rows stay where they are until asked. */
export function useCursorList<Row>(path: string, query: Query, options: ListOptions = {}): CursorList<Row> {
  const client = useQueryClient()
  const key = useMemo(() => ['list', path, query] as const, [path, query])
  const result = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => {
      const asked = { ...query, limit: PAGE_ROWS, ...(pageParam ? { cursor: pageParam } : {}) }
      return readPage<Row>(path, asked, options.searchPath, signal)
    },
    enabled: options.enabled !== false,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    staleTime: 60_000,
  })
  const { data, hasNextPage, isFetchingNextPage, isFetching, fetchNextPage, isPlaceholderData, refetch } =
    result
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])

  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isPlaceholderData) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage])

  const refresh = useCallback(() => {
    client.setQueryData<InfiniteData<Page<Row>, string | null>>(
      key,
      (old) => old && { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) },
    )
    void refetch()
  }, [client, key, refetch])

  const patchRows = useCallback(
    (patch: (row: Row) => Row) => {
      client.setQueryData<InfiniteData<Page<Row>, string | null>>(
        key,
        (old) =>
          old && { ...old, pages: old.pages.map((page) => ({ ...page, items: page.items.map(patch) })) },
      )
    },
    [client, key],
  )

  return {
    rows,
    loading: (isFetching && !isFetchingNextPage) || options.enabled === false,
    loadingMore: isFetchingNextPage,
    stale: isPlaceholderData,
    complete: data !== undefined && !hasNextPage,
    error: result.error,
    loadMore,
    refresh,
    patchRows,
  }
}

import { queryOptions, useQuery } from '@tanstack/react-query'
import { get } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { Connection, OrderDetail, OrderFilter, Page, View, Views } from '#/api/types.ts'
import type { OrdersSearch } from '#/app/page-searches.ts'

export const ORDERS = '/api/orders'

export const orderQuery = (id: string) =>
  queryOptions({
    queryKey: ['order', id],
    queryFn: ({ signal }) => get<OrderDetail>(`${ORDERS}/${encodeURIComponent(id)}`, {}, signal),
    staleTime: 3_000,
  })

export const viewsQuery = queryOptions({
  queryKey: ['order-views'],
  queryFn: ({ signal }) => get<Views>(`${ORDERS}/views`, {}, signal),
  staleTime: 10_000,
})

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: async ({ signal }) => {
    return (await get<Page<Connection>>('/api/connections', {}, signal)).items
  },
  staleTime: 60_000,
})

export function useConnections(): readonly Connection[] {
  const can = useCan()
  return useQuery({ ...connectionsQuery, enabled: can('connections:read') }).data ?? []
}

/** What the hub is asked for: the URL's filter without the drawers. The hub knows its presets by id; a saved view is its filter. */
export function filterOf(search: OrdersSearch, view: View | undefined): OrderFilter {
  const { order: _order, message: _message, ...filter } = search
  if (view?.group !== 'mine') return filter
  const { view: _view, ...own } = filter
  return { ...(view.filter as OrderFilter), ...own }
}

/** True when anything but view and sorting narrows the list. */
export function isNarrowed(search: OrdersSearch): boolean {
  const { order, message, view, sort, ...filter } = search
  return Object.keys(filter).length > 0
}

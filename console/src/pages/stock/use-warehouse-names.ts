import { useQuery } from '@tanstack/react-query'
import { get } from '#/api/client.ts'
import type { Named } from '#/api/stock-types.ts'

/** Codes and names of all warehouses, for filters and forms. */
export function useWarehouseNames(): readonly Named[] {
  const { data } = useQuery({
    queryKey: ['warehouse-names'],
    queryFn: async ({ signal }) =>
      (await get<{ items: readonly Named[] }>('/api/warehouses', {}, signal)).items,
    staleTime: 60_000,
  })
  return data ?? []
}

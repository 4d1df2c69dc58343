import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { write } from '#/api/client.ts'
import { type Warehouse, warehousesQuery } from '#/api/warehouse-types.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'

export type WarehouseValues = Partial<Omit<Warehouse, 'updatedBy' | 'updatedAt' | 'skus' | 'feeds'>>

export function useWarehouses() {
  return useQuery(warehousesQuery)
}

/** Adds (no code) or changes; the list is read again. */
export function useSaveWarehouse(onDone: () => void) {
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: ({ code, values }: { code: string | null; values: WarehouseValues }) =>
      code === null
        ? write<Warehouse>('POST', '/api/warehouses', values)
        : write<Warehouse>('PATCH', `/api/warehouses/${encodeURIComponent(code)}`, values),
    onError: fail,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: warehousesQuery.queryKey })
      onDone()
    },
  })
}

export function useRemoveWarehouse(onDone: () => void) {
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: (code: string) => write('DELETE', `/api/warehouses/${encodeURIComponent(code)}`),
    onError: fail,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: warehousesQuery.queryKey })
      onDone()
    },
  })
}

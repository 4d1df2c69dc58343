import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { warehousesQuery } from '#/api/warehouse-types.ts'

/** A warehouse's name by its code; the code while names are not there. */
export function useWarehouseName(): (code: string) => string {
  const { data } = useQuery({ ...warehousesQuery, staleTime: 60_000 })
  return useCallback((code) => data?.find((one) => one.code === code)?.name ?? code, [data])
}

export function WarehouseName({ code }: { readonly code: string }) {
  const name = useWarehouseName()
  return <span title={code}>{name(code)}</span>
}

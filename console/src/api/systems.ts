import { queryOptions, useQuery } from '@tanstack/react-query'
import { get } from './client.ts'
import type { Connector, Job } from './intake-types.ts'
import type { Connection, Page } from './types.ts'

/** What the hub can connect to; changes only with its version. */
export const connectorsQuery = queryOptions({
  queryKey: ['connectors'],
  queryFn: async ({ signal }) =>
    (await get<{ items: readonly Connector[] }>('/api/connectors', {}, signal)).items,
  staleTime: Number.POSITIVE_INFINITY,
})

/** What it is connected to. */
export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: async ({ signal }) => (await get<Page<Connection>>('/api/connections', {}, signal)).items,
  staleTime: 60_000,
})

export function useConnectors(): readonly Connector[] {
  return useQuery(connectorsQuery).data ?? []
}

export function useConnections(): readonly Connection[] {
  return useQuery(connectionsQuery).data ?? []
}

const SETTLED: readonly string[] = ['done', 'failed', 'cancelled']

export function isSettled(job: Job | undefined): boolean {
  return job !== undefined && SETTLED.includes(job.state)
}

/** A job, asked for every second until it has ended. */
export function useJob(id: string | null | undefined) {
  return useQuery({
    queryKey: ['job', id],
    queryFn: ({ signal }) => get<Job>(`/api/jobs/${id}`, {}, signal),
    enabled: Boolean(id),
    staleTime: 0,
    refetchInterval: (query) => (isSettled(query.state.data) ? false : 1_000),
  })
}

/** Connectors of warehouses that the hub reads; one that pushes (a print station) tells of no stock. */
export function isStockSource(connector: Connector): boolean {
  return connector.role === 'warehouse' && !connector.capabilities.push
}

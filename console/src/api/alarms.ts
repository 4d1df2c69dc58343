import { queryOptions, useQuery } from '@tanstack/react-query'
import type { AlarmRoute, AlarmRule, AlarmSummary } from './alarm-types.ts'
import { get } from './client.ts'
import { useConnections, useConnectors } from './systems.ts'
import type { Connection } from './types.ts'

export const alarmSummaryQuery = queryOptions({
  queryKey: ['alarms', 'summary'],
  queryFn: ({ signal }) => get<AlarmSummary>('/api/alarms/summary', {}, signal),
  refetchInterval: 5_000,
})

export const alarmRoutesQuery = queryOptions({
  queryKey: ['alarms', 'routes'],
  queryFn: async ({ signal }) =>
    (await get<{ items: readonly AlarmRoute[] }>('/api/alarm-routes', {}, signal)).items,
})

const rulesQuery = queryOptions({
  queryKey: ['alarms', 'rules'],
  queryFn: async ({ signal }) =>
    (await get<{ items: readonly AlarmRule[] }>('/api/runbooks', {}, signal)).items,
  staleTime: Number.POSITIVE_INFINITY,
})

/** Every rule that the hub looks for; changes only with its version. */
export function useAlarmRules(): readonly AlarmRule[] {
  return useQuery(rulesQuery).data ?? []
}

/** Connections that notices can be sent to. */
export function useNotifiers(): readonly Connection[] {
  const kinds = useConnectors().flatMap((one) => (one.role === 'notifier' ? [one.kind] : []))
  return useConnections().filter(({ kind }) => kinds.includes(kind))
}

import { queryOptions } from '@tanstack/react-query'
import { get } from '#/api/client.ts'
import type { CurrentDrill, Drill, DrillScenario, DrillScenarios, DrillStanding } from '#/api/drill-types.ts'

const LIVE_MS = 2_000
const CALM_MS = 10_000

/** One's own running drill, every two seconds as long as there is one. */
export const currentQuery = queryOptions({
  queryKey: ['drills', 'current'],
  queryFn: ({ signal }) => get<CurrentDrill>('/api/drills/current', {}, signal),
  refetchInterval: ({ state }) => (state.data?.drill ? LIVE_MS : CALM_MS),
})

export const scenariosQuery = (rule?: string) =>
  queryOptions({
    queryKey: ['drills', 'scenarios', rule ?? null],
    queryFn: ({ signal }) => get<DrillScenarios>('/api/drills/scenarios', { rule }, signal),
    staleTime: 30_000,
  })

export const standingsQuery = queryOptions({
  queryKey: ['drills', 'standings'],
  queryFn: ({ signal }) => get<{ items: readonly DrillStanding[] }>('/api/drills/statistics', {}, signal),
})

export const drillQuery = (id: string) =>
  queryOptions({
    queryKey: ['drills', 'one', id],
    queryFn: ({ signal }) => get<Drill>(`/api/drills/runs/${id}`, {}, signal),
    refetchInterval: ({ state }) =>
      state.data?.state === 'starting' || state.data?.state === 'running' ? LIVE_MS : false,
  })

export function easiestFirst(items: readonly DrillScenario[]): readonly DrillScenario[] {
  return items.toSorted((one, other) => one.difficulty - other.difficulty)
}

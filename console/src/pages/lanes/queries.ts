import { queryOptions } from '@tanstack/react-query'
import type { Backlog, BacklogHistory, DeadGroup, Lane } from '#/api/backlog-types.ts'
import { get } from '#/api/client.ts'

const EVERY_MS = 3_000

export const backlogQuery = queryOptions({
  queryKey: ['backlog'],
  queryFn: ({ signal }) => get<Backlog>('/api/backlog', {}, signal),
  refetchInterval: EVERY_MS,
})
export const lanesQuery = queryOptions({
  queryKey: ['lanes'],
  queryFn: async ({ signal }) => (await get<{ items: readonly Lane[] }>('/api/lanes', {}, signal)).items,
  refetchInterval: EVERY_MS * 3,
})
export const deadQuery = queryOptions({
  queryKey: ['dead-letters'],
  queryFn: async ({ signal }) =>
    (await get<{ items: readonly DeadGroup[] }>('/api/backlog/dead-letters', {}, signal)).items,
  refetchInterval: EVERY_MS * 2,
})
export const historyQuery = (subject: string, hours: number) =>
  queryOptions({
    queryKey: ['backlog-history', subject, hours],
    queryFn: ({ signal }) => get<BacklogHistory>('/api/backlog/history', { subject, hours }, signal),
    refetchInterval: EVERY_MS * 5,
  })

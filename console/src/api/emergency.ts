import { queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'
import type { EmergencyLevel, EmergencyState } from './emergency-types.ts'

/** The level of the process behind this page, from its memory: cheap enough for every page to ask. */
export const levelQuery = queryOptions({
  queryKey: ['emergency-level'],
  queryFn: ({ signal }) => get<EmergencyLevel>('/api/emergency/level', {}, signal),
  refetchInterval: 5_000,
  retry: false,
})

export const emergencyQuery = queryOptions({
  queryKey: ['emergency'],
  queryFn: ({ signal }) => get<EmergencyState>('/api/emergency', {}, signal),
  refetchInterval: 3_000,
})

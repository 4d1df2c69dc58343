import { useQuery } from '@tanstack/react-query'
import { get } from '#/api/client.ts'
import { POLLS, type Polls } from '#/api/poll-types.ts'

export const POLLS_KEY = ['polls'] as const

export function usePolls() {
  return useQuery({
    queryKey: POLLS_KEY,
    queryFn: ({ signal }) => get<Polls>(POLLS, {}, signal),
    refetchInterval: 5_000,
  })
}

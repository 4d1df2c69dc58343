import { useQuery, useQueryClient } from '@tanstack/react-query'
import { get } from '#/api/client.ts'
import type { DryRun, RuleCase, RuleSet, RuleVersion } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import type { Page } from '#/api/types.ts'

/** What one looks at changes within moments: by other people, by guards, by the clock. */
const LIVE_MS = 2_000

export const setKey = (id: string) => ['rule-set', id] as const

/** The set as it stands, asked for every two seconds. */
export function useRuleSet(id: string) {
  return useQuery({
    queryKey: setKey(id),
    queryFn: ({ signal }) => get<RuleSet>(`${RULES}/sets/${id}`, {}, signal),
    refetchInterval: LIVE_MS,
    staleTime: 0,
  })
}

/** A version with its model. What is published never changes again; a draft is read afresh whenever its revision is another one. */
export function useRuleVersion(id: string | undefined, revision?: number | undefined) {
  return useQuery({
    queryKey: ['rule-version', id, revision ?? null],
    queryFn: ({ signal }) => get<RuleVersion>(`${RULES}/versions/${id}`, {}, signal),
    enabled: id !== undefined,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  })
}

export function useCases(setId: string) {
  return useQuery({
    queryKey: ['rule-cases', setId],
    queryFn: ({ signal }) => get<{ items: readonly RuleCase[] }>(`${RULES}/sets/${setId}/cases`, {}, signal),
    staleTime: 5_000,
  })
}

/** Dry runs of the set, newest first; asked for every second while one is under way. */
export function useDryRuns(setId: string) {
  return useQuery({
    queryKey: ['rule-dry-runs', setId],
    queryFn: ({ signal }) => get<Page<DryRun>>(`${RULES}/sets/${setId}/dry-runs`, {}, signal),
    refetchInterval: (query) => (query.state.data?.items.some(isUnderWay) ? 1_000 : 10_000),
    staleTime: 0,
  })
}

export function isUnderWay(run: DryRun): boolean {
  return run.state === 'queued' || run.state === 'running'
}

/** Everything about one set is asked for again, at once. */
export function useRefreshSet(id: string): () => void {
  const client = useQueryClient()
  return () => {
    void client.invalidateQueries({ queryKey: setKey(id) })
    for (const name of ['rule-versions', 'rule-cases', 'rule-dry-runs', 'rule-guards', 'rule-events'])
      void client.invalidateQueries({ queryKey: [name, id] })
  }
}

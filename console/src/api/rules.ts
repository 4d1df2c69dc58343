import { queryOptions, useQuery } from '@tanstack/react-query'
import { get } from './client.ts'
import type { DecisionDetail, RuleKind, RuleVersion } from './rule-types.ts'

export const RULES = '/api/rules'
export const DECISIONS = '/api/decisions'

/** The kinds of rules that this hub knows; they change with its version only. */
const kindsQuery = queryOptions({
  queryKey: ['rule-kinds'],
  queryFn: ({ signal }) => get<{ kinds: readonly RuleKind[] }>(`${RULES}/kinds`, {}, signal),
  staleTime: 600_000,
})

export function useRuleKinds() {
  return useQuery(kindsQuery)
}

export function useRuleKind(kind: string | undefined): RuleKind | undefined {
  return useQuery(kindsQuery).data?.kinds.find((one) => one.kind === kind)
}

/** A decision that was kept never changes. */
export function useDecision(id: string | undefined) {
  return useQuery({
    queryKey: ['decision', id],
    queryFn: ({ signal }) => get<DecisionDetail>(`${DECISIONS}/${id}`, {}, signal),
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** The model of a version that decided: it was published, so its content never changes either. */
export function useDecidingVersion(versionId: string | undefined) {
  return useQuery({
    queryKey: ['rule-version', versionId, 'published'],
    queryFn: ({ signal }) => get<RuleVersion>(`${RULES}/versions/${versionId}`, {}, signal),
    enabled: versionId !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

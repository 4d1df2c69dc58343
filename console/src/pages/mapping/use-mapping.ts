import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { get, write } from '#/api/client.ts'
import type { Fact, Mapping, MappingVersion, Rules } from '#/api/intake-types.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { fallbackOf, type RuleBook, withRule } from './rules.ts'

export type Scope = { readonly kind: string; readonly connection: string | undefined }

export const mappingKey = ({ kind, connection }: Scope) => ['mapping', kind, connection ?? null]
const pathOf = (kind: string) => `/api/mapping/${encodeURIComponent(kind)}`

export function useMapping(scope: Scope) {
  const { kind, connection } = scope
  return useQuery({
    queryKey: mappingKey(scope),
    queryFn: ({ signal }) => get<Mapping>(pathOf(kind), { connection }, signal),
    enabled: kind !== '',
  })
}

/** The rule book of a scope; a connection's stands on its kind's. */
export function useRuleBook(scope: Scope, draft: MappingVersion | undefined): RuleBook | null {
  const own = useMapping(scope).data
  const kind = useMapping({ kind: scope.kind, connection: undefined }).data
  if (!own || !kind) return null
  return {
    defaults: own.defaults,
    kindLive: scope.connection ? (kind.live?.rules ?? {}) : {},
    live: own.live?.rules ?? {},
    draft: draft?.rules ?? null,
  }
}

/** Puts one code's reading into the open draft, or into a new one that starts from what is live. One after another, none lost. */
export function useDecide(scope: Scope, draftId: string | undefined) {
  const client = useQueryClient()
  const navigate = useNavigate({ from: '/mapping' })
  const fail = useProblemToast()
  return useMutation({
    scope: { id: 'mapping-draft' },
    mutationFn: async ({ code, fact }: { code: string; fact: Fact | null }) => {
      const own = client.getQueryData<Mapping>(mappingKey(scope))
      const kind = client.getQueryData<Mapping>(mappingKey({ kind: scope.kind, connection: undefined }))
      if (!own) throw new Error('decided before the mapping was read')
      const draft = own.drafts.find((one) => one.id === draftId) ?? own.drafts[0]
      const kindLive: Rules = scope.connection ? (kind?.live?.rules ?? {}) : {}
      const before = draft?.rules ?? own.live?.rules ?? {}
      const rules = withRule(before, code, fact, fallbackOf({ defaults: own.defaults, kindLive }))
      return draft
        ? await write<MappingVersion>('PATCH', `/api/mapping/drafts/${draft.id}`, { rules })
        : await write<MappingVersion>('POST', `${pathOf(scope.kind)}/drafts`, {
            connectionId: scope.connection ?? null,
            rules,
            note: '',
          })
    },
    onError: fail,
    onSuccess: (draft) => {
      client.setQueryData<Mapping>(mappingKey(scope), (old) => {
        if (!old) return old
        const others = old.drafts.filter((one) => one.id !== draft.id)
        return { ...old, drafts: [draft, ...others].toSorted((a, b) => b.version - a.version) }
      })
      if (draftId !== draft.id)
        void navigate({ search: (previous) => ({ ...previous, draft: draft.id }), replace: true })
    },
  })
}

/** Everything of a scope is read again: after publishing, rolling back, discarding. */
export function useRefreshMapping(): () => void {
  const client = useQueryClient()
  return () => {
    void client.invalidateQueries({ queryKey: ['mapping'] })
    void client.invalidateQueries({ queryKey: ['parked'] })
  }
}

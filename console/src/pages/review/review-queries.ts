import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { get, type Query, write } from '#/api/client.ts'
import type {
  Assignee,
  ReviewCase,
  ReviewCaseDetail,
  ReviewChanged,
  ReviewSummary,
} from '#/api/review-types.ts'
import { useCan } from '#/api/session.ts'
import type { Page } from '#/api/types.ts'
import type { ReviewFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

export const REVIEW = '/api/review'

export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: ['review-case', id],
    queryFn: ({ signal }) => get<ReviewCaseDetail>(`${REVIEW}/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: 10_000,
  })

export const summaryQuery = queryOptions({
  queryKey: ['review-summary'],
  queryFn: ({ signal }) => get<ReviewSummary>(`${REVIEW}/summary`, {}, signal),
  refetchInterval: 5_000,
})

export function useAssignees(): readonly Assignee[] {
  const { data } = useQuery({
    queryKey: ['review-assignees'],
    queryFn: ({ signal }) => get<{ items: readonly Assignee[] }>(`${REVIEW}/assignees`, {}, signal),
    staleTime: 60_000,
  })
  return data?.items ?? []
}

/** Unresolved cases of one order; none for whoever may not see them. */
export function useOrderCases(orderId: string): readonly ReviewCase[] {
  const can = useCan()
  const { data } = useQuery({
    queryKey: ['review-of-order', orderId],
    queryFn: ({ signal }) =>
      get<Page<ReviewCase>>(REVIEW, { order: orderId, state: ['open', 'snoozed'] } as Query, signal),
    enabled: can('review:read'),
    staleTime: 5_000,
  })
  return data?.items ?? []
}

/** Which cases a change is for: ids with the revisions that were seen, or everything that a filter holds. */
export type Target =
  | { readonly ids: readonly string[]; readonly revisions: readonly number[] }
  | { readonly filter: ReviewFilter }

export type ChangePath = 'assign' | 'snooze' | 'resolve' | 'reopen' | 'note'

/** Sends a change and says how many it touched. */
export function useChange(onDone: () => void) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: ({ path, target, body }: { path: ChangePath; target: Target; body: object }) =>
      write<ReviewChanged>('POST', `${REVIEW}/${path}`, { ...target, ...body }),
    onError: (error) => {
      fail(error)
      void client.invalidateQueries({ queryKey: ['review-case'] })
    },
    onSuccess: ({ changed, skippedTotal, jobId }) => {
      if (jobId !== null) void message.info(t('review.queued', { id: jobId }))
      else if (changed === 0) void message.info(t('review.changedNone'))
      else if (skippedTotal > 0)
        void message.warning(t('review.changedSome', { n: changed, m: skippedTotal }))
      else void message.success(t('review.changed', { n: changed }))
      for (const queryKey of [['review-case'], ['review-summary'], ['review-of-order']])
        void client.invalidateQueries({ queryKey })
      onDone()
    },
  })
}

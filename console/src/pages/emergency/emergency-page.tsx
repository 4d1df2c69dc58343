import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { App, Button, Skeleton, Tooltip } from 'antd'
import { write } from '#/api/client.ts'
import { emergencyQuery } from '#/api/emergency.ts'
import type { EmergencyLevel } from '#/api/emergency-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/emergency.css'
import { EmergencyOverview } from './emergency-overview.tsx'
import { ReceiptsList } from './receipts-list.tsx'

const TABS = [undefined, 'conflicts', 'receipts'] as const

/** What the hub does without its database: the level now, what waits on the local disk, and what became of it. */
export function EmergencyPage() {
  const { t } = useWording()
  const can = useCan()
  const { tab } = useSearch({ from: '/shell/emergency' })
  const state = useQuery(emergencyQuery)
  return (
    <div className={`hf-page ${tab === undefined ? '' : 'hf-page-list'}`}>
      <PageHeader title={t('emergency.title')} lead={t('emergency.lead')}>
        {can('messages:replay') ? <MergeButton /> : null}
      </PageHeader>
      <Tabs active={tab} conflicts={state.data?.openConflicts ?? null} />
      {state.error && !state.data ? (
        <ProblemNotice error={state.error} onRetry={() => void state.refetch()} />
      ) : null}
      {tab === undefined ? (
        state.data ? (
          <EmergencyOverview state={state.data} />
        ) : (
          <Skeleton active />
        )
      ) : (
        <ReceiptsList key={tab} conflicts={tab === 'conflicts'} />
      )}
    </div>
  )
}

function Tabs({
  active,
  conflicts,
}: {
  readonly active: string | undefined
  readonly conflicts: number | null
}) {
  const { t, count } = useWording()
  return (
    <nav className="hf-views" aria-label={t('emergency.title')}>
      <ul className="hf-views-flat">
        {TABS.map((tab) => (
          <li key={tab ?? 'overview'}>
            <Link
              from="/emergency"
              to="/emergency"
              search={tab === undefined ? {} : { tab }}
              preload={false}
              className="hf-view"
              activeProps={{}}
              aria-current={tab === active ? 'page' : undefined}
            >
              {t(`emergency.tab.${tab ?? 'overview'}`)}
              {tab === 'conflicts' && conflicts !== null ? (
                <span className={`hf-view-count ${conflicts > 0 ? 'hf-view-urgent' : ''}`}>
                  {count(conflicts)}
                </span>
              ) : null}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function MergeButton() {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const merge = useMutation({
    mutationFn: () => write<EmergencyLevel>('POST', '/api/emergency/merge'),
    onError: fail,
    onSuccess: () => void message.success(t('emergency.merged')),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['emergency'] })
      void client.invalidateQueries({ queryKey: ['emergency-level'] })
    },
  })
  return (
    <Tooltip title={t('emergency.mergeHint')} placement="bottomRight">
      <Button type="primary" loading={merge.isPending} onClick={() => merge.mutate()}>
        {t('emergency.merge')}
      </Button>
    </Tooltip>
  )
}

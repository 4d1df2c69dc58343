import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Skeleton, Tabs } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useCan } from '#/api/session.ts'
import type { DrillsPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/alarms.css'
import '#/styles/drills.css'
import '#/styles/lanes.css'
import { DebriefView } from './debrief-view.tsx'
import { HistoryList } from './history-list.tsx'
import { LivePanel } from './live-panel.tsx'
import { OwnScenarioDialog } from './own-scenario-dialog.tsx'
import { currentQuery } from './queries.ts'
import { ScenarioCards } from './scenario-cards.tsx'
import { StandingTable } from './standing-table.tsx'

const TABS = ['scenarios', 'history', 'standings'] as const
export type DrillsChange = { [K in keyof DrillsPlace]?: DrillsPlace[K] | undefined }

/** 演练: incidents to train on, the drill that runs, its debrief, and how everybody gets on. */
export function DrillsPage() {
  const { t } = useWording()
  const search = useSearch({ from: '/shell/drills' })
  const navigate = useNavigate({ from: '/drills' })
  const client = useQueryClient()
  const may = useCan()('drills:run')
  const [uploading, setUploading] = useState<{ id: string | null } | null>(null)
  const { data, error, refetch } = useQuery(currentQuery)
  const change = (part: DrillsChange): void =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as DrillsPlace })
  const own = data?.drill ?? null

  // A drill that ends, by itself or by hand, leads to its debrief.
  const running = useRef<string | null>(null)
  useEffect(() => {
    const before = running.current
    running.current = own?.id ?? null
    if (before === null || own !== null || data === undefined) return
    void client.invalidateQueries({ queryKey: ['drills'] })
    void navigate({ search: { open: before } })
  }, [own, data, client, navigate])

  const tab = TABS.find((one) => one === search.tab) ?? 'scenarios'
  if (search.open !== undefined)
    return <DebriefView id={search.open} onBack={() => change({ open: undefined })} />
  return (
    <div className="hf-page">
      <PageHeader title={t('drills.title')} lead={t('drills.lead')}>
        {may && own === null ? (
          <Button onClick={() => setUploading({ id: null })}>{t('drills.addOwn')}</Button>
        ) : null}
      </PageHeader>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {own ? <LivePanel drill={own} /> : null}
      {data && own === null ? (
        <>
          <Tabs
            className="hf-alarm-tabs"
            activeKey={tab}
            onChange={(key) => change({ tab: key === 'scenarios' ? undefined : key })}
            items={TABS.map((key) => ({ key, label: t(`drills.tab.${key}`) }))}
          />
          {tab === 'scenarios' ? (
            <ScenarioCards
              place={search}
              others={data.others}
              onChange={change}
              onEdit={(id) => setUploading({ id })}
            />
          ) : null}
          {tab === 'history' ? <HistoryList onOpen={(id) => change({ open: id })} /> : null}
          {tab === 'standings' ? <StandingTable /> : null}
        </>
      ) : null}
      {uploading ? <OwnScenarioDialog id={uploading.id} onClose={() => setUploading(null)} /> : null}
    </div>
  )
}

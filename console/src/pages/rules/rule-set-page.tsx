import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Skeleton, Tabs } from 'antd'
import { useState } from 'react'
import { useRuleKind } from '#/api/rules.ts'
import { RULE_SET_TABS, type RuleSetPlace } from '#/app/rule-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import '#/styles/intake.css'
import '#/styles/rulebook.css'
import { CanvasTab } from './canvas-tab.tsx'
import { CasesTab } from './cases-tab.tsx'
import { DryRunsTab } from './dry-runs-tab.tsx'
import { HistoryTab } from './history-tab.tsx'
import { ReleaseBar } from './release-bar.tsx'
import { ReleaseTab } from './release-tab.tsx'
import { useRuleSet } from './rule-queries.ts'
import { SetHead } from './set-head.tsx'
import { VersionsTab } from './versions-tab.tsx'

export type ChangePlace = (part: { [K in keyof RuleSetPlace]?: RuleSetPlace[K] | undefined }) => void

/** One rule set: written, checked, tried, published to some, watched, taken back. All of it from here. */
export function RuleSetPage() {
  const { t } = useWording()
  const { setId } = useParams({ from: '/shell/rules/$setId' })
  const search = useSearch({ from: '/shell/rules/$setId' })
  const navigate = useNavigate({ from: '/rules/$setId' })
  const { data: set, error, refetch } = useRuleSet(setId)
  const kind = useRuleKind(set?.kind)
  // While a draft is being saved nobody may check or publish what the hub does not have yet.
  const [unsaved, setUnsaved] = useState(false)
  const change: ChangePlace = (part) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as RuleSetPlace, replace: true })
  const open = (tab: string) => void navigate({ search: { tab } as RuleSetPlace })
  if (error && !set)
    return (
      <div className="hf-page">
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      </div>
    )
  if (!set || !kind)
    return (
      <div className="hf-page">
        <Skeleton active paragraph={{ rows: 12 }} />
      </div>
    )
  // An address from elsewhere may name a tab that is none.
  const tab = RULE_SET_TABS.find((one) => one === search.tab) ?? 'canvas'
  return (
    <div className="hf-page hf-set">
      <SetHead set={set} kind={kind} onDraft={(version) => change({ tab: 'canvas', version })} />
      {set.draft ? (
        <ReleaseBar
          set={set}
          draft={set.draft}
          kind={kind}
          unsaved={unsaved}
          onTab={(next) => change({ tab: next, version: undefined, decision: undefined })}
        />
      ) : null}
      <Tabs
        className="hf-set-tabs"
        activeKey={tab}
        onChange={open}
        items={RULE_SET_TABS.map((key) => ({ key, label: t(`rules.tab.${key}`) }))}
      />
      <div className="hf-set-body">
        {tab === 'canvas' ? (
          <CanvasTab set={set} kind={kind} place={search} onPlace={change} onUnsaved={setUnsaved} />
        ) : null}
        {tab === 'versions' ? <VersionsTab set={set} kind={kind} place={search} onPlace={change} /> : null}
        {tab === 'release' ? <ReleaseTab set={set} kind={kind} /> : null}
        {tab === 'dry-runs' ? <DryRunsTab set={set} /> : null}
        {tab === 'cases' ? <CasesTab set={set} kind={kind} /> : null}
        {tab === 'history' ? <HistoryTab set={set} /> : null}
      </div>
    </div>
  )
}

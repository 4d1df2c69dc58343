import { ExperimentOutlined } from '@ant-design/icons'
import { Button, InputNumber, Select, Skeleton, Space } from 'antd'
import { useState } from 'react'
import type { DryRun, RuleSet } from '#/api/rule-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section, TeachingEmpty } from '#/parts/small.tsx'
import { DryRunCard } from './dry-run-card.tsx'
import { useDryRuns } from './rule-queries.ts'
import { useSetAction } from './set-actions.tsx'

/** What a version would have made of the last days' orders, against what decides now; started, watched, read and accepted here. */
export function DryRunsTab({ set }: { readonly set: RuleSet }) {
  const { t } = useWording()
  const can = useCan()('rules:write')
  const runs = useDryRuns(set.id)
  const [open, setOpen] = useState<string | null>(null)
  const versions = [set.draft, set.gray, set.live].filter((one) => one !== null)
  if (runs.error && !runs.data)
    return <ProblemNotice error={runs.error} onRetry={() => void runs.refetch()} />
  if (!runs.data) return <Skeleton active paragraph={{ rows: 6 }} />
  const rows = runs.data.items
  const shown = rows.find((one) => one.id === open) ?? rows[0]
  return (
    <>
      {can && versions.length > 0 ? <StartRun set={set} /> : null}
      {rows.length === 0 ? (
        <TeachingEmpty
          icon={<ExperimentOutlined />}
          title={t('rules.noDryRun.title')}
          hint={t('rules.noDryRun.hint')}
        />
      ) : null}
      {rows.length > 1 ? (
        <div className="hf-compare-bar">
          <span className="hf-faint">{t('rules.earlierRuns')}</span>
          <Select
            aria-label={t('rules.earlierRuns')}
            value={shown?.id ?? null}
            onChange={setOpen}
            popupMatchSelectWidth={false}
            options={rows.map((run) => ({ value: run.id, label: runName(run, t) }))}
          />
        </div>
      ) : null}
      {shown ? <DryRunCard key={shown.id} set={set} run={shown} /> : null}
    </>
  )
}

function runName(run: DryRun, t: ReturnType<typeof useWording>['t']): string {
  return `v${run.versionNumber} · ${run.from.slice(0, 10)} – ${run.to.slice(0, 10)} · ${t('rules.changedN', { n: run.changed })}`
}

function StartRun({ set }: { readonly set: RuleSet }) {
  const { t, word } = useWording()
  const versions = [set.draft, set.gray, set.live].filter((one) => one !== null)
  const [days, setDays] = useState(7)
  const [version, setVersion] = useState(versions[0]?.id)
  const action = useSetAction<{ dryRun: DryRun }>(set.id, t('rules.dryRunStarted'))
  const chosen = versions.find((one) => one.id === version) ?? versions[0]
  if (!chosen) return null
  return (
    <Section title={t('rules.startRun')}>
      <Space wrap>
        <Select
          aria-label={t('rules.version')}
          value={chosen.id}
          onChange={setVersion}
          options={versions.map((one) => ({
            value: one.id,
            label: `v${one.number} · ${word('ruleState', one.state)}`,
          }))}
        />
        <span className="hf-faint">
          {set.live ? t('rules.againstLive', { n: set.live.number }) : t('rules.againstNothing')}
        </span>
        <InputNumber
          min={1}
          max={90}
          precision={0}
          value={days}
          onChange={(n) => setDays(n ?? 7)}
          suffix={t('rules.days')}
          aria-label={t('rules.runDays')}
        />
        <Button
          type="primary"
          loading={action.isPending}
          onClick={() =>
            action.mutate({
              path: `/versions/${chosen.id}/dry-runs`,
              body: { days, againstVersionId: null },
            })
          }
        >
          {t('rules.startRunNow')}
        </Button>
      </Space>
      <p className="hf-faint">{t('rules.dryRunHint')}</p>
    </Section>
  )
}

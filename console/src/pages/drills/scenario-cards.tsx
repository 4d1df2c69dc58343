import { ExperimentOutlined, MoreOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Dropdown, Skeleton } from 'antd'
import { write } from '#/api/client.ts'
import type { DrillScenario, DrillSummary } from '#/api/drill-types.ts'
import { useCan } from '#/api/session.ts'
import type { DrillsPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Section, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { DrillsChange } from './drills-page.tsx'
import { easiestFirst, scenariosQuery } from './queries.ts'
import { StartDialog } from './start-dialog.tsx'

/** What can be trained, a card each; and who trains now. */
export function ScenarioCards({
  place,
  others,
  onChange,
  onEdit,
}: {
  readonly place: DrillsPlace
  readonly others: readonly DrillSummary[]
  readonly onChange: (change: DrillsChange) => void
  readonly onEdit: (id: string) => void
}) {
  const { t } = useWording()
  const { rule, start } = place
  const { data, error, refetch } = useQuery(scenariosQuery(rule))
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active paragraph={{ rows: 6 }} />
  if (data.atOnce === 0)
    return <TeachingEmpty icon={<ExperimentOutlined />} title={t('drills.off')} hint={t('drills.offHint')} />
  const showAll = (
    <Button type="link" onClick={() => onChange({ rule: undefined })}>
      {t('drills.all')}
    </Button>
  )
  const chosen = data.items.find((one) => one.id === start)
  return (
    <>
      {others.length > 0 ? <Others drills={others} /> : null}
      {rule !== undefined && data.items.length > 0 ? (
        <p className="hf-drill-filter">
          {t('drills.forRule', { rule })} {showAll}
        </p>
      ) : null}
      {data.items.length === 0 ? (
        <TeachingEmpty icon={<ExperimentOutlined />} title={t('drills.none')} hint={t('drills.noneHint')}>
          {showAll}
        </TeachingEmpty>
      ) : (
        <ul className="hf-drill-cards">
          {easiestFirst(data.items).map((scenario) => (
            <li key={scenario.id}>
              <Card
                scenario={scenario}
                onStart={() => onChange({ start: scenario.id })}
                onEdit={() => onEdit(scenario.id)}
              />
            </li>
          ))}
        </ul>
      )}
      {chosen ? <StartDialog scenario={chosen} onClose={() => onChange({ start: undefined })} /> : null}
    </>
  )
}

const DIFFICULTY_TONE = { 1: 'good', 2: 'wait', 3: 'bad' } as const
type Level = keyof typeof DIFFICULTY_TONE

function levelOf(difficulty: number): Level {
  return difficulty <= 1 ? 1 : difficulty === 2 ? 2 : 3
}

function Card({
  scenario,
  onStart,
  onEdit,
}: {
  readonly scenario: DrillScenario
  readonly onStart: () => void
  readonly onEdit: () => void
}) {
  const { t, pick, duration } = useWording()
  const may = useCan()('drills:run')
  const { mine, record } = scenario
  const level = levelOf(scenario.difficulty)
  return (
    <article className="hf-drill-card" aria-label={pick(scenario.title)}>
      <header>
        <h3>{pick(scenario.title)}</h3>
        {scenario.source !== 'built_in' && may ? <OwnMenu scenario={scenario} onEdit={onEdit} /> : null}
      </header>
      <p>{pick(scenario.story)}</p>
      <div className="hf-drill-meta">
        <Tag tone={DIFFICULTY_TONE[level]} title={t('drills.difficulty', { n: level })}>
          {t(`drills.difficulty.${level}`)}
        </Tag>
        {scenario.source === 'built_in' ? null : (
          <Tag tone="neutral">{t(`drills.source.${scenario.source}`)}</Tag>
        )}
        <span className="hf-faint">{duration(scenario.minutes * 60)}</span>
        <span className="hf-faint">{t('drills.hintsN', { n: scenario.hints })}</span>
      </div>
      <footer>
        <span className="hf-drill-best">
          {mine ? <b>{t('drills.best', { n: mine.best })}</b> : <span>{t('drills.notYet')}</span>}
          {record ? (
            <span className="hf-faint">{t('drills.bestOf', { n: record.points, name: record.name })}</span>
          ) : null}
        </span>
        {may ? (
          <Button type={mine ? 'default' : 'primary'} onClick={onStart}>
            {t(mine ? 'drills.again' : 'drills.begin')}
          </Button>
        ) : null}
      </footer>
    </article>
  )
}

function OwnMenu({ scenario, onEdit }: { readonly scenario: DrillScenario; readonly onEdit: () => void }) {
  const { t } = useWording()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const remove = useMutation({
    mutationFn: () => write('DELETE', `/api/drills/scenarios/${scenario.id}`),
    onError: fail,
    onSuccess: () => {
      void message.success(t('drills.deleted'))
      void client.invalidateQueries({ queryKey: ['drills', 'scenarios'] })
    },
  })
  const ask = () =>
    void modal.confirm({
      title: t('drills.deleteSure'),
      okText: t('drills.delete'),
      okButtonProps: { danger: true },
      cancelText: t('common.cancel'),
      onOk: () => remove.mutateAsync(),
    })
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'edit', label: t('drills.edit'), onClick: onEdit },
          { key: 'delete', label: t('drills.delete'), danger: true, onClick: ask },
        ],
      }}
    >
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t('drills.more')} />
    </Dropdown>
  )
}

function Others({ drills }: { readonly drills: readonly DrillSummary[] }) {
  const { t, pick } = useWording()
  const isAdmin = useCan()('admin')
  const client = useQueryClient()
  const fail = useProblemToast()
  const end = useMutation({
    mutationFn: (id: string) => write('POST', `/api/drills/runs/${id}/end`),
    onError: fail,
    onSettled: () => void client.invalidateQueries({ queryKey: ['drills'] }),
  })
  return (
    <Section title={t('drills.others')}>
      <ul className="hf-drill-others">
        {drills.map((one) => (
          <li key={one.id}>
            <span>{t('drills.othersLine', { name: one.person.name, title: pick(one.title) })}</span>
            {isAdmin ? (
              <Button size="small" loading={end.isPending} onClick={() => end.mutate(one.id)}>
                {t('drills.endTheirs')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </Section>
  )
}

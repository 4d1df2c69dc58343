import { ArrowLeftOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Drawer, Skeleton } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import type { Drill } from '#/api/drill-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { CardText } from '#/pages/alarms/card-text.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Facts, PageHeader, Section, TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { Moments } from './moments.tsx'
import { drillQuery } from './queries.ts'
import { ScoreRings } from './score-rings.tsx'
import { TimeAxis } from './time-axis.tsx'
import { tipsFor } from './tips.ts'

/** After the end: how it went, what it was, and what would have been quicker. */
export function DebriefView({ id, onBack }: { readonly id: string; readonly onBack: () => void }) {
  const { t, pick } = useWording()
  const { data, error, refetch } = useQuery(drillQuery(id))
  return (
    <div className="hf-page">
      <PageHeader
        title={data ? `${t('drills.debrief')} · ${pick(data.title)}` : t('drills.debrief')}
        lead={data ? <Lead drill={data} /> : null}
      >
        <Button icon={<ArrowLeftOutlined />} onClick={onBack}>
          {t('drills.backToScenarios')}
        </Button>
        {data ? <AgainButton drill={data} /> : null}
      </PageHeader>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
      {data?.state === 'failed' ? (
        <TeachingEmpty
          title={t('drills.failedTitle')}
          hint={t('drills.failedHint', { problem: data.problem ?? '–' })}
        />
      ) : null}
      {data ? <Body drill={data} /> : null}
    </div>
  )
}

function Lead({ drill }: { readonly drill: Drill }) {
  const { t } = useWording()
  return (
    <>
      {t('drills.debriefOf', { name: drill.person.name })} · <TimeText at={drill.startedAt} />
    </>
  )
}

function AgainButton({ drill }: { readonly drill: Drill }) {
  const { t } = useWording()
  const may = useCan()('drills:run')
  const navigate = useNavigate({ from: '/drills' })
  if (!may) return null
  return (
    <Button type="primary" onClick={() => void navigate({ search: { start: drill.scenarioId } })}>
      {t('drills.again')}
    </Button>
  )
}

function Body({ drill }: { readonly drill: Drill }) {
  const { t, pick } = useWording()
  const tips = tipsFor(drill)
  return (
    <>
      {drill.points === null ? null : <ScoreRings drill={drill} />}
      {drill.timeline.length > 1 ? (
        <Section title={t('drills.axis')}>
          <TimeAxis drill={drill} />
        </Section>
      ) : null}
      <div className="hf-drill-columns">
        <div>
          {drill.debrief ? (
            <Section title={t('drills.what2')}>
              <CardText markdown={pick(drill.debrief)} />
            </Section>
          ) : null}
          {drill.incident ? (
            <Section title={t('drills.incident')}>
              <Facts
                items={[
                  [t('drills.incidentThere'), pick(drill.incident.source)],
                  [
                    t('drills.incidentHere'),
                    <b key="here" className={drill.incident.isAsBad ? 'hf-text-bad' : 'hf-text-good'}>
                      {pick(drill.incident.here)}
                    </b>,
                  ],
                ]}
              />
            </Section>
          ) : null}
          {drill.state === 'ended' ? (
            <Section title={t('drills.quicker')}>
              <ul className="hf-drill-tips">
                {tips.map(({ key, values }) => (
                  <li key={key}>{t(key, values)}</li>
                ))}
              </ul>
            </Section>
          ) : null}
          {drill.rules.length > 0 ? (
            <Section title={t('drills.cards')}>
              <Cards drill={drill} />
            </Section>
          ) : null}
        </div>
        {drill.timeline.length > 0 ? (
          <Section title={t('drills.timeline')}>
            <Moments moments={drill.timeline} oldestFirst />
          </Section>
        ) : null}
      </div>
    </>
  )
}

function Cards({ drill }: { readonly drill: Drill }) {
  const { pick } = useWording()
  const [open, setOpen] = useState<string | null>(null)
  const card = useQuery({
    queryKey: ['runbook', open],
    queryFn: ({ signal }) => get<{ markdown: string }>(`/api/runbooks/${open}`, {}, signal),
    enabled: open !== null,
  })
  const shown = drill.rules.find(({ rule }) => rule === open)
  return (
    <>
      <ul className="hf-drill-links">
        {drill.rules.map(({ rule, title }) => (
          <li key={rule}>
            <Button type="link" onClick={() => setOpen(rule)}>
              {pick(title)}
            </Button>
            <code className="hf-faint">{rule}</code>
          </li>
        ))}
      </ul>
      <Drawer
        open={open !== null}
        size={640}
        className="hf-drawer"
        title={shown ? pick(shown.title) : ''}
        onClose={() => setOpen(null)}
      >
        {card.error ? <ProblemNotice error={card.error} /> : null}
        {card.data ? <CardText markdown={card.data.markdown} /> : null}
      </Drawer>
    </>
  )
}

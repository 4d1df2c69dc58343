import { TrophyOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Skeleton, Table } from 'antd'
import type { DrillStanding } from '#/api/drill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Sparkline } from '../lanes/sparkline.tsx'
import { standingsQuery } from './queries.ts'

/** How each person stands in each scenario: best, last and where it goes. */
export function StandingTable() {
  const { t, pick } = useWording()
  const { data, error, refetch } = useQuery(standingsQuery)
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active paragraph={{ rows: 5 }} />
  if (data.items.length === 0)
    return (
      <TeachingEmpty
        icon={<TrophyOutlined />}
        title={t('drills.standings.none')}
        hint={t('drills.standings.noneHint')}
      />
    )
  return (
    <Table<DrillStanding>
      size="small"
      rowKey={(row) => `${row.person.kind} ${row.person.name} ${row.scenarioId}`}
      dataSource={[...data.items]}
      pagination={false}
      scroll={{ x: 'max-content' }}
      columns={[
        {
          title: t('drills.col.person'),
          render: (_, row) => (row.person.isMe ? <b>{t('drills.me')}</b> : row.person.name),
        },
        { title: t('drills.col.scenario'), render: (_, row) => pick(row.title) },
        {
          title: t('drills.col.times'),
          align: 'right',
          render: (_, row) => <span className="hf-num">{row.times}</span>,
        },
        {
          title: t('drills.col.best'),
          align: 'right',
          sorter: (a, b) => a.best - b.best,
          render: (_, row) => <b className="hf-num">{row.best}</b>,
        },
        {
          title: t('drills.col.last'),
          align: 'right',
          render: (_, row) => <span className="hf-num">{row.last}</span>,
        },
        {
          title: t('drills.col.bestFix'),
          align: 'right',
          render: (_, row) => (
            <span className="hf-num">
              {row.bestFix === null ? '–' : t('drills.min', { n: Math.round(row.bestFix) })}
            </span>
          ),
        },
        { title: t('drills.col.trend'), render: (_, row) => <Trend standing={row} /> },
      ]}
    />
  )
}

function Trend({ standing: { points, trend } }: { readonly standing: DrillStanding }) {
  const { t } = useWording()
  if (trend === null) return <span className="hf-faint">–</span>
  const tone = trend > 0 ? 'good' : trend < 0 ? 'bad' : 'neutral'
  const words =
    trend > 0
      ? t('drills.trendUp', { n: trend })
      : trend < 0
        ? t('drills.trendDown', { n: -trend })
        : t('drills.trendFlat')
  return (
    <span className="hf-drill-trend">
      <Sparkline values={points} label={t('drills.trendOf', { points: points.join(' ') })} />
      <span className={`hf-text-${tone}`}>{words}</span>
    </span>
  )
}

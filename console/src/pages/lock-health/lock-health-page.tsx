import { HeatMapOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Segmented, Skeleton } from 'antd'
import { lazy, Suspense, useMemo } from 'react'
import { get } from '#/api/client.ts'
import { LOCK_SPANS, type LockCell, type LockHeat } from '#/api/transfer-types.ts'
import type { LockHealthPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { epochMs } from '#/lib/time.ts'
import { Figures } from '#/parts/figures.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/stock-flow.css'
import { FailureList } from './failure-list.tsx'
import { HeatTable } from './heat-table.tsx'
import { rateText } from './rates.ts'

const HeatChart = lazy(() => import('./heat-chart.tsx'))

/** Hours of each span, and how many of them make a column. */
const SPANS = { '24h': [24, 1], '7d': [168, 1], '30d': [720, 6] } as const

/** 跨仓锁库成功率: by warehouse and hour, down to the locks that failed. */
export function LockHealthPage() {
  const { t } = useWording()
  const { span = '24h', view, warehouse, at, code } = useSearch({ from: '/shell/lock-health' })
  const navigate = useNavigate({ from: '/lock-health' })
  const change = (part: { [K in keyof LockHealthPlace]?: LockHealthPlace[K] | undefined }) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as LockHealthPlace, replace: true })
  const [hours, stepHours] = SPANS[span]
  const { data, error, refetch } = useQuery({
    queryKey: ['lock-health', span],
    queryFn: ({ signal }) => get<LockHeat>('/api/lock-health', { hours, stepHours }, signal),
    refetchInterval: 15_000,
    placeholderData: (previous) => previous,
  })
  const pick = (cell: LockCell) => change({ warehouse: cell.warehouse, at: data?.steps[cell.step] })
  return (
    <div className="hf-page">
      <PageHeader title={t('lockHealth.title')} lead={t('lockHealth.lead')}>
        <Segmented
          aria-label={t('lockHealth.view')}
          value={view ?? 'map'}
          onChange={(next) => change({ view: next === 'table' ? 'table' : undefined })}
          options={(['map', 'table'] as const).map((one) => ({
            value: one,
            label: t(`lockHealth.view.${one}`),
          }))}
        />
        <Segmented
          aria-label={t('lockHealth.span')}
          value={span}
          onChange={(next) => change({ span: next === '24h' ? undefined : next, at: undefined })}
          options={LOCK_SPANS.map((one) => ({ value: one, label: t(`lockHealth.span.${one}`) }))}
        />
      </PageHeader>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && data.total.asked + data.total.invalid === 0 && span === '30d' ? <Nothing /> : null}
      {data && (data.total.asked + data.total.invalid > 0 || span !== '30d') ? (
        data.warehouses.length === 0 ? (
          <Nothing />
        ) : (
          <Shown
            heat={data}
            view={view}
            warehouse={warehouse}
            at={at}
            code={code}
            onPick={pick}
            onChange={change}
          />
        )
      ) : null}
    </div>
  )
}

function Shown({
  heat,
  view,
  warehouse,
  at,
  code,
  onPick,
  onChange,
}: {
  readonly heat: LockHeat
  readonly view: 'table' | undefined
  readonly warehouse: string | undefined
  readonly at: string | undefined
  readonly code: string | undefined
  readonly onPick: (cell: LockCell) => void
  readonly onChange: (part: { [K in keyof LockHealthPlace]?: LockHealthPlace[K] | undefined }) => void
}) {
  const { t } = useWording()
  const step = at === undefined ? -1 : heat.steps.findIndex((one) => epochMs(one) === epochMs(at))
  const picked = useMemo(
    () => (warehouse === undefined || step < 0 ? null : { warehouse, step }),
    [warehouse, step],
  )
  return (
    <>
      <Overview heat={heat} />
      <section className="hf-card hf-heat-card">
        {view === 'table' ? (
          <HeatTable heat={heat} onPick={onPick} />
        ) : (
          <Suspense fallback={<Skeleton active />}>
            <HeatChart heat={heat} picked={picked} onPick={onPick} />
          </Suspense>
        )}
        {view === 'table' ? null : <p className="hf-faint hf-heat-hint">{t('lockHealth.mapHint')}</p>}
      </section>
      <FailureList
        from={step < 0 ? heat.from : (heat.steps[step] ?? heat.from)}
        to={step < 0 ? heat.to : (heat.steps[step + 1] ?? heat.to)}
        warehouse={warehouse}
        name={heat.warehouses.find((one) => one.code === warehouse)?.name}
        code={code}
        onCode={(next) => onChange({ code: next })}
        onClear={
          warehouse === undefined ? undefined : () => onChange({ warehouse: undefined, at: undefined })
        }
      />
    </>
  )
}

function Overview({ heat }: { readonly heat: LockHeat }) {
  const { t, count } = useWording()
  const { total, line } = heat
  const tone = (rate: number | null) => (rate === null ? undefined : rate >= line ? 'good' : 'bad')
  return (
    <Figures
      items={[
        [t('lockHealth.rate', { line: rateText(line) }), rateText(total.rate), tone(total.rate)],
        [t('lockHealth.technical'), rateText(total.technicalRate), tone(total.technicalRate)],
        [t('lockHealth.asked'), count(total.asked)],
        [t('lockHealth.refused'), count(total.refused)],
        [t('lockHealth.timedOut'), count(total.timedOut), total.timedOut > 0 ? 'bad' : undefined],
        [t('lockHealth.invalid'), count(total.invalid)],
        [t('lockHealth.slowest'), t('lockHealth.ms', { n: total.tookMsMost })],
      ]}
    />
  )
}

function Nothing() {
  const { t } = useWording()
  return (
    <TeachingEmpty
      icon={<HeatMapOutlined />}
      title={t('lockHealth.empty.title')}
      hint={t('lockHealth.empty.hint')}
    >
      <Link to="/warehouses">{t('lockHealth.empty.warehouses')}</Link>
    </TeachingEmpty>
  )
}

import { ColumnHeightOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Skeleton } from 'antd'
import type { Backlog } from '#/api/backlog-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Figures } from '#/parts/figures.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { PageHeader, Section, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/lanes.css'
import { DeadLetters } from './dead-letters.tsx'
import { LaneDrawer } from './lane-drawer.tsx'
import { LaneTable, laneRows, laneTitle } from './lane-table.tsx'
import { backlogQuery, deadQuery, lanesQuery } from './queries.ts'
import { QueueTable } from './queue-table.tsx'

/** What waits, where, for how long and who works on it; and what was set aside. */
export function LanesPage() {
  const { t } = useWording()
  const search = useSearch({ from: '/shell/lanes' })
  const navigate = useNavigate({ from: '/lanes' })
  const open = (lane: string | undefined) =>
    void navigate({ search: (previous) => ({ ...previous, lane }) as typeof search, replace: true })
  const backlog = useQuery(backlogQuery)
  const lanes = useQuery(lanesQuery)
  const dead = useQuery(deadQuery)
  const error = lanes.error ?? backlog.error ?? dead.error
  const retry = () => {
    for (const query of [lanes, backlog, dead]) void query.refetch()
  }
  const rows = laneRows(lanes.data ?? [], backlog.data)
  const opened = rows.find((row) => row.name === search.lane)
  const titles = new Map(rows.map((row) => [row.name, laneTitle(row)]))
  return (
    <div className="hf-page">
      <PageHeader title={t('lanes.title')} lead={t('lanes.lead')} />
      {error ? <ProblemNotice error={error} onRetry={retry} /> : null}
      {!lanes.data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {lanes.data && rows.length === 0 ? (
        <TeachingEmpty
          icon={<ColumnHeightOutlined />}
          title={t('lanes.empty.title')}
          hint={t('lanes.empty.hint')}
        >
          <Link to="/connections" search={{ add: '1' }}>
            {t('lanes.empty.connect')}
          </Link>
        </TeachingEmpty>
      ) : null}
      {rows.length > 0 ? (
        <>
          {backlog.data ? <Overview backlog={backlog.data} /> : null}
          <Section
            title={
              <>
                {t('lanes.table')} <span className="hf-faint hf-num">{rows.length}</span>
              </>
            }
          >
            <LaneTable
              rows={rows}
              oldSeconds={backlog.data?.limits.oldSeconds ?? 120}
              openName={search.lane}
              onOpen={open}
            />
          </Section>
        </>
      ) : null}
      {backlog.data && backlog.data.queues.length > 0 ? (
        <Section title={t('lanes.queues')}>
          <QueueTable queues={backlog.data.queues} limit={backlog.data.limits.queueDepth} />
        </Section>
      ) : null}
      {dead.data && rows.length > 0 ? (
        <DeadLetters groups={dead.data} laneTitleOf={(lane) => titles.get(lane) ?? lane} />
      ) : null}
      {opened ? <LaneDrawer lane={opened} all={rows} onClose={() => open(undefined)} /> : null}
    </div>
  )
}

function Overview({ backlog }: { readonly backlog: Backlog }) {
  const { t, count } = useWording()
  const { lanes, workers } = backlog
  const sum = (of: (lane: Backlog['lanes'][number]) => number) =>
    lanes.reduce((total, lane) => total + of(lane), 0)
  const size = workers.processes.reduce((total, one) => total + one.size, 0)
  const cap = workers.cap * Math.max(1, workers.processes.length)
  const deep = lanes.filter((lane) => lane.depth > lane.alarmDepth).length
  const dead = sum((lane) => lane.dead)
  const raised = workers.processes.some((one) => one.size > workers.floor)
  return (
    <div
      className="hf-lane-figures"
      title={workers.processes.map((one) => `${one.process} ${one.size}`).join('\n')}
    >
      <Figures
        items={[
          [t('lanes.figure.waiting'), count(sum((lane) => lane.depth))],
          [t('lanes.figure.deep'), count(deep), deep > 0 ? 'bad' : undefined],
          [t('lanes.figure.dead'), count(dead), dead > 0 ? 'wait' : undefined],
          [
            t(raised ? 'lanes.figure.workersRaised' : 'lanes.figure.workers', {
              n: workers.processes.length,
            }),
            `${count(size)} / ${count(cap)}`,
            raised ? 'wait' : size === 0 ? 'bad' : undefined,
          ],
        ]}
      />
    </div>
  )
}

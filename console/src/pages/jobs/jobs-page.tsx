import { HistoryOutlined } from '@ant-design/icons'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Select } from 'antd'
import { useMemo } from 'react'
import type { Query } from '#/api/client.ts'
import { JOB_STATES, type Job } from '#/api/intake-types.ts'
import type { JobsPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { JobBar } from '#/parts/job-progress.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import '#/styles/intake.css'
import { JobDrawer } from './job-drawer.tsx'

const JOBS = '/api/jobs'
const rowKey = (row: Job) => row.id
const rowName = (row: Job) => row.id

/** Longer work in the background: how far it is, how it ended, and the two things one can do about it. */
export function JobsPage() {
  const { t, word } = useWording()
  const { order: _order, message: _message, job, ...filter } = useSearch({ from: '/shell/jobs' })
  const navigate = useNavigate({ from: '/jobs' })
  const change = (part: { [K in keyof JobsPlace]?: JobsPlace[K] | undefined }) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as JobsPlace, replace: true })
  }
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a job must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<Job>(JOBS, query)
  const live = useLivePoll<Job>({
    path: JOBS,
    query,
    list,
    rowKey,
    newRowsText: (n) => t('jobs.newPill', { n }),
  })
  const columns = useJobColumns()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('jobs.title')} lead={t('jobs.lead')} />
      <ListView<Job>
        name="jobs"
        label={t('jobs.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        live={live}
        openKey={job}
        onOpen={(row) => change({ job: row.id })}
        filters={
          <Select
            allowClear
            className="hf-filter"
            aria-label={t('jobs.filter.state')}
            placeholder={t('jobs.filter.state')}
            value={filter.state ?? null}
            onChange={(state: Job['state'] | null) => change({ state: state ?? undefined })}
            options={JOB_STATES.map((value) => ({ value, label: word('jobState', value) }))}
          />
        }
        filtered={Object.keys(filter).length > 0}
        onClearFilters={() => void navigate({ search: {} })}
        empty={
          <TeachingEmpty icon={<HistoryOutlined />} title={t('jobs.empty.title')} hint={t('jobs.empty.hint')}>
            <Link to="/imports">{t('jobs.empty.import')}</Link>
          </TeachingEmpty>
        }
      />
      {job ? (
        <JobDrawer id={job} onClose={() => change({ job: undefined })} onChanged={list.refresh} />
      ) : null}
    </div>
  )
}

function useJobColumns(): readonly ListColumn<Job>[] {
  const { t, word } = useWording()
  return useMemo(
    () => [
      {
        key: 'kind',
        title: t('jobs.col.kind'),
        width: 200,
        pinned: true,
        render: (row) => (
          <Link
            to="."
            search={(previous) => ({ ...previous, job: row.id })}
            preload={false}
            className="hf-order-no"
          >
            {word('jobKind', row.kind)} <span className="hf-num hf-faint">#{row.id}</span>
          </Link>
        ),
      },
      {
        key: 'state',
        title: t('jobs.col.state'),
        width: 96,
        render: (row) => <CodeTag family="jobState" code={row.state} dot />,
      },
      {
        key: 'progress',
        title: t('jobs.col.progress'),
        width: 240,
        render: (row) => <JobBar job={row} thin />,
      },
      {
        key: 'result',
        title: t('jobs.col.result'),
        width: 260,
        render: (row) => <span title={row.error ?? ''}>{row.error ?? shortResult(row.result)}</span>,
      },
      {
        key: 'attempts',
        title: t('jobs.col.attempts'),
        width: 60,
        align: 'right',
        hidden: true,
        render: (row) => <span className="hf-num">{row.attempts}</span>,
      },
      { key: 'createdBy', title: t('jobs.col.createdBy'), width: 110, render: (row) => row.createdBy },
      {
        key: 'createdAt',
        title: t('jobs.col.createdAt'),
        width: 104,
        render: (row) => <TimeText at={row.createdAt} />,
      },
      {
        key: 'updatedAt',
        title: t('jobs.col.updatedAt'),
        width: 104,
        render: (row) => <TimeText at={row.updatedAt} />,
      },
    ],
    [t, word],
  )
}

/** Figures of a result in a line: `rows 4998 · created 4998`. */
function shortResult(result: unknown): string {
  if (typeof result !== 'object' || result === null) return ''
  return Object.entries(result)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ')
}

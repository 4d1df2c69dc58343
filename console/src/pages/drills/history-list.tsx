import { HistoryOutlined } from '@ant-design/icons'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Checkbox, Skeleton, Table } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import type { DrillState, DrillSummary } from '#/api/drill-types.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { Tone } from '#/theme/palette.ts'

const STATE_TONE: Readonly<Record<DrillState, Tone>> = {
  starting: 'wait',
  running: 'move',
  ended: 'good',
  failed: 'bad',
}

/** All drills, newest first; a row opens its debrief. */
export function HistoryList({ onOpen }: { readonly onOpen: (id: string) => void }) {
  const { t } = useWording()
  const [mine, setMine] = useState(false)
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['drills', 'history', mine],
    queryFn: ({ pageParam, signal }) =>
      get<Page<DrillSummary>>(
        '/api/drills/runs',
        { cursor: pageParam, mine: mine ? 'true' : undefined },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      <Checkbox className="hf-drill-mine" checked={mine} onChange={(event) => setMine(event.target.checked)}>
        {t('drills.history.mine')}
      </Checkbox>
      {!data ? <Skeleton active paragraph={{ rows: 5 }} /> : null}
      {data && rows.length === 0 ? (
        <TeachingEmpty
          icon={<HistoryOutlined />}
          title={t('drills.history.none')}
          hint={t('drills.history.noneHint')}
        />
      ) : null}
      {rows.length > 0 ? <Rows rows={rows} onOpen={onOpen} /> : null}
      {hasNextPage ? (
        <Button className="hf-drill-more" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('drills.history.more')}
        </Button>
      ) : null}
    </>
  )
}

function Rows({
  rows,
  onOpen,
}: {
  readonly rows: readonly DrillSummary[]
  readonly onOpen: (id: string) => void
}) {
  const { t, pick } = useWording()
  const minutes = (value: number | null) =>
    value === null ? (
      <span className="hf-faint">–</span>
    ) : (
      <span className="hf-num">{t('drills.min', { n: Math.round(value) })}</span>
    )
  return (
    <Table<DrillSummary>
      size="small"
      rowKey="id"
      dataSource={[...rows]}
      pagination={false}
      scroll={{ x: 'max-content' }}
      onRow={(row) => ({ onClick: () => onOpen(row.id), style: { cursor: 'pointer' } })}
      columns={[
        { title: t('drills.col.when'), render: (_, row) => <TimeText at={row.startedAt} /> },
        {
          title: t('drills.col.scenario'),
          render: (_, row) => (
            <Button type="link" size="small" style={{ padding: 0 }} onClick={() => onOpen(row.id)}>
              {pick(row.title)}
            </Button>
          ),
        },
        {
          title: t('drills.col.person'),
          render: (_, row) => (row.person.isMe ? t('drills.me') : row.person.name),
        },
        {
          title: t('drills.col.state'),
          render: (_, row) => (
            <Tag tone={STATE_TONE[row.state]} dot {...(row.problem === null ? {} : { title: row.problem })}>
              {t(`drills.state.${row.state}`)}
            </Tag>
          ),
        },
        {
          title: t('drills.col.points'),
          align: 'right',
          render: (_, row) =>
            row.points === null ? (
              <span className="hf-faint">–</span>
            ) : (
              <b className="hf-num">{row.points}</b>
            ),
        },
        { title: t('drills.toNotice'), align: 'right', render: (_, row) => minutes(row.toNotice) },
        { title: t('drills.toFind'), align: 'right', render: (_, row) => minutes(row.toFind) },
        { title: t('drills.toFix'), align: 'right', render: (_, row) => minutes(row.toFix) },
        {
          title: t('drills.ordersHurt'),
          align: 'right',
          render: (_, row) => <span className="hf-num">{row.ordersHurt ?? '–'}</span>,
        },
      ]}
    />
  )
}

import { Link } from '@tanstack/react-router'
import { Table, type TableProps } from 'antd'
import type { QueueBacklog } from '#/api/backlog-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { Depth, rateText, ToEmpty } from './lane-table.tsx'
import { Sparkline } from './sparkline.tsx'

/** Queues outside the hub, as their broker last told of them. */
export function QueueTable({
  queues,
  limit,
}: {
  readonly queues: readonly QueueBacklog[]
  readonly limit: number
}) {
  const columns = useQueueColumns(limit)
  return (
    <Table<QueueBacklog>
      size="small"
      rowKey="subject"
      pagination={false}
      tableLayout="fixed"
      columns={columns}
      dataSource={[...queues]}
    />
  )
}

function useQueueColumns(limit: number): NonNullable<TableProps<QueueBacklog>['columns']> {
  const { t, count, roughly } = useWording()
  return [
    {
      key: 'name',
      title: t('lanes.queue.connection'),
      ellipsis: true,
      render: (_, row) => (
        <>
          <Link to="/connections" search={{ open: row.connection.id }} className="hf-order-no">
            {row.connection.name}
          </Link>{' '}
          <code className="hf-faint">{row.queue}</code>
        </>
      ),
    },
    {
      key: 'seen',
      title: t('lanes.queue.seen'),
      width: 150,
      render: (_, row) =>
        row.unseenSeconds > 0 ? (
          <Tag tone="bad" dot>
            {t('lanes.queue.unseen', { t: roughly(row.unseenSeconds) })}
          </Tag>
        ) : (
          <TimeText at={row.seenAt} />
        ),
    },
    {
      key: 'depth',
      title: t('lanes.queue.depth'),
      width: 130,
      align: 'right',
      render: (_, row) => <Depth depth={row.depth} capped={false} limit={limit} />,
    },
    {
      key: 'growth',
      title: t('lanes.queue.growth'),
      width: 150,
      align: 'right',
      render: (_, row) => {
        const growth = row.growthPerSecond
        const text =
          growth === null ? '—' : `${growth > 0 ? '+' : growth < 0 ? '−' : ''}${rateText(Math.abs(growth))}`
        return (
          <span className="hf-num">
            {text} / {rateText(row.drainPerSecond)}
          </span>
        )
      },
    },
    {
      key: 'empty',
      title: t('lanes.col.empty'),
      width: 116,
      align: 'right',
      render: (_, row) => <ToEmpty depth={row.depth} seconds={row.secondsToEmpty} limit={limit} />,
    },
    {
      key: 'dead',
      title: t('lanes.queue.dead'),
      width: 104,
      align: 'right',
      render: (_, row) => (
        <span className={`hf-num ${row.dead > 0 ? 'hf-text-wait' : 'hf-faint'}`}>{count(row.dead)}</span>
      ),
    },
    {
      key: 'recent',
      title: t('lanes.col.recent'),
      width: 160,
      render: (_, row) => (
        <Sparkline
          values={row.recent}
          limit={limit}
          label={t('lanes.recentLabel', { n: Math.max(0, ...row.recent) })}
        />
      ),
    },
  ]
}

import { Link } from '@tanstack/react-router'
import { Table, type TableProps } from 'antd'
import { type CallbackHealth, VERDICTS } from '#/api/callback-types.ts'
import { useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { rateText } from './figures.ts'
import { useReason } from './use-reason.ts'

export function CallbackTable({
  items,
  openId,
  onOpen,
}: {
  readonly items: readonly CallbackHealth[]
  readonly openId: string | undefined
  readonly onOpen: (id: string) => void
}) {
  const columns = useColumns()
  return (
    <Table<CallbackHealth>
      className="hf-callbacks"
      size="small"
      rowKey={(row) => row.connection.id}
      pagination={false}
      tableLayout="fixed"
      columns={columns}
      dataSource={[...items].sort((a, b) => rank(a) - rank(b))}
      rowClassName={(row) => `hf-row ${row.connection.id === openId ? 'hf-row-open' : ''}`}
      onRow={(row) => ({
        onClick: (event) => {
          if (!(event.target as HTMLElement).closest('a, button')) onOpen(row.connection.id)
        },
      })}
    />
  )
}

/** Trouble on top, the worst first, then what is well, then what nobody watches. */
function rank({ troubles, verdict }: CallbackHealth): number {
  if (verdict === 'ok') return VERDICTS.length
  return VERDICTS.indexOf(verdict) + (troubles.length > 0 ? 0 : VERDICTS.length + 1)
}

function useColumns(): NonNullable<TableProps<CallbackHealth>['columns']> {
  const { t, pick, count } = useWording()
  const connectors = useConnectors()
  return [
    {
      key: 'name',
      title: t('callbacks.col.name'),
      width: 190,
      ellipsis: true,
      render: (_, { connection }) => (
        <Link
          to="."
          search={(previous) => ({ ...previous, open: connection.id })}
          preload={false}
          className="hf-order-no"
        >
          {connection.name}
        </Link>
      ),
    },
    {
      key: 'kind',
      title: t('callbacks.col.kind'),
      width: 120,
      ellipsis: true,
      render: (_, { connection }) => {
        const connector = connectors.find((one) => one.kind === connection.kind)
        return connector ? pick(connector) : connection.kind
      },
    },
    {
      key: 'verdict',
      title: t('callbacks.col.verdict'),
      width: 124,
      render: (_, row) => <CodeTag family="callbackVerdict" code={row.verdict} dot />,
    },
    { key: 'reason', title: t('callbacks.col.reason'), render: (_, row) => <Reason health={row} /> },
    {
      key: 'last',
      title: t('callbacks.col.last'),
      width: 110,
      render: (_, row) => <TimeText at={row.lastMessageAt} />,
    },
    {
      key: 'rate',
      title: t('callbacks.col.rate'),
      width: 130,
      align: 'right',
      render: (_, { hour, expectedPerHour }) => (
        <span className="hf-num">
          {count(hour.accepted)}
          <span className="hf-faint"> / {expectedPerHour === null ? '–' : rateText(expectedPerHour)}</span>
        </span>
      ),
    },
    {
      key: 'refused',
      title: t('callbacks.col.refused'),
      width: 104,
      align: 'right',
      render: (_, { hour }) => (
        <span className={`hf-num ${hour.rejected + hour.unavailable > 0 ? 'hf-text-bad' : 'hf-faint'}`}>
          {count(hour.rejected + hour.unavailable)}
        </span>
      ),
    },
    {
      key: 'latency',
      title: t('callbacks.col.latency'),
      width: 104,
      align: 'right',
      render: (_, { hour }) => (
        <span className={`hf-num ${hour.late > 0 ? 'hf-text-bad' : ''}`}>
          {hour.maxLatencyMs === 0 ? '–' : `${Math.round(hour.maxLatencyMs)} ms`}
        </span>
      ),
    },
  ]
}

function Reason({ health }: { readonly health: CallbackHealth }) {
  const reason = useReason()(health)
  return <span title={reason}>{reason}</span>
}

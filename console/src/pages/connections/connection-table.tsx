import { Link } from '@tanstack/react-router'
import { Table, type TableProps } from 'antd'
import type { Connector } from '#/api/intake-types.ts'
import type { Connection } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Section } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

export function ConnectionTable({
  title,
  connections,
  connectors,
  openId,
  onOpen,
}: {
  readonly title: string
  readonly connections: readonly Connection[]
  readonly connectors: readonly Connector[]
  readonly openId: string | undefined
  readonly onOpen: (id: string) => void
}) {
  const columns = useConnectionColumns(connectors)
  if (connections.length === 0) return null
  return (
    <Section
      title={
        <>
          {title} <span className="hf-faint hf-num">{connections.length}</span>
        </>
      }
    >
      <Table<Connection>
        size="small"
        rowKey="id"
        pagination={false}
        tableLayout="fixed"
        columns={columns}
        dataSource={[...connections]}
        rowClassName={(row) => `hf-row ${row.id === openId ? 'hf-row-open' : ''}`}
        onRow={(row) => ({
          onClick: (event) => {
            if (!(event.target as HTMLElement).closest('a, button')) onOpen(row.id)
          },
        })}
      />
    </Section>
  )
}

function useConnectionColumns(
  connectors: readonly Connector[],
): NonNullable<TableProps<Connection>['columns']> {
  const { t, pick, count } = useWording()
  return [
    {
      key: 'name',
      title: t('connections.col.name'),
      ellipsis: true,
      render: (_, row) => (
        <Link
          to="."
          search={(previous) => ({ ...previous, open: row.id })}
          preload={false}
          className="hf-order-no"
        >
          {row.name}
        </Link>
      ),
    },
    {
      key: 'kind',
      title: t('connections.col.kind'),
      width: 170,
      ellipsis: true,
      render: (_, row) => {
        const connector = connectors.find((one) => one.kind === row.kind)
        return connector ? pick(connector) : row.kind
      },
    },
    {
      key: 'state',
      title: t('connections.col.state'),
      width: 240,
      render: (_, row) => <ConnectionState connection={row} />,
    },
    {
      key: 'last',
      title: t('connections.col.lastMessage'),
      width: 124,
      render: (_, row) =>
        row.lastMessageAt ? (
          <TimeText at={row.lastMessageAt} />
        ) : (
          <span className="hf-faint">{t('connections.never')}</span>
        ),
    },
    {
      key: 'traffic',
      title: t('connections.col.traffic'),
      width: 170,
      align: 'right',
      render: (_, row) => (
        <span className="hf-num">
          {count(row.accepted24h)} /{' '}
          <span className={row.rejected24h > 0 ? 'hf-text-bad' : ''}>{count(row.rejected24h)}</span>
        </span>
      ),
    },
    {
      key: 'test',
      title: t('connections.col.test'),
      width: 104,
      render: (_, row) => <LastTest test={row.lastTest} />,
    },
  ]
}

export function LastTest({ test }: { readonly test: Connection['lastTest'] }) {
  const { t } = useWording()
  if (!test) return <span className="hf-faint">{t('connections.notTested')}</span>
  return (
    <Tag tone={test.ok ? 'good' : 'bad'} title={test.words}>
      {t(test.ok ? 'connections.testOk' : 'connections.testFailed')}
    </Tag>
  )
}

/** Refusing everything is the failure that nobody sees, since a poll may cover it: it is said before anything else. */
export function isAllRejected({ accepted24h, rejected24h }: Connection): boolean {
  return accepted24h === 0 && rejected24h > 0
}

export function ConnectionState({ connection }: { readonly connection: Connection }) {
  const { t } = useWording()
  const { paused, stream, lastMessageAt } = connection
  return (
    <span className="hf-tags">
      {paused ? (
        <Tag tone="muted" dot>
          {t('connections.state.paused')}
        </Tag>
      ) : isAllRejected(connection) ? (
        <Tag tone="bad" dot>
          {t('connections.state.allRejected')}
        </Tag>
      ) : lastMessageAt ? (
        <Tag tone="good" dot>
          {t('connections.state.on')}
        </Tag>
      ) : (
        <Tag tone="neutral" dot>
          {t('connections.state.quiet')}
        </Tag>
      )}
      {stream && !paused ? <CodeTag family="streamState" code={stream.state} /> : null}
    </span>
  )
}

import { Link } from '@tanstack/react-router'
import { Table, type TableProps } from 'antd'
import type { CallBudget, WayOut } from '#/api/outward-types.ts'
import { useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { epochMs, nowMs } from '#/lib/time.ts'
import { Section } from '#/parts/small.tsx'
import { BreakerTag, BudgetBar, MinuteSpark, StateHint } from './way-parts.tsx'

export function WayTable({
  title,
  ways,
  budgets,
  openId,
  onOpen,
}: {
  readonly title: string
  readonly ways: readonly WayOut[]
  readonly budgets: readonly CallBudget[]
  readonly openId: string | undefined
  readonly onOpen: (id: string) => void
}) {
  const columns = useColumns(budgets)
  if (ways.length === 0) return null
  return (
    <Section
      title={
        <>
          {title} <span className="hf-faint hf-num">{ways.length}</span>
        </>
      }
    >
      <Table<WayOut>
        size="small"
        rowKey="id"
        pagination={false}
        tableLayout="fixed"
        scroll={{ x: 1080 }}
        columns={columns}
        dataSource={[...ways]}
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

function useColumns(budgets: readonly CallBudget[]): NonNullable<TableProps<WayOut>['columns']> {
  const { t, pick, count, roughly } = useWording()
  const connectors = useConnectors()
  return [
    {
      key: 'name',
      title: t('outward.col.name'),
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
      title: t('outward.col.kind'),
      width: 110,
      ellipsis: true,
      render: (_, row) => {
        const connector = connectors.find((one) => one.kind === row.kind)
        return connector ? pick(connector) : row.kind
      },
    },
    {
      key: 'state',
      title: t('outward.col.state'),
      width: 180,
      render: (_, row) => (
        <span className="hf-tags">
          <BreakerTag way={row} />
          <StateHint way={row} />
        </span>
      ),
    },
    {
      key: 'minutes',
      title: t('outward.col.minutes'),
      width: 160,
      render: (_, row) => <MinuteSpark minutes={row.minutes} />,
    },
    {
      key: 'errors',
      title: t('outward.col.errors'),
      width: 130,
      align: 'right',
      render: (_, row) => (
        <span className="hf-num" title={row.slow > 0 ? t('outward.slow', { n: row.slow }) : undefined}>
          <span className={row.errors > 0 ? 'hf-text-bad' : ''}>{count(row.errors)}</span> /{' '}
          {count(row.calls)}
        </span>
      ),
    },
    {
      key: 'budget',
      title: t('outward.col.budget'),
      width: 144,
      render: (_, row) => <BudgetBar budget={budgets.find((one) => one.account === row.account)} />,
    },
    {
      key: 'waiting',
      title: t('outward.col.waiting'),
      width: 150,
      align: 'right',
      render: (_, row) =>
        row.waiting === 0 ? (
          <span className="hf-faint">0</span>
        ) : (
          <Link to="/outbox" search={{ connection: row.id, state: 'pending' }} className="hf-num">
            {count(row.waiting)}
            {row.oldestWaiting ? (
              <span className="hf-faint"> · {roughly(secondsSince(row.oldestWaiting))}</span>
            ) : null}
            {heldOf(budgets, row) > 0 ? (
              <span className="hf-text-wait"> · {t('outward.waitsForBudget')}</span>
            ) : null}
          </Link>
        ),
    },
    {
      key: 'backup',
      title: t('outward.col.backup'),
      width: 110,
      ellipsis: true,
      render: (_, row) =>
        row.backups
          .map(({ connection }) => connection?.name)
          .filter(Boolean)
          .join('、'),
    },
  ]
}

function heldOf(budgets: readonly CallBudget[], { account }: WayOut): number {
  return budgets.find((one) => one.account === account)?.held ?? 0
}

function secondsSince(iso: string): number {
  return Math.max(0, Math.round((nowMs() - epochMs(iso)) / 1_000))
}

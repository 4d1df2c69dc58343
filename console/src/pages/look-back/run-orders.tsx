import { useQuery } from '@tanstack/react-query'
import { Button, Segmented, Skeleton, Table } from 'antd'
import { useMemo, useState } from 'react'
import { get } from '#/api/client.ts'
import type { LookBackDifference, LookBackOrder } from '#/api/reship-types.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { FactTag } from '#/parts/fact-tag.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { causeWords } from './cause-words.ts'

const SHOWN = ['changed', 'effects', 'all'] as const
const TIMES = ['placedAt', 'paidAt', 'shippedAt', 'deliveredAt'] as const

/** Orders that a run speaks of, page by page; those that are ticked can be applied alone. */
export function RunOrders({
  id,
  state,
  cause,
  chosen,
  onChoose,
}: {
  readonly id: string
  readonly state: string
  readonly cause: string | null
  readonly chosen: readonly LookBackOrder[]
  readonly onChoose: (orders: readonly LookBackOrder[]) => void
}) {
  const { t, count } = useWording()
  const [show, setShow] = useState<(typeof SHOWN)[number]>('changed')
  // Read anew when the run comes to stand otherwise.
  const query = useMemo(
    () => ({ show, ...(cause === null ? {} : { cause }), standing: state }),
    [show, cause, state],
  )
  const { standing: _, ...asked } = query
  const list = useCursorList<LookBackOrder>(`/api/look-back/${id}/orders`, asked, {
    enabled: state !== 'reading',
  })
  const columns = useColumns()
  return (
    <Section title={t('lookBack.orders')}>
      <Segmented
        aria-label={t('lookBack.orders')}
        value={show}
        onChange={setShow}
        options={SHOWN.map((value) => ({ value, label: t(`lookBack.show.${value}`) }))}
      />
      {list.error ? <ProblemNotice error={list.error} onRetry={list.refresh} /> : null}
      <Table<LookBackOrder>
        size="small"
        style={{ marginTop: 8 }}
        pagination={false}
        loading={list.loading}
        rowKey="orderId"
        dataSource={[...list.rows]}
        columns={columns}
        locale={{ emptyText: t('lookBack.noOrders') }}
        expandable={{ expandedRowRender: (row) => <Differences run={id} order={row.orderId} /> }}
        {...(state === 'ready'
          ? {
              rowSelection: {
                selectedRowKeys: chosen.map((row) => row.orderId),
                preserveSelectedRowKeys: true,
                getCheckboxProps: (row) => ({ disabled: row.appliedAt !== null }),
                onChange: (_keys, rows) => onChoose(rows),
              },
            }
          : {})}
      />
      {list.complete || list.rows.length === 0 ? null : (
        <Button type="link" loading={list.loadingMore} onClick={list.loadMore}>
          {t('lookBack.more', { n: count(list.rows.length) })}
        </Button>
      )}
    </Section>
  )
}

function useColumns() {
  const { t, word } = useWording()
  const proof = (kind: string | null): string =>
    kind === null ? t('lookBack.none') : t(`reshipments.proof.${kind}` as 'reshipments.proof.lost')
  return [
    { title: t('lookBack.order'), dataIndex: 'orderNo' },
    {
      title: t('lookBack.status'),
      render: (_: unknown, row: LookBackOrder) =>
        row.statusBefore === row.statusAfter
          ? word('status', row.statusAfter)
          : `${word('status', row.statusBefore)} → ${word('status', row.statusAfter)}`,
    },
    {
      title: t('lookBack.times'),
      render: (_: unknown, { times }: LookBackOrder) =>
        TIMES.flatMap((name) => {
          const change = times[name]
          if (change === undefined) return []
          return [
            <div key={name}>
              {t(`lookBack.t.${name}`)} <TimeText at={change.before} /> → <TimeText at={change.after} />
            </div>,
          ]
        }),
    },
    {
      title: t('lookBack.newly'),
      render: (_: unknown, row: LookBackOrder) => (
        <>
          {row.reports.map((no) => (
            <div key={no}>{t('lookBack.reportOf', { no })}</div>
          ))}
          {row.reshipProof.before === row.reshipProof.after ? null : (
            <div>
              {t('lookBack.proof')} {proof(row.reshipProof.before)} → {proof(row.reshipProof.after)}
            </div>
          )}
        </>
      ),
    },
    {
      title: t('lookBack.appliedAt'),
      render: (_: unknown, row: LookBackOrder) =>
        row.appliedAt === null ? null : <TimeText at={row.appliedAt} />,
    },
  ]
}

/** The events behind one order's change, before and after. */
function Differences({ run, order }: { readonly run: string; readonly order: string }) {
  const wording = useWording()
  const { t } = wording
  const { data, error, refetch } = useQuery({
    queryKey: ['look-back', run, 'differences', order],
    queryFn: () => get<Page<LookBackDifference>>(`/api/look-back/${run}/differences`, { order, limit: 200 }),
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active paragraph={{ rows: 2 }} />
  const side = ({ kind, at, raw }: LookBackDifference['before']) =>
    kind === null ? (
      t('lookBack.none')
    ) : (
      <>
        <FactTag fact={kind} /> <TimeText at={at} /> <span className="hf-faint">{raw}</span>
      </>
    )
  return (
    <Table<LookBackDifference>
      size="small"
      pagination={false}
      rowKey="id"
      dataSource={[...data.items]}
      columns={[
        { title: t('lookBack.subject'), dataIndex: 'subject' },
        { title: t('lookBack.before'), render: (_, row) => side(row.before) },
        { title: t('lookBack.after'), render: (_, row) => side(row.after) },
        { title: t('lookBack.cause'), render: (_, row) => causeWords(wording, row.cause) },
      ]}
    />
  )
}

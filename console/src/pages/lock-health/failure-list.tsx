import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Select, Skeleton, Table } from 'antd'
import { get } from '#/api/client.ts'
import type { LockFailure } from '#/api/transfer-types.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'

const CODES = ['SKU_NOT_AVAILABLE_IN_WAREHOUSE', 'INV_LOCK_TIMEOUT'] as const
const isKnown = (code: string): code is (typeof CODES)[number] => (CODES as readonly string[]).includes(code)

/** The locks that failed in the picked cell, or in the whole span: why, what was there, what was elsewhere, and for whom. */
export function FailureList({
  from,
  to,
  warehouse,
  name,
  code,
  onCode,
  onClear,
}: {
  readonly from: string
  readonly to: string
  readonly warehouse: string | undefined
  readonly name: string | undefined
  readonly code: string | undefined
  readonly onCode: (code: string | undefined) => void
  readonly onClear: (() => void) | undefined
}) {
  const { t } = useWording()
  const query = { from, to, warehouse, code, limit: 50 }
  const list = useInfiniteQuery({
    queryKey: ['lock-failures', query],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      get<Page<LockFailure>>('/api/lock-health/failures', { ...query, cursor: pageParam }, signal),
    getNextPageParam: (page) => page.next ?? undefined,
  })
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Section
      title={
        warehouse === undefined ? (
          t('lockHealth.failuresAll')
        ) : (
          <>
            {t('lockHealth.failuresOf', { warehouse: name ?? warehouse })} <TimeText at={from} />
          </>
        )
      }
      extra={
        <span className="hf-inline">
          <Select
            className="hf-filter"
            aria-label={t('lockHealth.fail.why')}
            value={code ?? ''}
            onChange={(next: string) => onCode(next === '' ? undefined : next)}
            options={[
              { value: '', label: t('lockHealth.fail.allCodes') },
              ...CODES.map((one) => ({ value: one, label: t(`lockHealth.code.${one}`) })),
            ]}
          />
          {onClear ? <Button onClick={onClear}>{t('lockHealth.clear')}</Button> : null}
        </span>
      }
    >
      {list.error ? <ProblemNotice error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isPending ? <Skeleton active /> : null}
      {list.isSuccess && rows.length === 0 ? (
        <p className="hf-faint hf-heat-none">{t('lockHealth.failuresNone')}</p>
      ) : null}
      {rows.length > 0 ? <FailureTable rows={rows} /> : null}
      {list.hasNextPage ? (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('lockHealth.more')}
        </Button>
      ) : null}
      {rows.length > 0 ? <p className="hf-faint">{t('lockHealth.kept')}</p> : null}
    </Section>
  )
}

function FailureTable({ rows }: { readonly rows: readonly LockFailure[] }) {
  const { t } = useWording()
  const number = (title: string, pick: (row: LockFailure) => number) => ({
    title,
    width: 70,
    align: 'right' as const,
    render: (_: unknown, row: LockFailure) => <span className="hf-num">{pick(row)}</span>,
  })
  return (
    <Table
      size="small"
      rowKey="id"
      pagination={false}
      dataSource={[...rows]}
      columns={[
        { title: t('lockHealth.fail.at'), width: 110, render: (_, row) => <TimeText at={row.at} /> },
        {
          title: t('lockHealth.fail.why'),
          width: 110,
          render: (_, row) => (
            <Tag tone={row.code === 'INV_LOCK_TIMEOUT' ? 'bad' : 'wait'} title={`${row.code}: ${row.detail}`}>
              {isKnown(row.code) ? t(`lockHealth.code.${row.code}`) : row.code}
            </Tag>
          ),
        },
        {
          title: t('lockHealth.fail.warehouse'),
          width: 130,
          ellipsis: true,
          render: (_, row) => (row.warehouse.code === '-' ? t('lockHealth.nowhere') : row.warehouse.name),
        },
        { title: t('lockHealth.fail.sku'), ellipsis: true, render: (_, row) => <code>{row.sku}</code> },
        number(t('lockHealth.fail.wanted'), (row) => row.wanted),
        number(t('lockHealth.fail.available'), (row) => row.available),
        {
          title: t('lockHealth.fail.elsewhere'),
          width: 200,
          ellipsis: true,
          render: (_, row) =>
            row.elsewhere.map((one) => `${one.warehouse} ${one.available}`).join(' · ') || '—',
        },
        {
          title: t('lockHealth.fail.owner'),
          width: 190,
          ellipsis: true,
          render: (_, row) => <Owner row={row} />,
        },
        number(t('lockHealth.fail.took'), (row) => row.tookMs),
        {
          title: t('lockHealth.fail.later'),
          width: 90,
          render: (_, row) =>
            row.hold === null ? (
              '—'
            ) : (
              <Link to="/holds" search={{ hold: row.hold.id }}>
                {t('lockHealth.fail.stands')}
              </Link>
            ),
        },
      ]}
    />
  )
}

function Owner({ row }: { readonly row: LockFailure }) {
  const { word } = useWording()
  const { openOrder } = useOverlay()
  const { kind, id, reference } = row.owner
  const text = reference || id
  if (kind === 'order' && /^\d+$/.test(id))
    return (
      <button type="button" className="hf-link-button hf-num" onClick={() => openOrder(id)}>
        {text}
      </button>
    )
  return (
    <span title={row.key}>
      <span className="hf-faint">{word('holdOwner', kind)}</span> {text}
    </span>
  )
}

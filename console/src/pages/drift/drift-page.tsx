import { CheckCircleOutlined } from '@ant-design/icons'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Segmented, Select } from 'antd'
import { useMemo } from 'react'
import type { Query } from '#/api/client.ts'
import type { DriftRow } from '#/api/types.ts'
import type { DriftFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { DayRange } from '#/parts/day-range.tsx'
import { useClaimWords } from '#/parts/drift-claims.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { DriftSide } from './drift-side.tsx'

const FIELDS = [
  'shipped',
  'tracking_no',
  'carrier',
  'times',
  'cancelled_shipped',
  'delivered',
  'shared_number',
] as const
const CAUSES = [
  'report_missing',
  'late_message',
  'number_differs',
  'carrier_differs',
  'time_zone',
  'clock_or_entry',
  'cancelled_too_late',
  'waybill_stands',
  'number_shared',
  'went_back_or_revoked',
] as const

const rowKey = (row: DriftRow) => `${row.orderId}:${row.field}`
const openId = (row: DriftRow) => row.orderId
const rowName = (row: DriftRow) => row.orderNo

export function DriftPage() {
  const { t } = useWording()
  const search = useSearch({ from: '/shell/drift' })
  const navigate = useNavigate({ from: '/drift' })
  const change = (part: { [K in keyof DriftFilter]?: DriftFilter[K] | undefined }) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as DriftFilter, replace: true })
  }
  const { open = '1', field, cause, from, to, sort = 'duration' } = search
  const query: Query = useMemo(
    () => ({
      open: open === '1' ? '1' : undefined,
      field,
      cause,
      sort,
      from,
      to,
    }),
    [open, field, cause, from, to, sort],
  )
  const list = useCursorList<DriftRow>('/api/drift', query)
  const columns = useDriftColumns()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('drift.title')} lead={t('drift.lead')} />
      <div className="hf-split">
        <ListView<DriftRow>
          name="drift"
          label={t('drift.title')}
          columns={columns}
          rowKey={rowKey}
          rowName={rowName}
          openId={openId}
          openKey={search.order}
          list={list}
          sort={`-${sort}`}
          onSort={(next) => change({ sort: next?.includes('since') ? 'since' : undefined })}
          onOpen={(row) => void navigate({ search: (previous) => ({ ...previous, order: row.orderId }) })}
          filters={<DriftFilters filter={{ ...search, open }} onChange={change} />}
          filtered={Boolean(field ?? cause ?? from ?? to)}
          onClearFilters={() => void navigate({ search: {} })}
          empty={
            <TeachingEmpty
              icon={<CheckCircleOutlined />}
              title={t('drift.empty.title')}
              hint={t('drift.empty.hint')}
            />
          }
        />
        <DriftSide active={search} onPick={change} />
      </div>
    </div>
  )
}

function DriftFilters({
  filter,
  onChange,
}: {
  readonly filter: DriftFilter
  readonly onChange: (change: { [K in keyof DriftFilter]?: DriftFilter[K] | undefined }) => void
}) {
  const { t, word } = useWording()
  return (
    <>
      <Segmented
        aria-label={t('users.state')}
        value={filter.open ?? '1'}
        onChange={(open) => onChange({ open: open === '1' ? undefined : String(open) })}
        options={[
          { value: '1', label: t('drift.openState.1') },
          { value: 'all', label: t('drift.openState.all') },
        ]}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('drift.filter.field')}
        placeholder={t('drift.filter.field')}
        value={filter.field ?? null}
        onChange={(field: string | null) => onChange({ field: field ?? undefined })}
        options={FIELDS.map((value) => ({ value, label: word('driftField', value) }))}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('drift.filter.cause')}
        placeholder={t('drift.filter.cause')}
        value={filter.cause ?? null}
        onChange={(cause: string | null) => onChange({ cause: cause ?? undefined })}
        options={CAUSES.map((value) => ({ value, label: word('cause', value) }))}
      />
      <DayRange
        label={t('drift.filter.dates')}
        from={filter.from}
        to={filter.to}
        onChange={(from, to) => onChange({ from, to })}
      />
    </>
  )
}

function useDriftColumns(): readonly ListColumn<DriftRow>[] {
  const { t, word, duration } = useWording()
  const words = useClaimWords()
  return [
    {
      key: 'orderNo',
      title: t('drift.col.order'),
      width: 190,
      pinned: true,
      render: (row) => <OrderLink row={row} />,
    },
    { key: 'connection', title: t('drift.col.shop'), width: 112, render: (row) => row.connection.name },
    { key: 'field', title: t('drift.col.field'), width: 92, render: (row) => word('driftField', row.field) },
    {
      key: 'cause',
      title: t('drift.col.cause'),
      width: 126,
      render: (row) => <Tag tone={row.until ? 'muted' : 'bad'}>{word('cause', row.cause)}</Tag>,
    },
    {
      key: 'claims',
      title: t('drift.col.claims'),
      width: 178,
      render: (row) => {
        const text = row.claims.map((claim) => `${claim.source}: ${words(claim)}`).join(' ↔ ')
        return <span title={text}>{text}</span>
      },
    },
    {
      key: 'since',
      title: t('drift.col.since'),
      width: 98,
      sort: 'since',
      render: (row) => <TimeText at={row.since} />,
    },
    {
      key: 'until',
      title: t('drift.col.until'),
      width: 112,
      hidden: true,
      render: (row) => <TimeText at={row.until} />,
    },
    {
      key: 'duration',
      title: t('drift.col.duration'),
      width: 102,
      sort: 'duration',
      align: 'right',
      render: (row) => {
        return <span className="hf-num">{duration(row.durationSeconds)}</span>
      },
    },
  ]
}

function OrderLink({ row }: { readonly row: DriftRow }) {
  return (
    <Link
      to="."
      search={(previous) => ({ ...previous, order: row.orderId })}
      preload={false}
      className="hf-num hf-order-no"
    >
      {row.orderNo}
    </Link>
  )
}

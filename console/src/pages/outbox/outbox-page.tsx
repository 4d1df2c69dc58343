import { SendOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Select } from 'antd'
import { useMemo } from 'react'
import { get, type Query } from '#/api/client.ts'
import type { OutboxIntent, OutboxSummary } from '#/api/intake-types.ts'
import { useCan } from '#/api/session.ts'
import { useConnections } from '#/api/systems.ts'
import type { OutboxFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { FilterChip } from '#/parts/filter-chip.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/intake.css'
import { OutboxBulk } from './outbox-bulk.tsx'
import { useOutboxColumns } from './outbox-columns.tsx'
import { OutboxSide } from './outbox-side.tsx'
import { OutboxTabs, STATE_TABS } from './outbox-tabs.tsx'

const OUTBOX = '/api/outbox'
const EFFECTS = [
  'report_shipment',
  'make_waybill',
  'cancel_waybill',
  'subscribe_tracking',
  'intercept_parcel',
  'find_intercept',
  'apply_numbers',
  'deliver_webhook',
  'tell_hub',
  'set_stock',
  'fetch_order',
  'notify',
] as const
const rowKey = (row: OutboxIntent) => row.id
const rowName = (row: OutboxIntent) => row.key
const openId = (row: OutboxIntent) => row.orderId ?? row.id

export type OutboxChange = { [K in keyof OutboxFilter]?: OutboxFilter[K] | undefined }

/** What the hub still has to do, and did, to the world outside. */
export function OutboxPage() {
  const { t } = useWording()
  const can = useCan()
  const { order, message: _message, ...filter } = useSearch({ from: '/shell/outbox' })
  const navigate = useNavigate({ from: '/outbox' })
  const change = (part: OutboxChange) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as OutboxFilter, replace: true })
  }
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<OutboxIntent>(OUTBOX, query)
  const live = useLivePoll<OutboxIntent>({
    path: OUTBOX,
    query,
    list,
    rowKey,
    newRowsText: (n) => t('outbox.newPill', { n: n >= 100 ? '100+' : n }),
  })
  const summary = useQuery({
    queryKey: ['outbox-summary'],
    queryFn: ({ signal }) => get<OutboxSummary>(`${OUTBOX}/summary`, {}, signal),
    refetchInterval: 5_000,
  })
  const columns = useOutboxColumns()
  const refresh = () => {
    list.refresh()
    void summary.refetch()
  }
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('outbox.title')} lead={t('outbox.lead')} />
      <div className="hf-split">
        <ListView<OutboxIntent>
          name="outbox"
          label={t('outbox.title')}
          columns={columns}
          rowKey={rowKey}
          rowName={rowName}
          openId={openId}
          openKey={order}
          list={list}
          live={live}
          onOpen={(row) => {
            if (row.orderId) void navigate({ search: (old) => ({ ...old, order: row.orderId as string }) })
          }}
          onView={(index) => {
            const state = STATE_TABS[index]
            if (state !== undefined) change({ state: state ?? undefined, code: undefined })
          }}
          views={<OutboxTabs summary={summary.data} active={filter.state} />}
          filters={<OutboxFilters filter={filter} onChange={change} />}
          filtered={Object.keys(filter).length > 0}
          onClearFilters={() => void navigate({ search: {} })}
          empty={
            <TeachingEmpty
              icon={<SendOutlined />}
              title={t('outbox.empty.title')}
              hint={t('outbox.empty.hint')}
            />
          }
          {...(can('outbox:write')
            ? { bulk: (selection) => <OutboxBulk selection={selection} onDone={refresh} /> }
            : {})}
        />
        <OutboxSide summary={summary.data} filter={filter} onPick={change} onDone={refresh} />
      </div>
    </div>
  )
}

function OutboxFilters({
  filter,
  onChange,
}: {
  readonly filter: OutboxFilter
  readonly onChange: (change: OutboxChange) => void
}) {
  const { t, word } = useWording()
  const connections = useConnections().filter((connection) => connection.role === 'channel')
  return (
    <>
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('outbox.filter.effect')}
        placeholder={t('outbox.filter.effect')}
        value={filter.effect ?? null}
        onChange={(effect: string | null) => onChange({ effect: effect ?? undefined })}
        options={EFFECTS.map((value) => ({ value, label: word('effect', value) }))}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('outbox.filter.connection')}
        placeholder={t('outbox.filter.connection')}
        value={filter.connection ?? null}
        onChange={(connection: string | null) => onChange({ connection: connection ?? undefined })}
        options={connections.map(({ id, name }) => ({ value: id, label: name }))}
        popupMatchSelectWidth={false}
      />
      {filter.code ? (
        <FilterChip
          text={t('outbox.filter.code', { code: filter.code })}
          onRemove={() => onChange({ code: undefined })}
        />
      ) : null}
    </>
  )
}

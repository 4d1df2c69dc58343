import { PartitionOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Input, Select, Tabs } from 'antd'
import { useMemo } from 'react'
import { get, type Query } from '#/api/client.ts'
import { FULFILMENT, PLAN_STATES, type PlanRow, type PlanState } from '#/api/fulfilment-types.ts'
import { useCan } from '#/api/session.ts'
import { warehousesQuery } from '#/api/warehouse-types.ts'
import type { FulfilmentPlace } from '#/app/rule-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { PlanTag } from '#/pages/orders/plan-tag.tsx'
import { Figures } from '#/parts/figures.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn, Selection } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { useWarehouseName } from '#/parts/warehouse-name.tsx'
import '#/styles/fulfilment.css'
import '#/styles/intake.css'
import { BulkPlans } from './bulk-plans.tsx'
import { MergeTab } from './merge-tab.tsx'
import { ResourceTab } from './resource-tab.tsx'

const TABS = ['plans', 'merge', 'resource'] as const
const rowKey = (row: PlanRow) => row.orderId
const rowName = (row: PlanRow) => row.orderNo

type Change = { [K in keyof FulfilmentPlace]?: FulfilmentPlace[K] | undefined }

/** Which parcels orders leave in, which are stuck and why; orders that could travel together; sourcing anew. */
export function FulfilmentPage() {
  const { t } = useWording()
  const can = useCan()
  const { tab = 'plans' } = useSearch({ from: '/shell/fulfilment' })
  const navigate = useNavigate({ from: '/fulfilment' })
  const shown = TABS.filter((one) => one !== 'resource' || can('stock:read'))
  return (
    <div className={tab === 'plans' ? 'hf-page hf-page-list' : 'hf-page'}>
      <PageHeader title={t('fulfilment.title')} lead={t('fulfilment.lead')} />
      <Tabs
        activeKey={tab}
        onChange={(key) => void navigate({ search: { tab: key as (typeof TABS)[number] } })}
        items={shown.map((key) => ({ key, label: t(`fulfilment.tab.${key}`) }))}
      />
      {tab === 'plans' ? <Plans /> : null}
      {tab === 'merge' ? <MergeTab /> : null}
      {tab === 'resource' ? <ResourceTab /> : null}
    </div>
  )
}

function Plans() {
  const { t, count } = useWording()
  const can = useCan()
  const { openOrder } = useOverlay()
  const {
    order,
    message: _message,
    tab: _tab,
    open: _open,
    ...filter
  } = useSearch({ from: '/shell/fulfilment' })
  const navigate = useNavigate({ from: '/fulfilment' })
  const change = (part: Change) =>
    void navigate({ search: (before) => ({ ...before, ...part }) as FulfilmentPlace, replace: true })
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<PlanRow>(FULFILMENT, query)
  const counts = useQuery({
    queryKey: ['plan-counts'],
    queryFn: ({ signal }) => get<Readonly<Record<PlanState, number>>>(`${FULFILMENT}/summary`, {}, signal),
    refetchInterval: 5_000,
  })
  const columns = usePlanColumns()
  return (
    <>
      {counts.data ? (
        <Figures
          items={(['held', 'review', 'unmatched', 'short', 'planned', 'locked'] as const).map((state) => {
            const n = counts.data[state]
            const bad = n > 0 && state !== 'planned' && state !== 'locked'
            return bad
              ? [t(`fulfilment.state.${state}`), count(n), 'bad' as const]
              : [t(`fulfilment.state.${state}`), count(n)]
          })}
        />
      ) : null}
      <ListView<PlanRow>
        name="fulfilment"
        label={t('fulfilment.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        openKey={order}
        list={list}
        onOpen={(row) => openOrder(row.orderId)}
        filters={<Filters filter={filter} onChange={change} />}
        filtered={Object.keys(filter).length > 0}
        onClearFilters={() => void navigate({ search: {} })}
        {...(can('fulfilment:write')
          ? {
              bulk: (selection: Selection) => (
                <BulkPlans
                  selection={selection}
                  onDone={() => {
                    list.refresh()
                    void counts.refetch()
                  }}
                />
              ),
            }
          : {})}
        empty={
          <TeachingEmpty
            icon={<PartitionOutlined />}
            title={t('fulfilment.empty.title')}
            hint={t('fulfilment.empty.hint')}
          />
        }
      />
    </>
  )
}

function Filters({
  filter,
  onChange,
}: {
  readonly filter: FulfilmentPlace
  readonly onChange: (part: Change) => void
}) {
  const { t } = useWording()
  const { data } = useQuery(warehousesQuery)
  return (
    <>
      <Input.Search
        key={filter.q ?? ''}
        allowClear
        className="hf-search"
        placeholder={t('fulfilment.search')}
        aria-label={t('fulfilment.search')}
        defaultValue={filter.q ?? ''}
        onSearch={(text) => onChange({ q: text.trim() || undefined })}
      />
      <Select
        allowClear
        className="hf-filter"
        placeholder={t('fulfilment.col.state')}
        aria-label={t('fulfilment.col.state')}
        value={filter.state ?? null}
        onChange={(state: string | null) => onChange({ state: state ?? undefined })}
        options={PLAN_STATES.map((value) => ({ value, label: t(`fulfilment.state.${value}`) }))}
      />
      <Select
        allowClear
        showSearch
        className="hf-filter"
        placeholder={t('fulfilment.col.warehouses')}
        aria-label={t('fulfilment.col.warehouses')}
        value={filter.warehouse ?? null}
        onChange={(warehouse: string | null) => onChange({ warehouse: warehouse ?? undefined })}
        options={(data ?? []).map((one) => ({ value: one.code, label: one.name }))}
      />
    </>
  )
}

function usePlanColumns(): readonly ListColumn<PlanRow>[] {
  const { t, pick } = useWording()
  const warehouse = useWarehouseName()
  return useMemo(() => {
    const column = (
      key: string,
      width: number,
      render: ListColumn<PlanRow>['render'],
      more: Partial<ListColumn<PlanRow>> = {},
    ): ListColumn<PlanRow> => ({
      key,
      title: t(`fulfilment.col.${key}` as 'fulfilment.col.state'),
      width,
      render,
      ...more,
    })
    return [
      column('orderNo', 190, (row) => <span className="hf-num">{row.orderNo}</span>, { pinned: true }),
      column('state', 110, (row) => <PlanTag state={row.state} />),
      column('step', 80, (row) => t(`fulfilment.step.${row.step}`)),
      column('why', 320, (row) => <span title={pick(row.words)}>{pick(row.words)}</span>),
      column('parcels', 70, (row) => <span className="hf-num">{row.parcels}</span>, { align: 'right' }),
      column('warehouses', 150, (row) => row.warehouses.map(warehouse).join(' · ')),
      column('marks', 130, (row) => (
        <span className="hf-inline">
          {row.merged > 1 ? <Tag tone="neutral">{t('fulfilment.mergedCount', { n: row.merged })}</Tag> : null}
          {row.isManual ? <Tag tone="wait">{t('fulfilment.manual')}</Tag> : null}
        </span>
      )),
      column('connection', 130, (row) => row.connection.name),
      column('updatedAt', 120, (row) => <TimeText at={row.updatedAt} />),
    ]
  }, [t, pick, warehouse])
}

import { InboxOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Input, Select, Tabs } from 'antd'
import { useMemo } from 'react'
import { get, type Query } from '#/api/client.ts'
import {
  PARCEL_FINDINGS,
  PARCEL_STATES,
  PARCELS,
  type ParcelRow,
  type ParcelSummary,
} from '#/api/parcel-types.ts'
import type { ParcelsPlace } from '#/app/parcel-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { FilterChip } from '#/parts/filter-chip.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/intake.css'
import { carrierOptions } from './carrier-name.ts'
import { FiguresTab } from './figures-tab.tsx'
import { useParcelColumns } from './parcel-columns.tsx'
import { ParcelDrawer } from './parcel-drawer.tsx'
import { SettingsTab } from './settings-tab.tsx'
import { SubscriptionsTab } from './subscriptions-tab.tsx'

const TABS = ['list', 'figures', 'subscriptions', 'settings'] as const
export type ParcelsChange = { [K in keyof ParcelsPlace]?: ParcelsPlace[K] | undefined }

/** Where every parcel is, which of them want somebody, and how carriers do. */
export function ParcelsPage() {
  const { t } = useWording()
  const { tab = 'list', open } = useSearch({ from: '/shell/parcels' })
  const navigate = useNavigate({ from: '/parcels' })
  const change = (part: ParcelsChange) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as ParcelsPlace, replace: true })
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('parcels.title')} lead={t('parcels.lead')} />
      <Tabs
        activeKey={tab}
        onChange={(key) => void navigate({ search: (key === 'list' ? {} : { tab: key }) as ParcelsPlace })}
        items={TABS.map((key) => ({ key, label: t(`parcels.tab.${key}`) }))}
      />
      {tab === 'figures' ? <FiguresTab /> : null}
      {tab === 'subscriptions' ? <SubscriptionsTab onChange={change} /> : null}
      {tab === 'settings' ? <SettingsTab /> : null}
      {tab === 'list' ? <ParcelList onChange={change} /> : null}
      {open ? (
        <ParcelDrawer
          key={open}
          number={open}
          onClose={() => change({ open: undefined })}
          onOpen={(number) => change({ open: number })}
        />
      ) : null}
    </div>
  )
}

const rowKey = (row: ParcelRow) => row.trackingNo

function ParcelList({ onChange }: { readonly onChange: (part: ParcelsChange) => void }) {
  const { t } = useWording()
  const {
    order: _order,
    message: _message,
    open,
    tab: _tab,
    ...filter
  } = useSearch({ from: '/shell/parcels' })
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<ParcelRow>(PARCELS, query)
  const live = useLivePoll<ParcelRow>({
    path: PARCELS,
    query,
    list,
    rowKey,
    newRowsText: (n) => `+${n >= 100 ? '100+' : n}`,
  })
  const columns = useParcelColumns()
  return (
    <ListView<ParcelRow>
      name="parcels"
      label={t('parcels.title')}
      columns={columns}
      rowKey={rowKey}
      rowName={rowKey}
      openKey={open}
      list={list}
      live={live}
      onOpen={(row) => onChange({ open: row.trackingNo })}
      filters={<Filters filter={filter} onChange={onChange} />}
      filtered={Object.keys(filter).length > 0}
      onClearFilters={() =>
        onChange({
          q: undefined,
          state: undefined,
          carrier: undefined,
          warehouse: undefined,
          find: undefined,
          connection: undefined,
        })
      }
      empty={
        <TeachingEmpty
          icon={<InboxOutlined />}
          title={t('parcels.empty.title')}
          hint={t('parcels.empty.hint')}
        />
      }
    />
  )
}

function Filters({
  filter,
  onChange,
}: {
  readonly filter: ParcelsPlace
  readonly onChange: (part: ParcelsChange) => void
}) {
  const { t, language } = useWording()
  const summary = useQuery({
    queryKey: ['parcel-summary'],
    queryFn: ({ signal }) => get<ParcelSummary>(`${PARCELS}/summary`, {}, signal),
    refetchInterval: 5_000,
  })
  const findings = summary.data?.findings ?? {}
  const troubled = Object.values(findings).reduce((sum, n) => sum + n, 0)
  const counted = (text: string, n: number | undefined) => (n ? `${text} ${n}` : text)
  return (
    <>
      <Input.Search
        allowClear
        className="hf-filter"
        style={{ width: 210 }}
        aria-label={t('parcels.filter.q')}
        placeholder={t('parcels.filter.q')}
        defaultValue={filter.q ?? ''}
        onSearch={(value) => onChange({ q: value.trim() || undefined })}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('parcels.filter.find')}
        placeholder={counted(t('parcels.filter.find'), troubled)}
        value={filter.find ?? null}
        onChange={(value: string | null) => onChange({ find: value ?? undefined })}
        options={[
          { value: 'any', label: counted(t('parcels.filter.anyFind'), troubled) },
          ...PARCEL_FINDINGS.map((value) => ({
            value,
            label: counted(t(`parcels.find.${value}`), findings[value]),
          })),
        ]}
        popupMatchSelectWidth={false}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('parcels.filter.state')}
        placeholder={t('parcels.filter.state')}
        value={filter.state ?? null}
        onChange={(value: string | null) => onChange({ state: value ?? undefined })}
        options={PARCEL_STATES.map((value) => ({
          value,
          label: counted(t(`parcels.state.${value}`), summary.data?.states[value]),
        }))}
        popupMatchSelectWidth={false}
      />
      <Select
        allowClear
        showSearch
        className="hf-filter"
        aria-label={t('parcels.filter.carrier')}
        placeholder={t('parcels.filter.carrier')}
        value={filter.carrier ?? null}
        onChange={(value: string | null) => onChange({ carrier: value ?? undefined })}
        options={carrierOptions(language)}
        popupMatchSelectWidth={false}
      />
      {filter.warehouse ? (
        <FilterChip text={filter.warehouse} onRemove={() => onChange({ warehouse: undefined })} />
      ) : null}
    </>
  )
}

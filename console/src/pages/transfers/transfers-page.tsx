import { ImportOutlined, PlusOutlined, RetweetOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Input, Select } from 'antd'
import { useMemo, useState } from 'react'
import { get, type Query } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { Transfer, TransferCounts } from '#/api/transfer-types.ts'
import { warehousesQuery } from '#/api/warehouse-types.ts'
import type { TransfersPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { Figures } from '#/parts/figures.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/stock-flow.css'
import { CreateDialog } from './create-dialog.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { useTransferColumns } from './transfer-columns.tsx'
import { TransferDrawer } from './transfer-drawer.tsx'

const VIEWS = [undefined, 'open', 'late', 'overdue'] as const
const rowKey = (row: Transfer) => row.id
const rowName = (row: Transfer) => row.transferNo

export type TransfersChange = { [K in keyof TransfersPlace]?: TransfersPlace[K] | undefined }

/** Transfers between warehouses: which wait for their lock, which are on the way, which are late. */
export function TransfersPage() {
  const { t } = useWording()
  const can = useCan()
  const [importing, setImporting] = useState(false)
  const {
    order: _order,
    message: _message,
    open,
    add,
    sku,
    ...filter
  } = useSearch({ from: '/shell/transfers' })
  const navigate = useNavigate({ from: '/transfers' })
  const change = (part: TransfersChange) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as TransfersPlace, replace: true })
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<Transfer>('/api/transfers', query)
  const counts = useQuery({
    queryKey: ['transfer-counts'],
    queryFn: ({ signal }) => get<TransferCounts>('/api/transfers/counts', {}, signal),
    refetchInterval: 5_000,
  })
  const columns = useTransferColumns()
  const refresh = () => {
    list.refresh()
    void counts.refetch()
  }
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('transfers.title')} lead={t('transfers.lead')}>
        {can('stock:write') ? (
          <>
            <Button icon={<ImportOutlined />} onClick={() => setImporting(true)}>
              {t('transfers.import')}
            </Button>
            <Button type="primary" icon={<PlusOutlined />} onClick={() => change({ add: '1' })}>
              {t('transfers.new')}
            </Button>
          </>
        ) : null}
      </PageHeader>
      {counts.data ? <Overview counts={counts.data} /> : null}
      <ListView<Transfer>
        name="transfers"
        label={t('transfers.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        openKey={open}
        list={list}
        onOpen={(row) => change({ open: row.id })}
        onView={(index) => {
          if (index < VIEWS.length) change({ view: VIEWS[index] })
        }}
        views={<Views active={filter.view} counts={counts.data} />}
        filters={<Filters filter={filter} onChange={change} />}
        filtered={Object.keys(filter).length > 0}
        onClearFilters={() => void navigate({ search: {} })}
        empty={
          <TeachingEmpty
            icon={<RetweetOutlined />}
            title={t('transfers.empty.title')}
            hint={t('transfers.empty.hint')}
          >
            {can('stock:write') ? (
              <Button type="primary" onClick={() => change({ add: '1' })}>
                {t('transfers.new')}
              </Button>
            ) : null}
          </TeachingEmpty>
        }
      />
      {add ? (
        <CreateDialog
          sku={sku}
          onClose={() => change({ add: undefined, sku: undefined })}
          onDone={(id) => {
            refresh()
            change({ add: undefined, sku: undefined, open: id })
          }}
        />
      ) : null}
      {importing ? <ImportDialog onClose={() => setImporting(false)} onDone={refresh} /> : null}
      {open ? (
        <TransferDrawer
          key={open}
          id={open}
          onClose={() => change({ open: undefined })}
          onOpen={(id) => change({ open: id })}
          onChanged={refresh}
        />
      ) : null}
    </div>
  )
}

function Overview({ counts }: { readonly counts: TransferCounts }) {
  const { t, count } = useWording()
  return (
    <Figures
      items={[
        [t('transfers.onTheWay'), count(counts.piecesOnTheWay)],
        [t('transfers.waitingLock'), count(counts.instructed)],
        [t('transfers.readyToGo'), count(counts.locked)],
        [t('transfers.lateCount'), count(counts.late), counts.late > 0 ? 'bad' : undefined],
        [t('transfers.overdueCount'), count(counts.overdue), counts.overdue > 0 ? 'bad' : undefined],
      ]}
    />
  )
}

function Views({
  active,
  counts,
}: {
  readonly active: TransfersPlace['view']
  readonly counts: TransferCounts | undefined
}) {
  const { t, count } = useWording()
  const numbers = {
    open: counts ? counts.instructed + counts.locked + counts.dispatched + counts.partReceived : undefined,
    late: counts?.late,
    overdue: counts?.overdue,
  }
  return (
    <nav className="hf-views" aria-label={t('transfers.views')}>
      <ul className="hf-views-flat">
        {VIEWS.map((view) => {
          const n = view === undefined ? undefined : numbers[view]
          const urgent = view !== undefined && view !== 'open' && (n ?? 0) > 0
          return (
            <li key={view ?? 'all'}>
              <Link
                from="/transfers"
                to="/transfers"
                search={({ view: _view, open: _open, ...rest }) => ({ ...rest, ...(view ? { view } : {}) })}
                preload={false}
                className="hf-view"
                activeProps={{}}
                aria-current={view === active ? 'page' : undefined}
              >
                {t(`transfers.view.${view ?? 'all'}`)}
                {n === undefined ? null : (
                  <span className={`hf-view-count ${urgent ? 'hf-view-urgent' : ''}`}>{count(n)}</span>
                )}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

function Filters({
  filter,
  onChange,
}: {
  readonly filter: TransfersPlace
  readonly onChange: (change: TransfersChange) => void
}) {
  const { t } = useWording()
  const warehouses = useQuery(warehousesQuery).data ?? []
  return (
    <>
      <Input.Search
        allowClear
        className="hf-filter-wide"
        style={{ width: 220 }}
        placeholder={t('transfers.filter.q')}
        aria-label={t('transfers.filter.q')}
        defaultValue={filter.q}
        onSearch={(q) => onChange({ q: q.trim() === '' ? undefined : q.trim() })}
      />
      {(['from', 'to'] as const).map((side) => (
        <Select
          key={side}
          allowClear
          className="hf-filter"
          aria-label={t(`transfers.filter.${side}`)}
          placeholder={t(`transfers.filter.${side}`)}
          value={filter[side] ?? null}
          onChange={(code: string | null) => onChange({ [side]: code ?? undefined })}
          options={warehouses.map(({ code, name }) => ({ value: code, label: name }))}
          popupMatchSelectWidth={false}
        />
      ))}
    </>
  )
}

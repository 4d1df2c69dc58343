import { BarcodeOutlined } from '@ant-design/icons'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { App, Button, Input, Select } from 'antd'
import { useMemo } from 'react'
import { get, type Query, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { accountsQuery, type Waybill, type WaybillCounts, type WaybillState } from '#/api/waybill-types.ts'
import type { WaybillsPlace } from '#/app/parcel-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { useCarrierName } from '#/parts/carrier-name.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { Selection } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { useWarehouses } from '../warehouses/use-warehouses.ts'
import { useWaybillColumns } from './waybill-columns.tsx'
import { WaybillDrawer } from './waybill-drawer.tsx'

const WAYBILLS = '/api/waybills'
const VIEWS = ['all', 'review', 'working', 'unprinted', 'issued', 'cancelled'] as const
type View = (typeof VIEWS)[number]
const STATES_OF: Readonly<Record<Exclude<View, 'all' | 'unprinted' | 'working'>, WaybillState>> = {
  review: 'review',
  issued: 'issued',
  cancelled: 'cancelled',
}
const rowKey = (row: Waybill) => row.id
const rowName = (row: Waybill) => row.trackingNo ?? row.reference

type Change = { [K in keyof WaybillsPlace]?: WaybillsPlace[K] | undefined }

function viewOf(state: string | undefined): View {
  return VIEWS.find((one) => one === state) ?? 'all'
}

function queryOf({ q, state, carrier, warehouse, account }: WaybillsPlace): Query {
  const view = viewOf(state)
  const own =
    view === 'all'
      ? {}
      : view === 'unprinted'
        ? { printed: 'no' }
        : view === 'working'
          ? { state: 'asking' }
          : { state: STATES_OF[view] }
  return { q, carrier, warehouse, account, ...own }
}

export function WaybillList() {
  const { t } = useWording()
  const can = useCan()
  const {
    order: _order,
    message: _message,
    tab: _tab,
    open,
    add: _add,
    ...filter
  } = useSearch({
    from: '/shell/waybills',
  })
  const navigate = useNavigate({ from: '/waybills' })
  const change = (part: Change) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as WaybillsPlace, replace: true })
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => queryOf(filter), [key])
  const list = useCursorList<Waybill>(WAYBILLS, query)
  const live = useLivePoll<Waybill>({
    path: WAYBILLS,
    query,
    list,
    rowKey,
    newRowsText: (n) => t('waybills.newPill', { n: n >= 100 ? '100+' : n }),
  })
  const counts = useQuery({
    queryKey: ['waybill-counts'],
    queryFn: ({ signal }) => get<WaybillCounts>(`${WAYBILLS}/counts`, {}, signal),
    refetchInterval: 5_000,
  })
  const columns = useWaybillColumns()
  const refresh = () => {
    list.refresh()
    void counts.refetch()
  }
  return (
    <>
      {filter.state === 'review' ? <Reasons counts={counts.data} onDone={refresh} /> : null}
      <ListView<Waybill>
        name="waybills"
        label={t('waybills.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        openKey={open}
        list={list}
        live={live}
        onOpen={(row) => change({ open: row.id })}
        onView={(index) => {
          const view = VIEWS[index]
          if (view !== undefined) change({ state: view === 'all' ? undefined : view })
        }}
        views={<Views active={viewOf(filter.state)} counts={counts.data} />}
        filters={<Filters filter={filter} onChange={change} />}
        filtered={Object.keys(filter).length > 0}
        onClearFilters={() => void navigate({ search: {} })}
        empty={
          <TeachingEmpty
            icon={<BarcodeOutlined />}
            title={t('waybills.empty.title')}
            hint={t('waybills.empty.hint')}
          >
            {can('parcels:write') ? (
              <Button type="primary" onClick={() => change({ tab: 'accounts' })}>
                {t('waybills.empty.act')}
              </Button>
            ) : null}
          </TeachingEmpty>
        }
        {...(can('parcels:write') && filter.state === 'review'
          ? { bulk: (selection) => <Bulk selection={selection} onDone={refresh} /> }
          : {})}
      />
      {open ? (
        <WaybillDrawer
          key={open}
          id={open}
          onClose={() => change({ open: undefined })}
          onOpen={(id) => change({ open: id })}
          onChanged={refresh}
        />
      ) : null}
    </>
  )
}

type Retried = {
  readonly asked: number
  readonly refused: readonly { readonly id: string; readonly detail: string }[]
}

function useRetry(onDone: () => void) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: (body: object) => write<Retried>('POST', `${WAYBILLS}/retry`, body),
    onError: fail,
    onSuccess: ({ asked, refused }) => {
      if (refused.length === 0) void message.success(t('waybills.retried', { n: asked }))
      else
        void message.warning(
          t('waybills.retriedSome', { n: asked, bad: refused.length, why: refused[0]?.detail ?? '' }),
        )
      onDone()
    },
  })
}

function Bulk({ selection, onDone }: { readonly selection: Selection; readonly onDone: () => void }) {
  const { t } = useWording()
  const retry = useRetry(() => {
    selection.clear()
    onDone()
  })
  return (
    <Button type="primary" loading={retry.isPending} onClick={() => retry.mutate({ ids: selection.ids })}>
      {t('waybills.retry')}
    </Button>
  )
}

/** What was refused, the most frequent first, each with one button for all of it. */
function Reasons({
  counts,
  onDone,
}: {
  readonly counts: WaybillCounts | undefined
  readonly onDone: () => void
}) {
  const { t, pick } = useWording()
  const can = useCan()
  const name = useCarrierName()
  const retry = useRetry(onDone)
  if (!counts || counts.reasons.length === 0) return null
  return (
    <ul className="hf-reasons" aria-label={t('waybills.reasons')}>
      {counts.reasons.slice(0, 6).map((reason) => (
        <li key={`${reason.code} ${reason.carrier ?? ''}`}>
          <span>{pick(reason.words).replace(/[（(][^（(]*[)）]$/, '')}</span>
          <span className="hf-faint">
            {t('waybills.reasonLine', {
              carrier: reason.carrier === null ? '—' : name(reason.carrier),
              n: reason.count,
            })}
          </span>
          {can('parcels:write') ? (
            <Button
              size="small"
              loading={retry.isPending}
              onClick={() =>
                retry.mutate({
                  code: reason.code,
                  ...(reason.carrier === null ? {} : { carrier: reason.carrier }),
                })
              }
            >
              {t('waybills.retryAll')}
            </Button>
          ) : null}
        </li>
      ))}
    </ul>
  )
}

function Views({ active, counts }: { readonly active: View; readonly counts: WaybillCounts | undefined }) {
  const { t, count } = useWording()
  const states = counts?.states ?? {}
  const numbers: Readonly<Partial<Record<View, number | undefined>>> = {
    review: counts ? (states.review ?? 0) : undefined,
    working: counts ? (states.wanted ?? 0) + (states.asking ?? 0) : undefined,
    unprinted: counts?.unprinted,
  }
  return (
    <nav className="hf-views" aria-label={t('waybills.views')}>
      <ul className="hf-views-flat">
        {VIEWS.map((view) => {
          const n = numbers[view]
          return (
            <li key={view}>
              <Link
                from="/waybills"
                to="/waybills"
                search={({ state: _state, open: _open, ...rest }) => ({
                  ...rest,
                  ...(view === 'all' ? {} : { state: view }),
                })}
                preload={false}
                className="hf-view"
                activeOptions={{ exact: true, includeSearch: true }}
                activeProps={{}}
                aria-current={view === active ? 'page' : undefined}
              >
                {t(`waybills.view.${view}`)}
                {n === undefined ? null : (
                  <span className={`hf-view-count ${view === 'review' && n > 0 ? 'hf-view-urgent' : ''}`}>
                    {count(n)}
                  </span>
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
  readonly filter: WaybillsPlace
  readonly onChange: (change: Change) => void
}) {
  const { t } = useWording()
  const name = useCarrierName()
  const warehouses = useWarehouses().data ?? []
  const accounts = useQuery(accountsQuery).data ?? []
  const carriers = [...new Set(accounts.map((one) => one.carrier))]
  const select = (
    field: 'carrier' | 'warehouse' | 'account',
    options: readonly { readonly value: string; readonly label: string }[],
  ) => (
    <Select
      key={field}
      allowClear
      className="hf-filter"
      aria-label={t(`waybills.filter.${field}`)}
      placeholder={t(`waybills.filter.${field}`)}
      value={filter[field] ?? null}
      onChange={(value: string | null) => onChange({ [field]: value ?? undefined })}
      options={[...options]}
      popupMatchSelectWidth={false}
    />
  )
  return (
    <>
      <Input.Search
        allowClear
        className="hf-filter-wide"
        style={{ width: 230 }}
        placeholder={t('waybills.filter.q')}
        aria-label={t('waybills.filter.q')}
        defaultValue={filter.q}
        onSearch={(q) => onChange({ q: q.trim() === '' ? undefined : q.trim() })}
      />
      {select(
        'carrier',
        carriers.map((code) => ({ value: code, label: name(code) })),
      )}
      {select(
        'account',
        accounts.map((one) => ({ value: one.id, label: one.name })),
      )}
      {select(
        'warehouse',
        warehouses.map(({ code, name: label }) => ({ value: code, label })),
      )}
    </>
  )
}

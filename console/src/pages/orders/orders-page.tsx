import { ExportOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { App, Button } from 'antd'
import { useMemo } from 'react'
import { download, type Query, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { OrderRow, View } from '#/api/types.ts'
import type { OrdersSearch } from '#/app/page-searches.ts'
import { textParam } from '#/app/search.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { ViewTabs } from '#/parts/list-view/view-tabs.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { OrderBulk } from './order-bulk.tsx'
import { exportColumns, useOrderColumns } from './order-columns.tsx'
import { OrderFilters } from './order-filters.tsx'
import { filterOf, isNarrowed, ORDERS, viewsQuery } from './order-queries.ts'
import { OrdersEmpty } from './orders-empty.tsx'
import { SaveView } from './save-view.tsx'
import { useLiveOrders } from './use-live-orders.ts'

const rowKey = (row: OrderRow) => row.id
const rowName = (row: OrderRow) => row.orderNo

export function OrdersPage() {
  const { t, language } = useWording()
  const can = useCan()
  const search = useSearch({ from: '/shell/orders' })
  const navigate = useNavigate({ from: '/orders' })
  const change = (part: { [K in keyof OrdersSearch]?: OrdersSearch[K] | undefined }) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as OrdersSearch, replace: true })
  }

  const { views, active, loaded } = useOrderViews(search)
  const { order: _order, message: _message, ...shownSearch } = search
  const searchKey = JSON.stringify(shownSearch)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer or a new count must not make a new list
  const filter = useMemo(() => filterOf(search, active), [searchKey, active?.id])
  const list = useCursorList<OrderRow>(ORDERS, filter as Query, {
    searchPath: `${ORDERS}/search`,
    enabled: search.view === undefined || loaded,
  })
  const live = useLiveOrders(list, filter)
  const columns = useOrderColumns()
  const narrowed = isNarrowed(search)
  const exporting = useExport()

  return (
    <div className="hf-page hf-page-list">
      <h1 className="hf-hidden">{t('orders.title')}</h1>
      <ListView<OrderRow>
        name="orders"
        label={t('orders.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        live={live}
        total={narrowed ? undefined : active?.count}
        totalCapped={active?.capped ?? false}
        sort={search.sort ?? textParam(active?.filter['sort']) ?? '-sortAt'}
        onSort={(sort) => change({ sort })}
        onOpen={(row) => change({ order: row.id })}
        openKey={search.order}
        onView={(index) => {
          const view = views[index]
          if (view) void navigate({ search: { view: view.id } })
        }}
        views={<OrderViewTabs views={views} active={active} />}
        filters={<OrderFilters search={search} onChange={change} />}
        filtered={narrowed || (active !== undefined && active.id !== 'all')}
        onClearFilters={() => void navigate({ search: {} })}
        empty={<OrdersEmpty />}
        tools={(shown) => (
          <>
            {narrowed ? <SaveView filter={{ ...active?.filter, ...withoutView(filter) }} /> : null}
            <Button
              icon={<ExportOutlined />}
              loading={exporting.isPending}
              disabled={list.rows.length === 0}
              onClick={() => exporting.mutate({ filter, columns: exportColumns(shown), locale: language })}
            >
              {t('list.export')}
            </Button>
          </>
        )}
        {...(can('orders:write')
          ? { bulk: (selection) => <OrderBulk selection={selection} filter={filter} onDone={list.refresh} /> }
          : {})}
      />
    </div>
  )
}

function withoutView({
  view: _view,
  ...rest
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return rest
}

function useOrderViews(search: OrdersSearch) {
  const { data, isFetched } = useQuery(viewsQuery)
  const views = useMemo(() => [...(data?.presets ?? []), ...(data?.saved ?? [])], [data])
  const active = views.find((view) => view.id === (search.view ?? 'all'))
  return { views, active, loaded: isFetched }
}

function OrderViewTabs({
  views,
  active,
}: {
  readonly views: readonly View[]
  readonly active: View | undefined
}) {
  const client = useQueryClient()
  const navigate = useNavigate({ from: '/orders' })
  const fail = useProblemToast()
  const remove = useMutation({
    mutationFn: (view: View) => write('DELETE', `${ORDERS}/views/${view.id}`),
    onError: fail,
    onSuccess: (_, view) => {
      void client.invalidateQueries({ queryKey: viewsQuery.queryKey })
      if (view.id === active?.id) void navigate({ search: {} })
    },
  })
  return <ViewTabs to="/orders" views={views} active={active?.id} onDelete={(view) => remove.mutate(view)} />
}

function useExport() {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: (body: { filter: unknown; columns: readonly string[]; locale: string }) =>
      download(`${ORDERS}/export`, body, 'orders.xlsx'),
    onError: fail,
    onSuccess: () => void message.success(t('orders.exported')),
  })
}

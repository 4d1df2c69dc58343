import { BranchesOutlined, PlusOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Popconfirm, Space, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { STOCK_ROUTES, type StockRoute, type StockRouteDraft } from '#/api/order-stock-types.ts'
import { useCan } from '#/api/session.ts'
import { useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { RouteForm } from './route-form.tsx'
import { useWarehouses } from './use-warehouses.ts'

const EMPTY: StockRouteDraft = {
  name: '',
  kind: '*',
  connectionId: null,
  warehouses: [],
  spread: 'lines',
  drawSafety: true,
  active: true,
}
export const routesKey = ['stock-routes'] as const

/** Which warehouses serve which orders. */
export function RoutesTab() {
  const { t } = useWording()
  const can = useCan()
  const [edited, setEdited] = useState<{
    readonly id: string | null
    readonly draft: StockRouteDraft
  } | null>(null)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: routesKey,
    queryFn: async ({ signal }) => (await get<{ items: StockRoute[] }>(STOCK_ROUTES, {}, signal)).items,
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const add = can('stock:write') ? (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited({ id: null, draft: EMPTY })}>
      {t('stockRoutes.add')}
    </Button>
  ) : null
  return (
    <div className="hf-tab-body">
      {data?.length === 0 ? (
        <TeachingEmpty
          icon={<BranchesOutlined />}
          title={t('stockRoutes.empty.title')}
          hint={t('stockRoutes.empty.hint')}
        >
          {add}
        </TeachingEmpty>
      ) : (
        <>
          <div className="hf-section-tools">
            <span className="hf-faint">{t('stockRoutes.lead')}</span>
            {add}
          </div>
          <RoutesTable
            routes={data ?? []}
            loading={isPending}
            onEdit={({ id, connectionName: _c, updatedBy: _b, updatedAt: _a, ...draft }) =>
              setEdited({ id, draft })
            }
          />
        </>
      )}
      {edited ? <RouteForm id={edited.id} initial={edited.draft} onClose={() => setEdited(null)} /> : null}
    </div>
  )
}

function RoutesTable({
  routes,
  loading,
  onEdit,
}: {
  readonly routes: readonly StockRoute[]
  readonly loading: boolean
  readonly onEdit: (route: StockRoute) => void
}) {
  const { t, word, pick } = useWording()
  const can = useCan()
  const kinds = new Map(useConnectors().map((one) => [one.kind, one]))
  const names = new Map((useWarehouses().data ?? []).map((one) => [one.code, one.name]))
  const remove = useRemoveRoute()
  return (
    <Table<StockRoute>
      size="small"
      rowKey="id"
      loading={loading}
      pagination={false}
      scroll={{ x: 'max-content' }}
      dataSource={[...routes]}
      columns={[
        { title: t('stockRoutes.name'), key: 'name', dataIndex: 'name', width: 200 },
        {
          title: t('stockRoutes.kind'),
          key: 'kind',
          width: 180,
          render: (_, route) => {
            if (route.kind === '*') return t('stockRoutes.kindAll')
            const kind = kinds.get(route.kind)
            return `${kind ? pick(kind) : route.kind}${route.connectionName ? ` · ${route.connectionName}` : ''}`
          },
        },
        {
          title: t('stockRoutes.warehouses'),
          key: 'warehouses',
          render: (_, route) => route.warehouses.map((code) => names.get(code) ?? code).join(' → '),
        },
        {
          title: t('stockRoutes.spread'),
          key: 'spread',
          width: 190,
          render: (_, route) => word('stockSpread', route.spread),
        },
        {
          title: t('stockRoutes.state'),
          key: 'active',
          width: 80,
          render: (_, route) => (
            <Tag tone={route.active ? 'good' : 'muted'}>
              {t(route.active ? 'stockRoutes.active' : 'stockRoutes.inactive')}
            </Tag>
          ),
        },
        {
          title: '',
          key: 'actions',
          width: 150,
          render: (_, route) =>
            can('stock:write') ? (
              <Space>
                <Button onClick={() => onEdit(route)}>{t('common.edit')}</Button>
                <Popconfirm
                  title={t('stockRoutes.removeConfirm', { name: route.name })}
                  okText={t('common.delete')}
                  cancelText={t('common.cancel')}
                  onConfirm={() => remove.mutate(route.id)}
                >
                  <Button danger>{t('common.delete')}</Button>
                </Popconfirm>
              </Space>
            ) : null,
        },
      ]}
    />
  )
}

function useRemoveRoute() {
  const client = useQueryClient()
  const fail = useProblemToast()
  const { t } = useWording()
  const { message } = App.useApp()
  return useMutation({
    mutationFn: (id: string) => write('DELETE', `${STOCK_ROUTES}/${id}`),
    onError: fail,
    onSuccess: () => {
      void message.success(t('stockRoutes.saved'))
      return client.invalidateQueries({ queryKey: routesKey })
    },
  })
}

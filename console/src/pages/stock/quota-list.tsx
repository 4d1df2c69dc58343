import { PlusOutlined, TagsOutlined } from '@ant-design/icons'
import { Button, Select } from 'antd'
import { type ReactNode, useMemo, useState } from 'react'
import type { Query } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { StockQuota } from '#/api/stock-types.ts'
import type { StockFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { useShops } from '../skus/sku-filters.tsx'
import { QuotaDialog } from './quota-dialog.tsx'
import { StockFilters } from './stock-list.tsx'
import type { StockChange } from './stock-page.tsx'

const rowKey = (row: StockQuota) => `${row.sku}\n${row.warehouse.code}\n${row.channel.id}`
const rowName = (row: StockQuota) => `${row.sku} ${row.warehouse.name} ${row.channel.name}`

/** What is set aside for which channel, over all SKUs. */
export function QuotaList({
  tabs,
  filter,
  onChange,
}: {
  readonly tabs: ReactNode
  readonly filter: StockFilter
  readonly onChange: (change: StockChange) => void
}) {
  const { t } = useWording()
  const can = useCan()
  const [editing, setEditing] = useState<StockQuota | 'new' | null>(null)
  const { q, warehouse, channel } = filter
  const query = useMemo((): Query => ({ q, warehouse, channel }), [q, warehouse, channel])
  const list = useCursorList<StockQuota>('/api/stock/quotas', query)
  const columns = useQuotaColumns()
  return (
    <>
      <ListView<StockQuota>
        name="stock-quotas"
        label={t('stock.tab.quotas')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        onOpen={(row) => (can('stock:write') ? setEditing(row) : undefined)}
        views={tabs}
        filters={
          <>
            <StockFilters filter={filter} onChange={onChange} />
            <ChannelFilter value={channel} onChange={onChange} />
          </>
        }
        tools={() =>
          can('stock:write') ? (
            <Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>
              {t('stock.quota.add')}
            </Button>
          ) : null
        }
        filtered={q !== undefined || warehouse !== undefined || channel !== undefined}
        onClearFilters={() => onChange({ q: undefined, warehouse: undefined, channel: undefined })}
        empty={
          <TeachingEmpty
            icon={<TagsOutlined />}
            title={t('stock.quotas.empty.title')}
            hint={t('stock.quotas.empty.hint')}
          />
        }
      />
      {editing === 'new' ? <QuotaDialog onClose={() => setEditing(null)} /> : null}
      {editing !== null && editing !== 'new' ? (
        <QuotaDialog place={editing} quota={editing} onClose={() => setEditing(null)} />
      ) : null}
    </>
  )
}

function ChannelFilter({
  value,
  onChange,
}: {
  readonly value: string | undefined
  readonly onChange: (change: StockChange) => void
}) {
  const { t } = useWording()
  return (
    <Select
      allowClear
      className="hf-filter"
      aria-label={t('stock.quota.channel')}
      placeholder={t('stock.quota.channel')}
      value={value ?? null}
      onChange={(channel: string | null) => onChange({ channel: channel ?? undefined })}
      options={useShops().map(({ id, name }) => ({ value: id, label: name }))}
      popupMatchSelectWidth={false}
    />
  )
}

function useQuotaColumns(): readonly ListColumn<StockQuota>[] {
  const { t, count } = useWording()
  return useMemo(() => {
    const figure = (key: 'granted' | 'leftOver'): ListColumn<StockQuota> => ({
      key,
      title: t(`stock.quota.${key}`),
      width: 96,
      align: 'right',
      render: (row) => <span className="hf-num">{count(row[key])}</span>,
    })
    return [
      {
        key: 'sku',
        title: t('stock.col.sku'),
        width: 240,
        pinned: true,
        render: (row) => <span className="hf-num">{row.sku}</span>,
      },
      { key: 'warehouse', title: t('stock.col.warehouse'), width: 160, render: (row) => row.warehouse.name },
      { key: 'channel', title: t('stock.quota.channel'), width: 180, render: (row) => row.channel.name },
      figure('granted'),
      {
        key: 'used',
        title: t('stock.quota.used'),
        width: 96,
        align: 'right',
        render: (row) => <span className="hf-num">{count(row.granted - row.leftOver)}</span>,
      },
      figure('leftOver'),
      { key: 'updatedBy', title: t('stock.quota.updatedBy'), width: 130, render: (row) => row.updatedBy },
      {
        key: 'updatedAt',
        title: t('stock.col.updatedAt'),
        width: 110,
        render: (row) => <TimeText at={row.updatedAt} />,
      },
    ]
  }, [t, count])
}

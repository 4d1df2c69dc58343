import { DatabaseOutlined, DownloadOutlined, UploadOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Button, Dropdown, Select } from 'antd'
import { type ReactNode, useCallback, useMemo, useState } from 'react'
import { download, type Query } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { SkuStock, StockSummary } from '#/api/stock-types.ts'
import type { StockFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { SkuSearch } from '../skus/sku-filters.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { useStockColumns } from './stock-columns.tsx'
import type { StockChange } from './stock-page.tsx'
import { placeKey, type StockRow, stockRows } from './stock-rows.ts'
import { useWarehouseNames } from './use-warehouse-names.ts'

const rowKey = (row: StockRow) => row.key
const rowName = (row: StockRow) =>
  row.kind === 'sku' ? row.one.sku : `${row.one.sku} ${row.level.warehouse.name}`

export function StockList({
  tabs,
  filter,
  openAt,
  summary,
  onChange,
}: {
  readonly tabs: ReactNode
  readonly filter: StockFilter
  readonly openAt: { readonly sku: string; readonly warehouse: string } | undefined
  readonly summary: StockSummary | undefined
  readonly onChange: (change: StockChange) => void
}) {
  const { t } = useWording()
  const can = useCan()
  const [importing, setImporting] = useState(false)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const { channel: _channel, ...asked } = filter
  const key = JSON.stringify(asked)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => asked as Query, [key])
  const list = useCursorList<SkuStock>('/api/stock/levels', query)
  const rows = useMemo(() => stockRows(list.rows, open), [list.rows, open])
  const toggle = useCallback(
    (sku: string) =>
      setOpen((old) =>
        old.has(sku) ? new Set([...old].filter((one) => one !== sku)) : new Set([...old, sku]),
      ),
    [],
  )
  const columns = useStockColumns({ open, toggle })
  const { sort: _sort, ...narrowed } = asked
  const filtered = Object.keys(narrowed).length > 0
  const openRow = (row: StockRow) => {
    if (row.kind === 'place') onChange({ open: row.one.sku, at: row.level.warehouse.code })
    else if (row.one.places.length === 1)
      onChange({ open: row.one.sku, at: row.one.places[0]?.warehouse.code })
    else toggle(row.one.sku)
  }
  return (
    <>
      <ListView<StockRow>
        name="stock"
        label={t('stock.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        openKey={openAt ? openKeyOf(openAt, list.rows) : undefined}
        list={{ ...list, rows, patchRows: () => undefined }}
        sort={filter.sort ?? 'sku'}
        onSort={(sort) => onChange({ sort })}
        onOpen={openRow}
        views={tabs}
        filters={<StockFilters filter={filter} onChange={onChange} />}
        tools={() => (
          <>
            {can('stock:write') ? (
              <Button icon={<UploadOutlined />} onClick={() => setImporting(true)}>
                {t('stock.import')}
              </Button>
            ) : null}
            <ExportButton filter={narrowed} />
          </>
        )}
        filtered={filtered && (summary?.levels ?? 1) > 0}
        onClearFilters={() => onChange({ q: undefined, warehouse: undefined, show: undefined })}
        empty={
          <TeachingEmpty
            icon={<DatabaseOutlined />}
            title={t('stock.empty.title')}
            hint={t('stock.empty.hint')}
          >
            <span className="hf-inline">
              <Link to="/warehouses">{t('stock.empty.warehouses')}</Link>
              {can('stock:write') ? (
                <Button icon={<UploadOutlined />} onClick={() => setImporting(true)}>
                  {t('stock.empty.import')}
                </Button>
              ) : null}
            </span>
          </TeachingEmpty>
        }
      />
      {importing ? <ImportDialog onClose={() => setImporting(false)} onDone={list.refresh} /> : null}
    </>
  )
}

function openKeyOf(
  at: { readonly sku: string; readonly warehouse: string },
  rows: readonly SkuStock[],
): string {
  const one = rows.find(({ sku }) => sku === at.sku)
  return one?.places.length === 1 ? at.sku : placeKey(at.sku, at.warehouse)
}

export function StockFilters({
  filter,
  onChange,
}: {
  readonly filter: StockFilter
  readonly onChange: (change: StockChange) => void
}) {
  const { t } = useWording()
  const warehouses = useWarehouseNames()
  return (
    <>
      <SkuSearch label={t('stock.search')} value={filter.q ?? ''} onSearch={(q) => onChange({ q })} />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('stock.filter.warehouse')}
        placeholder={t('stock.filter.warehouse')}
        value={filter.warehouse ?? null}
        onChange={(warehouse: string | null) => onChange({ warehouse: warehouse ?? undefined })}
        options={warehouses.map(({ code, name }) => ({ value: code, label: name }))}
        popupMatchSelectWidth={false}
      />
    </>
  )
}

function ExportButton({ filter }: { readonly filter: StockFilter }) {
  const { t, language } = useWording()
  const fail = useProblemToast()
  const save = (format: string) => {
    const { channel: _channel, sort: _sort, ...rest } = filter
    download('/api/stock/levels/export', { filter: rest, format, locale: language }, `stock.${format}`).catch(
      fail,
    )
  }
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'xlsx', label: t('stock.export.xlsx') },
          { key: 'csv', label: t('stock.export.csv') },
        ],
        onClick: (chosen) => save(chosen.key),
      }}
    >
      <Button icon={<DownloadOutlined />}>{t('stock.export')}</Button>
    </Dropdown>
  )
}

import { DownOutlined, RightOutlined } from '@ant-design/icons'
import { useMemo } from 'react'
import { useWording, type Wording } from '#/i18n/language.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { StockRow } from './stock-rows.ts'

type Toggle = { readonly open: ReadonlySet<string>; readonly toggle: (sku: string) => void }

export function useStockColumns({ open, toggle }: Toggle): readonly ListColumn<StockRow>[] {
  const wording = useWording()
  return useMemo(() => stockColumns(wording, { open, toggle }), [wording, open, toggle])
}

type FigureName = 'physical' | 'locked' | 'reserved' | 'inTransit' | 'safety' | 'available' | 'sellable'

function stockColumns(wording: Wording, fold: Toggle): readonly ListColumn<StockRow>[] {
  const { t, count } = wording
  const figure = (
    key: FigureName,
    width: number,
    more: Partial<ListColumn<StockRow>> = {},
  ): ListColumn<StockRow> => ({
    key,
    title: t(`stock.col.${key}`),
    width,
    align: 'right',
    render: (row) => <FigureCell row={row} name={key} />,
    ...more,
  })
  const sum = (key: 'onHand' | 'withTransit'): ListColumn<StockRow> => ({
    key,
    title: t(`stock.col.${key}`),
    width: 150,
    align: 'right',
    hidden: true,
    render: (row) =>
      row.kind === 'sku' ? <span className="hf-num">{count(row.one.totals[key])}</span> : null,
  })
  return [
    {
      key: 'sku',
      title: t('stock.col.sku'),
      width: 284,
      pinned: true,
      sort: 'sku',
      render: (row) => <SkuCell row={row} fold={fold} wording={wording} />,
    },
    {
      key: 'warehouse',
      title: t('stock.col.warehouse'),
      width: 130,
      render: (row) => <WarehouseCell row={row} wording={wording} />,
    },
    figure('physical', 84, { sort: 'physical' }),
    figure('locked', 76, { sort: 'locked' }),
    figure('reserved', 72),
    figure('inTransit', 72),
    figure('available', 100, { sort: 'available' }),
    figure('safety', 84),
    figure('sellable', 84, { sort: 'sellable' }),
    sum('onHand'),
    sum('withTransit'),
    {
      key: 'short',
      title: t('stock.col.short'),
      width: 132,
      render: (row) =>
        row.kind === 'sku' && row.one.short.orders > 0 ? (
          <Tag tone="bad">{t('stock.shortOrders', row.one.short)}</Tag>
        ) : null,
    },
    {
      key: 'updatedAt',
      title: t('stock.col.updatedAt'),
      width: 98,
      render: (row) => <TimeText at={latest(row)} />,
    },
  ]
}

function latest(row: StockRow): string | undefined {
  if (row.kind === 'place') return row.level.updatedAt
  return row.one.places
    .map(({ updatedAt }) => updatedAt)
    .toSorted()
    .at(-1)
}

function SkuCell({
  row,
  fold,
  wording: { t },
}: {
  readonly row: StockRow
  readonly fold: Toggle
  readonly wording: Wording
}) {
  const { sku, title, places } = row.one
  if (row.kind === 'place') return <span className="hf-stock-place">└ {row.level.warehouse.code}</span>
  const isOpen = fold.open.has(sku)
  return (
    <span className="hf-stock-sku" title={title === null ? sku : `${sku} ${title}`}>
      {places.length > 1 ? (
        <button
          type="button"
          className="hf-stock-toggle"
          aria-expanded={isOpen}
          aria-label={t(isOpen ? 'stock.collapse' : 'stock.expand', { sku })}
          onClick={() => fold.toggle(sku)}
        >
          {isOpen ? <DownOutlined /> : <RightOutlined />}
        </button>
      ) : (
        <i className="hf-stock-toggle-none" />
      )}
      <span className="hf-num">{sku}</span>
      {title ? <span className="hf-faint">{title}</span> : null}
    </span>
  )
}

function WarehouseCell({ row, wording: { t } }: { readonly row: StockRow; readonly wording: Wording }) {
  const level = row.kind === 'place' ? row.level : row.one.places.length === 1 ? row.one.places[0] : undefined
  if (level === undefined)
    return <span className="hf-faint">{t('stock.places', { n: row.one.places.length })}</span>
  return (
    <span title={level.warehouse.name}>
      {level.warehouse.name} {level.active ? null : <Tag tone="muted">{t('stock.inactive')}</Tag>}
    </span>
  )
}

function FigureCell({ row, name }: { readonly row: StockRow; readonly name: FigureName }) {
  const { t, count } = useWording()
  const from = row.kind === 'place' ? row.level : row.one.totals
  const value = from[name]
  const off = name === 'inTransit' && row.kind === 'place' && !row.level.transitCounts && value > 0
  if ((name === 'available' || name === 'physical') && value < 0) return <Tag tone="bad">{count(value)}</Tag>
  if (name === 'sellable' && value === 0) return <Tag tone="wait">0</Tag>
  const strong = name === 'sellable' || name === 'available'
  return (
    <span
      className={`hf-num ${value === 0 || off ? 'hf-stock-zero' : ''} ${strong ? 'hf-stock-strong' : ''}`}
      title={off ? t('stock.notCounted') : undefined}
    >
      {count(value)}
    </span>
  )
}

import { MessageOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Tooltip } from 'antd'
import { useMemo } from 'react'
import type { OrderRow } from '#/api/types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { Countdown } from '#/parts/countdown.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { MoneyText } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

export function useOrderColumns(): readonly ListColumn<OrderRow>[] {
  const wording = useWording()
  return useMemo(() => orderColumns(wording), [wording])
}

function orderColumns(wording: Wording): readonly ListColumn<OrderRow>[] {
  const { t } = wording
  const column = (
    key: string,
    width: number,
    render: ListColumn<OrderRow>['render'],
    more: Partial<ListColumn<OrderRow>> = {},
  ): ListColumn<OrderRow> => ({
    key,
    title: t(`orders.col.${key}` as 'orders.col.status'),
    width,
    render,
    ...more,
  })
  return [
    column('orderNo', 200, (row) => <OrderLink row={row} />, { pinned: true }),
    column('status', 96, (row) => <CodeTag family="status" code={row.status} dot />),
    column('marks', 164, (row) => <Marks row={row} />),
    column('connection', 108, (row) => <span title={row.connection.name}>{row.connection.name}</span>),
    column('firstTitle', 146, (row) => <Goods row={row} />),
    column('payable', 98, (row) => <MoneyText money={row.payable} />, { align: 'right' }),
    column('placedAt', 98, (row) => <TimeText at={row.placedAt} />, { sort: 'sortAt' }),
    column('shipBy', 122, (row) => <ShipBy row={row} />, { sort: 'shipBy' }),
    column('trackingNos', 162, (row) => <Tracking row={row} />),
    column('report', 96, (row) => <Report row={row} />, { hidden: true }),
    column('itemCount', 62, (row) => <span className="hf-num">{row.itemCount}</span>, {
      hidden: true,
      align: 'right',
    }),
    column('recipientMasked', 120, (row) => row.recipientMasked, { hidden: true }),
    column('region', 140, (row) => row.region, { hidden: true }),
    column('parcelCount', 70, (row) => <span className="hf-num">{row.parcelCount}</span>, {
      hidden: true,
      align: 'right',
    }),
    column('paidAt', 98, (row) => <TimeText at={row.paidAt} />, { hidden: true }),
    column('shippedAt', 98, (row) => <TimeText at={row.shippedAt} />, { hidden: true }),
    column('deliveredAt', 98, (row) => <TimeText at={row.deliveredAt} />, { hidden: true }),
    column('buyerNote', 160, (row) => <span title={row.buyerNote ?? ''}>{row.buyerNote}</span>, {
      hidden: true,
    }),
    column('sellerNote', 160, (row) => <span title={row.sellerNote ?? ''}>{row.sellerNote}</span>, {
      hidden: true,
    }),
    column('updatedAt', 98, (row) => <TimeText at={row.updatedAt} />, { hidden: true }),
  ]
}

/** The hub's names of the shown columns; the marks are four columns in a sheet. */
export function exportColumns(shown: readonly string[]): readonly string[] {
  const marks = ['report', 'driftCount', 'unmatchedLines', 'afterSale']
  return [...new Set(shown.flatMap((key) => (key === 'marks' ? marks : [key])))]
}

function OrderLink({ row }: { readonly row: OrderRow }) {
  return (
    <Link
      to="."
      search={(previous) => ({ ...previous, order: row.id })}
      preload={false}
      className="hf-num hf-order-no"
    >
      {row.orderNo}
    </Link>
  )
}

function Goods({ row }: { readonly row: OrderRow }) {
  return (
    <span title={row.firstTitle ?? ''}>
      {row.itemCount > 1 ? <span className="hf-faint hf-num">{row.itemCount}× </span> : null}
      {row.firstTitle}
    </span>
  )
}

/** Told and taken is the normal case and stays quiet; everything else is a tag. */
function Report({ row }: { readonly row: OrderRow }) {
  const { word } = useWording()
  if (row.report === 'none') return null
  if (row.report === 'accepted') return <span className="hf-faint">{word('report', row.report)}</span>
  return <CodeTag family="report" code={row.report} />
}

const NOT_SHIPPED = new Set(['awaiting_shipment', 'partially_shipped', 'on_hold'])

/** The promise that falls due first, counted down; else the platform's deadline, which an order that left has met or missed. */
function ShipBy({ row }: { readonly row: OrderRow }) {
  if (row.promise) return <Countdown dueAt={row.promise.dueAt} warnAt={row.promise.warnAt} />
  if (!row.shipBy) return null
  return NOT_SHIPPED.has(row.status) ? (
    <Countdown dueAt={row.shipBy} warnAt={null} />
  ) : (
    <TimeText at={row.shipBy} />
  )
}

function Tracking({ row }: { readonly row: OrderRow }) {
  const { t } = useWording()
  const [first, ...others] = row.trackingNos
  if (!first) return null
  return (
    <span className="hf-num" title={row.trackingNos.join('\n')}>
      {first}
      {others.length > 0 ? (
        <span className="hf-faint"> {t('orders.moreParcels', { n: row.trackingNos.length })}</span>
      ) : null}
    </span>
  )
}

/** Settled ones stand in the status already. */
const OPEN_AFTER_SALE = new Set(['requested', 'part_refunded'])

function Marks({ row }: { readonly row: OrderRow }) {
  const { t } = useWording()
  const notes = [
    row.buyerNote ? t('orders.note.buyer', { text: row.buyerNote }) : null,
    row.sellerNote ? t('orders.note.seller', { text: row.sellerNote }) : null,
  ].filter((line) => line !== null)
  return (
    <span className="hf-tags">
      {row.report === 'refused' || row.report === 'unknown' ? (
        <CodeTag family="report" code={row.report} />
      ) : null}
      {row.driftCount > 0 ? <Tag tone="bad">{t('orders.mark.drift', { n: row.driftCount })}</Tag> : null}
      {row.unmatchedLines > 0 ? (
        <Link
          to="/skus"
          search={{ orderNo: row.orderNo, connection: row.connection.id }}
          preload={false}
          className="hf-tag-link"
          title={t('orders.mark.match')}
        >
          <Tag tone="wait">{t('orders.mark.unmatched', { n: row.unmatchedLines })}</Tag>
        </Link>
      ) : null}
      {OPEN_AFTER_SALE.has(row.afterSale) ? <CodeTag family="afterSale" code={row.afterSale} /> : null}
      {notes.length > 0 ? (
        <Tooltip title={notes.map((line) => <div key={line}>{line}</div>)}>
          <MessageOutlined aria-label={notes.join('; ')} className="hf-note-icon" />
        </Tooltip>
      ) : null}
    </span>
  )
}

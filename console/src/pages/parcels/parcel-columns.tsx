import { useMemo } from 'react'
import type { ParcelRow } from '#/api/parcel-types.ts'
import { useWording } from '#/i18n/language.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { TimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { WarehouseName } from '#/parts/warehouse-name.tsx'
import { carrierName } from './carrier-name.ts'
import { FindingTag, ParcelStateTag } from './parcel-tag.tsx'

export function useParcelColumns(): readonly ListColumn<ParcelRow>[] {
  const { t, word, language } = useWording()
  return useMemo(
    () => [
      {
        key: 'number',
        title: t('parcels.col.number'),
        width: 176,
        pinned: true,
        render: (row) => <span className="hf-num hf-order-no">{row.trackingNo}</span>,
      },
      {
        key: 'carrier',
        title: t('parcels.col.carrier'),
        width: 110,
        render: (row) =>
          carrierName(row.carrier, language) ?? (
            <span className="hf-faint">{t('parcels.unknownCarrier')}</span>
          ),
      },
      {
        key: 'state',
        title: t('parcels.col.state'),
        width: 110,
        render: (row) => <ParcelStateTag state={row.state} />,
      },
      {
        key: 'finding',
        title: t('parcels.col.finding'),
        width: 140,
        render: (row) => <FindingTag finding={row.finding} />,
      },
      {
        key: 'last',
        title: t('parcels.col.last'),
        width: 300,
        render: ({ last }) => {
          if (last === null) return null
          const text = [last.place, last.words ?? word('fact', last.kind)].filter(Boolean).join(' · ')
          return <span title={text}>{text}</span>
        },
      },
      {
        key: 'lastAt',
        title: t('parcels.col.lastAt'),
        width: 104,
        render: ({ last }) =>
          last?.at.instant ? (
            <TimeText at={last.at.instant} />
          ) : (
            <span className="hf-faint" title={last?.at.raw ?? ''}>
              {last?.at.raw}
            </span>
          ),
      },
      { key: 'orders', title: t('parcels.col.orders'), width: 150, render: (row) => <Orders row={row} /> },
      {
        key: 'warehouse',
        title: t('parcels.col.warehouse'),
        width: 90,
        render: (row) => (row.warehouse ? <WarehouseName code={row.warehouse} /> : null),
      },
      {
        key: 'waybillAt',
        title: t('parcels.col.waybillAt'),
        width: 104,
        render: (row) => <TimeText at={row.waybillAt} />,
      },
      {
        key: 'firstScan',
        title: t('parcels.col.firstScan'),
        width: 104,
        hidden: true,
        render: (row) => <TimeText at={row.firstScanAt} />,
      },
      {
        key: 'events',
        title: t('parcels.col.events'),
        width: 64,
        align: 'right',
        hidden: true,
        render: (row) => <span className="hf-num">{row.events}</span>,
      },
    ],
    [t, word, language],
  )
}

function Orders({ row }: { readonly row: ParcelRow }) {
  const { openOrder } = useOverlay()
  const [first, ...others] = row.orders
  if (first === undefined) return <span className="hf-faint">–</span>
  return (
    <button
      type="button"
      className="hf-link hf-num"
      onClick={(event) => {
        event.stopPropagation()
        openOrder(first.id)
      }}
    >
      {first.orderNo}
      {others.length > 0 ? ` +${others.length}` : ''}
    </button>
  )
}

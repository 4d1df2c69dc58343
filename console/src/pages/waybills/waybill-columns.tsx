import { useMemo } from 'react'
import type { Waybill, WaybillState } from '#/api/waybill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { CarrierName } from '#/parts/carrier-name.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useRefusalText } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { WarehouseName } from '#/parts/warehouse-name.tsx'
import type { Tone } from '#/theme/palette.ts'

const TONE: Readonly<Record<WaybillState, Tone>> = {
  wanted: 'neutral',
  asking: 'move',
  review: 'bad',
  issued: 'good',
  cancelling: 'wait',
  cancelled: 'muted',
  void: 'muted',
}

export function WaybillTag({ state }: { readonly state: WaybillState }) {
  const { t } = useWording()
  return (
    <Tag tone={TONE[state]} dot>
      {t(`waybills.state.${state}`)}
    </Tag>
  )
}

/** Why it stands where it stands, in the reader's language. */
export function useWaybillWhy(): (row: Waybill) => string {
  const { pick } = useWording()
  const refusal = useRefusalText()
  return (row) => pick(row.words) || (row.code === null ? '' : refusal(row.code, row.detail))
}

export function useWaybillColumns(): readonly ListColumn<Waybill>[] {
  const { t } = useWording()
  const why = useWaybillWhy()
  return useMemo(() => {
    const column = (
      key: string,
      width: number,
      render: ListColumn<Waybill>['render'],
      more: Partial<ListColumn<Waybill>> = {},
    ): ListColumn<Waybill> => ({
      key,
      title: t(`waybills.col.${key}` as 'waybills.col.state'),
      width,
      render,
      ...more,
    })
    return [
      column('trackingNo', 180, (row) => <TrackingNo row={row} />, { pinned: true }),
      column('state', 104, (row) => <WaybillTag state={row.state} />),
      column('orders', 180, (row) => (
        <span className="hf-num" title={row.orderNos.join(', ')}>
          {row.orderNos[0]}
          {row.orderNos.length > 1 ? ` +${row.orderNos.length - 1}` : ''}
        </span>
      )),
      column('carrier', 96, (row) => (row.carrier === null ? null : <CarrierName code={row.carrier} />)),
      column('account', 130, (row) => row.accountName),
      column('warehouse', 100, (row) =>
        row.warehouse === null ? null : <WarehouseName code={row.warehouse} />,
      ),
      column('why', 300, (row) => (
        <span className="hf-faint" title={why(row)}>
          {why(row)}
        </span>
      )),
      column('wantedAt', 96, (row) => <TimeText at={row.wantedAt} />),
      column('issuedAt', 96, (row) => (row.issuedAt === null ? null : <TimeText at={row.issuedAt} />)),
      column('printedAt', 96, (row) => (row.printedAt === null ? null : <TimeText at={row.printedAt} />)),
    ]
  }, [t, why])
}

function TrackingNo({ row }: { readonly row: Waybill }) {
  return (
    <span className="hf-num">
      {row.trackingNo ?? <span className="hf-faint">{row.reference}</span>}
      {row.childNos.length > 0 ? ` +${row.childNos.length}` : ''}
    </span>
  )
}

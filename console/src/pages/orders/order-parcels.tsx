import { Link } from '@tanstack/react-router'
import type { OrderDetail, Parcel } from '#/api/types.ts'
import type { Language } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { CARRIERS_EN } from '#/i18n/texts/vocabulary.ts'
import { CopyButton, Facts } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { ParcelTrack } from '../parcels/parcel-track.tsx'

export function OrderParcels({ order }: { readonly order: OrderDetail }) {
  const { t } = useWording()
  if (order.parcels.length === 0) return <p className="hf-faint">{t('drawer.noParcels')}</p>
  return (
    <ul className="hf-parcels">
      {order.parcels.map((parcel) => (
        <li key={parcel.trackingNo}>
          <ParcelCard parcel={parcel} order={order} />
        </li>
      ))}
      <li>
        <Link to="/reshipments" search={{ add: order.orderNo }} preload={false}>
          {t('reshipments.ask')}
        </Link>
      </li>
    </ul>
  )
}

/** A parcel with the evidence of its waybill: who printed it, in which batch, when. */
function ParcelCard({ parcel, order }: { readonly parcel: Parcel; readonly order: OrderDetail }) {
  const { t, language } = useWording()
  const titles = new Map(order.lines.map((line) => [line.lineId, line.title]))
  const evidence = [
    [t('parcel.batchNo'), parcel.batchNo],
    [t('parcel.deviceId'), parcel.deviceId],
    [t('parcel.waybillId'), parcel.waybillId],
  ] as const
  const steps = [
    [t('parcel.issuedAt'), parcel.issuedAt],
    [t('parcel.dispatchedAt'), parcel.dispatchedAt],
    [t('parcel.pickedUpAt'), parcel.pickedUpAt],
    [t('parcel.deliveredAt'), parcel.deliveredAt],
  ] as const
  return (
    <div className="hf-parcel">
      <div className="hf-parcel-head">
        <CodeTag family="stage" code={parcel.status} dot />
        {parcel.trouble ? <Tag tone="bad">{t('parcel.trouble')}</Tag> : null}
        <b className="hf-num">{parcel.trackingNo}</b>
        <CopyButton text={parcel.trackingNo} />
        <span className="hf-faint">{carrierName(parcel, language) ?? t('parcel.carrierUnknown')}</span>
        <span className="hf-push hf-faint">{t('drawer.factCount', { n: parcel.facts })}</span>
      </div>
      <ol className="hf-steps">
        {steps.map(([name, at]) => (
          <li key={name} className={at ? 'hf-step-done' : ''}>
            <span>{name}</span>
            {at ? <TimeText at={at} /> : <span aria-hidden="true">–</span>}
          </li>
        ))}
      </ol>
      <Facts
        items={[
          ...evidence
            .filter(([, value]) => value)
            .map(([name, value]) => [name, <code key={name}>{value}</code>] as const),
          ...(isOwn(parcel)
            ? [
                [
                  t('waybills.title'),
                  <Link key="waybill" to="/waybills" search={{ q: parcel.trackingNo }} preload={false}>
                    {t('parcel.openWaybill')}
                  </Link>,
                ] as const,
              ]
            : []),
          [
            t('drawer.lines'),
            parcel.lines.length === 0
              ? t('drawer.wholeOrder')
              : parcel.lines
                  .map((line) => `${titles.get(line.lineId) ?? line.lineId} × ${line.quantity}`)
                  .join(t('common.and')),
          ],
        ]}
      />
      <ParcelTrack number={parcel.trackingNo} />
    </div>
  )
}

/** Whether the hub itself made the waybill: such ones are named after the parcel of a plan or a re-ship. */
function isOwn({ waybillId }: Parcel): boolean {
  return /^(?:P\d+-\d+-\d+|R\d+)(?:-R\d+)?$/.test(waybillId ?? '')
}

/** A carrier that the hub has no code for is called what its source called it. */
function carrierName({ carrier, carrierName }: Parcel, language: Language): string | null {
  const english = language === 'en' && carrier !== null ? CARRIERS_EN[carrier] : undefined
  return english ?? (carrierName ?? carrier)?.replace(/^other:/, '') ?? null
}

import { useQuery } from '@tanstack/react-query'
import { Button, Drawer, Skeleton } from 'antd'
import { get } from '#/api/client.ts'
import type { DeskEvent, Intercept, ReshipDetail } from '#/api/reship-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { ParcelTrack } from '../parcels/parcel-track.tsx'
import { type DeskRow, stateTone } from './desk-columns.tsx'

/** One row of the desk with all that decides about it: parcels, proofs of this moment, what was done by whom, attempts to stop. */
export function DeskDrawer({
  tab,
  row,
  onClose,
}: {
  readonly tab: string
  readonly row: DeskRow
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const { openOrder } = useOverlay()
  const isReship = tab === 'reships'
  const detail = useQuery({
    queryKey: ['desk', tab, row.id],
    queryFn: ({ signal }) =>
      get<Partial<ReshipDetail> & { readonly events: readonly DeskEvent[] }>(
        isReship ? `/api/reshipments/${row.id}` : `/api/intercepts/${row.id}`,
        {},
        signal,
      ),
    enabled: isReship || tab === 'intercepts',
  })
  const stops = useQuery({
    queryKey: ['desk-intercepts', row.orderId],
    queryFn: ({ signal }) =>
      get<{ readonly items: readonly Intercept[] }>('/api/intercepts', { order: row.orderId ?? '' }, signal),
    enabled: row.orderId !== undefined,
  })
  const parcels = row.trackingNos ?? (row.trackingNo === undefined ? [] : [row.trackingNo])
  const proofs = detail.data?.proofs ?? []
  const events = detail.data?.events ?? []
  const reship = detail.data?.reshipment
  return (
    <Drawer
      open
      onClose={onClose}
      size={640}
      className="hf-drawer"
      title={
        <span className="hf-drawer-title">
          <span className="hf-num">{row.orderNo}</span>
          <Tag tone={stateTone(row.state)}>{t(`reshipments.s.${row.state}`)}</Tag>
        </span>
      }
      extra={
        row.orderId === undefined ? null : (
          <Button onClick={() => openOrder(row.orderId ?? '')}>{t('reshipments.openOrder')}</Button>
        )
      }
    >
      {detail.error ? <ProblemNotice error={detail.error} onRetry={() => void detail.refetch()} /> : null}
      {detail.isLoading ? <Skeleton active /> : null}
      <div className="hf-order">
        <Facts
          items={[
            [t('reshipments.shop'), row.shop],
            [t('reshipments.reason'), row.words ?? row.reason ?? '–'],
            ...(row.detail ? [[t('reshipments.answer'), row.detail] as const] : []),
            ...(reship?.parcelNo
              ? [[t('reshipments.newParcel'), <code key="no">{reship.parcelNo}</code>] as const]
              : []),
            ...(reship?.trouble ? [[t('reshipments.trouble'), reship.trouble.detail] as const] : []),
            ...(reship?.decidedBy
              ? [[t('reshipments.decided'), `${reship.decidedBy}：${reship.decisionWords ?? ''}`] as const]
              : []),
          ]}
        />
        {isReship ? (
          <Section title={t('reshipments.proofsNow')}>
            {proofs.length === 0 ? <p className="hf-faint">{t('reshipments.noProof')}</p> : null}
            <ul className="hf-plain-list">
              {proofs.map((proof) => (
                <li key={`${proof.kind} ${proof.trackingNo}`}>
                  <Tag tone="good">{t(`reshipments.proof.${proof.kind}`)}</Tag>{' '}
                  <span className="hf-num">{proof.trackingNo ?? t('reshipments.wholeOrder')}</span>{' '}
                  {proof.at == null ? null : <FullTime at={proof.at} />} <code>{proof.code}</code>
                </li>
              ))}
            </ul>
          </Section>
        ) : null}
        {(stops.data?.items.length ?? 0) > 0 ? (
          <Section title={t('reshipments.attempts')}>
            <ul className="hf-plain-list">
              {stops.data?.items.map((stop) => (
                <li key={stop.id}>
                  <Tag tone={stateTone(stop.state)}>{t(`reshipments.s.${stop.state}`)}</Tag>{' '}
                  <span className="hf-num">{stop.trackingNo}</span> · {stop.connection} ·{' '}
                  <TimeText at={stop.askedAt} /> {stop.detail ?? ''}
                </li>
              ))}
            </ul>
          </Section>
        ) : null}
        {parcels.map((number) => (
          <Section key={number} title={<span className="hf-num">{number}</span>}>
            <ParcelTrack number={number} />
          </Section>
        ))}
        {events.length === 0 ? null : (
          <Section title={t('reshipments.history')}>
            <ul className="hf-plain-list">
              {events.map((event) => (
                <li key={`${event.at} ${event.what}`}>
                  <TimeText at={event.at} /> · {event.actor} · {t(`reshipments.e.${event.what}` as never)}
                  {event.words ? `：${event.words}` : ''}
                </li>
              ))}
            </ul>
          </Section>
        )}
      </div>
    </Drawer>
  )
}

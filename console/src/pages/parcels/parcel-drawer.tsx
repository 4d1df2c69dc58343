import { SyncOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Drawer, Skeleton } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { PARCELS, type ParcelDetail, type ParcelRow } from '#/api/parcel-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { CopyButton, Facts, Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { WarehouseName } from '#/parts/warehouse-name.tsx'
import { carrierName } from './carrier-name.ts'
import { becauseText, FindingTag, ParcelStateTag, SubscriptionTag, whyText } from './parcel-tag.tsx'
import { ParcelTimeline } from './parcel-timeline.tsx'
import { WordsDialog } from './words-dialog.tsx'

export const parcelQueryKey = (number: string) => ['parcel', number] as const

/** One parcel: where it is, what is wrong and what may be done, and its whole way. */
export function ParcelDrawer({
  number,
  onClose,
  onOpen,
}: {
  readonly number: string
  readonly onClose: () => void
  readonly onOpen: (number: string) => void
}) {
  const { t, language } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: parcelQueryKey(number),
    queryFn: ({ signal }) => get<ParcelDetail>(`${PARCELS}/${encodeURIComponent(number)}`, {}, signal),
    refetchInterval: 5_000,
  })
  return (
    <Drawer
      open
      onClose={onClose}
      size={760}
      className="hf-drawer"
      title={
        <span className="hf-drawer-title">
          <span className="hf-num">{number}</span>
          <CopyButton text={number} />
          {data ? <span className="hf-faint">{carrierName(data.parcel.carrier, language)}</span> : null}
        </span>
      }
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active /> : null}
      {data ? (
        <div className="hf-order">
          <Head detail={data} onOpen={onOpen} />
          <Actions parcel={data.parcel} />
          <Section title={t('parcels.drawer.facts')}>
            <Glance parcel={data.parcel} />
          </Section>
          <Subscription detail={data} />
          <Section
            title={
              <>
                {t('parcels.drawer.timeline')}{' '}
                {data.parcel.ambiguous > 0 ? (
                  <Tag tone="wait">{t('parcels.drawer.ambiguous', { n: data.parcel.ambiguous })}</Tag>
                ) : null}
              </>
            }
          >
            <ParcelTimeline events={data.events} />
          </Section>
        </div>
      ) : null}
    </Drawer>
  )
}

function Head({
  detail: { parcel },
  onOpen,
}: {
  readonly detail: ParcelDetail
  readonly onOpen: (number: string) => void
}) {
  const { t } = useWording()
  const { finding, movedTo, movedFrom } = parcel
  const why = finding === null ? '' : whyText(t, finding.why)
  return (
    <div className="hf-order-head">
      <span className="hf-tags hf-tags-large">
        <ParcelStateTag state={parcel.state} />
        <FindingTag finding={finding} />
        {finding ? (
          <span className="hf-faint">
            {t('parcels.drawer.since')} <FullTime at={finding.since} />
          </span>
        ) : null}
      </span>
      {why ? <p>{why}</p> : null}
      {parcel.dispute ? (
        <p className="hf-faint">
          {parcel.dispute.by}：{parcel.dispute.words}
        </p>
      ) : null}
      {movedTo ? (
        <p>
          {t('parcels.drawer.head.movedTo')}{' '}
          <Button type="link" size="small" onClick={() => onOpen(movedTo)}>
            {movedTo}
          </Button>
        </p>
      ) : null}
      {movedFrom ? (
        <p>
          {t('parcels.drawer.head.movedFrom')}{' '}
          <Button type="link" size="small" onClick={() => onOpen(movedFrom)}>
            {movedFrom}
          </Button>
        </p>
      ) : null}
    </div>
  )
}

function Glance({ parcel }: { readonly parcel: ParcelRow }) {
  const { t } = useWording()
  const { openOrder } = useOverlay()
  const times = [
    [t('parcels.col.waybillAt'), parcel.waybillAt],
    [t('parcels.col.firstScan'), parcel.firstScanAt],
    [t('parcels.drawer.delivered'), parcel.deliveredAt ?? parcel.returnedAt],
    [t('parcels.drawer.heard'), parcel.heardAt],
  ] as const
  return (
    <Facts
      items={[
        [
          t('parcels.col.orders'),
          <span key="orders">
            {parcel.orders.length === 0 ? '–' : null}
            {parcel.orders.map((order) => (
              <button
                key={order.id}
                type="button"
                className="hf-link hf-num"
                onClick={() => openOrder(order.id)}
              >
                {order.orderNo}{' '}
              </button>
            ))}
          </span>,
        ],
        ...(parcel.warehouse
          ? [[t('parcels.col.warehouse'), <WarehouseName key="warehouse" code={parcel.warehouse} />] as const]
          : []),
        ...(parcel.ours ? [[t('parcels.drawer.paper'), <Paper key="paper" parcel={parcel} />] as const] : []),
        ...times.filter(([, at]) => at).map(([name, at]) => [name, <FullTime key={name} at={at} />] as const),
      ]}
    />
  )
}

/** From a parcel of ours to its waybill, its label and what was done to stop or repeat it. */
function Paper({ parcel: { trackingNo } }: { readonly parcel: ParcelRow }) {
  const { t } = useWording()
  return (
    <span className="hf-inline">
      <Link to="/waybills" search={{ q: trackingNo }} preload={false}>
        {t('waybills.title')}
      </Link>
      <Link to="/labels" search={{ q: trackingNo }} preload={false}>
        {t('labels.title')}
      </Link>
      <Link to="/reshipments" preload={false}>
        {t('reshipments.title')}
      </Link>
    </span>
  )
}

function Subscription({ detail: { subscription } }: { readonly detail: ParcelDetail }) {
  const { t } = useWording()
  if (subscription === null) return null
  return (
    <Section title={t('parcels.drawer.subscription')}>
      <Facts
        items={[
          [
            subscription.connection?.name ?? '–',
            <span key="state" className="hf-tags">
              <SubscriptionTag state={subscription.state} />
              <span className="hf-faint">
                {becauseText(t, subscription.because)} · {t('parcels.sub.col.times')} {subscription.times}
              </span>
            </span>,
          ],
          ...(subscription.expiresAt
            ? [[t('parcels.sub.col.expires'), <FullTime key="end" at={subscription.expiresAt} />] as const]
            : []),
          ...(subscription.code
            ? [[t('parcels.sub.col.words'), `${subscription.code} ${subscription.words}`] as const]
            : []),
        ]}
      />
    </Section>
  )
}

type Doing = 'resolve' | 'dispute' | 'withdraw'

function Actions({ parcel }: { readonly parcel: ParcelRow }) {
  const { t } = useWording()
  const can = useCan()
  const fail = useProblemToast()
  const client = useQueryClient()
  const { message } = App.useApp()
  const [doing, setDoing] = useState<Doing | null>(null)
  const path = `${PARCELS}/${encodeURIComponent(parcel.trackingNo)}`
  const refresh = () => void client.invalidateQueries({ queryKey: parcelQueryKey(parcel.trackingNo) })
  const ask = useMutation({
    mutationFn: () => write<{ asked: string[] }>('POST', `${path}/ask`),
    onError: fail,
    onSuccess: ({ asked }) => void message.success(t('parcels.asked', { n: asked.length })),
  })
  const subscribe = useMutation({
    mutationFn: () =>
      write<{ asked: string[] }>('POST', `${PARCELS}/subscribe`, { numbers: [parcel.trackingNo] }),
    onError: fail,
    onSuccess: ({ asked }) => {
      void (asked.length > 0
        ? message.success(t('parcels.subscribed', { n: asked.length }))
        : message.warning(t('parcels.subscribedNone')))
      refresh()
    },
  })
  if (!can('parcels:write')) return null
  return (
    <div className="hf-parcel-row">
      <Button icon={<SyncOutlined />} loading={ask.isPending} onClick={() => ask.mutate()}>
        {t('parcels.ask')}
      </Button>
      {parcel.open ? (
        <Button loading={subscribe.isPending} onClick={() => subscribe.mutate()}>
          {t('parcels.subscribe')}
        </Button>
      ) : null}
      {parcel.finding && !parcel.finding.answered ? (
        <Button onClick={() => setDoing('resolve')}>{t('parcels.resolve')}</Button>
      ) : null}
      {parcel.dispute ? (
        <Button onClick={() => setDoing('withdraw')}>{t('parcels.dispute.withdraw')}</Button>
      ) : parcel.state === 'delivered' ? (
        <Button onClick={() => setDoing('dispute')}>{t('parcels.dispute')}</Button>
      ) : null}
      {doing ? (
        <WordsDialog
          title={t(
            doing === 'resolve'
              ? 'parcels.resolve.title'
              : doing === 'dispute'
                ? 'parcels.dispute.title'
                : 'parcels.dispute.withdraw',
          )}
          hint={doing === 'withdraw' ? null : t(`parcels.${doing}.hint`)}
          onClose={() => setDoing(null)}
          onSend={async (words) => {
            if (doing === 'resolve') await write('POST', `${path}/resolve`, { words })
            else await write('POST', `${path}/dispute`, { disputed: doing === 'dispute', words })
            refresh()
          }}
        />
      ) : null}
    </div>
  )
}

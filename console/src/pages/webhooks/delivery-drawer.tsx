import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Drawer, Skeleton } from 'antd'
import { get, write } from '#/api/client.ts'
import type { WebhookDelivery } from '#/api/webhook-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { prettyBody } from '#/parts/pretty-body.ts'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { CopyButton, Facts, Section } from '#/parts/small.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { DeliveryTag } from './delivery-tag.tsx'
import { useEventType } from './event-type.ts'

/** One delivery: what was sent, under which headers, and what the receiver said. */
export function DeliveryDrawer({
  id,
  onClose,
  onChanged,
}: {
  readonly id: string
  readonly onClose: () => void
  readonly onChanged: () => void
}) {
  const { t } = useWording()
  const typeName = useEventType()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const { data, error, refetch } = useQuery({
    queryKey: ['webhook-delivery', id],
    queryFn: ({ signal }) => get<WebhookDelivery>(`/api/webhooks/deliveries/${id}`, {}, signal),
    refetchInterval: (query) => (query.state.data?.state === 'pending' ? 1_500 : false),
  })
  const replay = useMutation({
    mutationFn: () => write<{ sent: number }>('POST', '/api/webhooks/deliveries/replay', { ids: [id] }),
    onError: fail,
    onSuccess: ({ sent }) => {
      void message.success(t('webhooks.replayed', { n: sent }))
      void refetch()
      onChanged()
    },
  })
  return (
    <Drawer
      open
      onClose={onClose}
      size={680}
      className="hf-drawer"
      title={data ? typeName(data.type) : t('webhooks.tab.deliveries')}
      extra={
        data && data.state !== 'pending' ? (
          <Button loading={replay.isPending} onClick={() => replay.mutate()}>
            {t('webhooks.replay')}
          </Button>
        ) : null
      }
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data ? <Body row={data} /> : null}
    </Drawer>
  )
}

function Body({ row }: { readonly row: WebhookDelivery }) {
  const { t } = useWording()
  const { openOrder } = useOverlay()
  const { orderId, orderNo, trackingNo, lastAt } = row
  return (
    <div className="hf-order">
      <div className="hf-tags hf-tags-large">
        <DeliveryTag state={row.state} />
        <code>{row.type}</code>
      </div>
      <Facts
        items={[
          [t('webhooks.col.endpoint'), row.endpoint],
          ...(orderNo === null
            ? []
            : [
                [
                  t('webhooks.col.order'),
                  orderId === null ? (
                    orderNo
                  ) : (
                    <button
                      key="order"
                      type="button"
                      className="hf-link-button hf-num"
                      onClick={() => openOrder(orderId)}
                    >
                      {orderNo}
                    </button>
                  ),
                ] as const,
              ]),
          ...(trackingNo === null
            ? []
            : [
                [
                  t('webhooks.col.parcel'),
                  <Link key="parcel" to="/parcels" search={{ q: trackingNo }} preload={false}>
                    {trackingNo}
                  </Link>,
                ] as const,
              ]),
          [t('webhooks.col.at'), <FullTime key="at" at={row.at} />],
          ...(lastAt === null
            ? []
            : [[t('webhooks.col.lastAt'), <FullTime key="last" at={lastAt} />] as const]),
          [
            t('webhooks.col.answer'),
            <span key="answer" className={row.state === 'failed' ? 'hf-bad-text' : ''}>
              {row.words || '—'}
              {row.ms === null ? '' : ` · ${row.ms} ms`}
            </span>,
          ],
          [t('webhooks.col.attempts'), t('webhooks.attemptsLine', { n: row.attempts, again: row.replays })],
        ]}
      />
      <Section title={t('webhooks.headers')}>
        <table className="hf-plain-table hf-headers hf-hook-headers">
          <tbody>
            <Header name="webhook-id" value={row.messageId} hint={t('webhooks.header.id')} />
            <Header name="webhook-timestamp" value={null} hint={t('webhooks.header.timestamp')} />
            <Header name="webhook-signature" value="v1,…" hint={t('webhooks.header.signature')} />
          </tbody>
        </table>
      </Section>
      <Section title={t('webhooks.body')} extra={<CopyButton text={row.body} />}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
        <pre className="hf-code" tabIndex={0}>
          {prettyBody(row.body) ?? row.body}
        </pre>
      </Section>
    </div>
  )
}

function Header({
  name,
  value,
  hint,
}: {
  readonly name: string
  readonly value: string | null
  readonly hint: string
}) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {value === null ? null : <code>{value}</code>}
        <div className="hf-faint">{hint}</div>
      </td>
    </tr>
  )
}

import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button } from 'antd'
import { write } from '#/api/client.ts'
import type { ReviewCase } from '#/api/review-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'

/** The first thing to do, as a button: what the hub can do itself, or the page where it is done. */
export function NextAction({ one }: { readonly one: ReviewCase }) {
  const { word } = useWording()
  const { openOrder } = useOverlay()
  const { action } = one.next
  const { order } = one
  const label = word('nextAction', action)
  if (action === 'refetch_order' || action === 'report_again' || action === 'retry_intent')
    return <DoIt one={one} label={label} />
  if (action === 'match_skus' && order)
    return (
      <Link to="/skus" search={{ orderNo: order.orderNo, ...ofShop(one) }} preload={false}>
        <Button type="primary">{label}</Button>
      </Link>
    )
  if (action === 'open_messages' || action === 'open_mapping')
    return (
      <Link
        to="/messages"
        search={{ state: 'parked', ...(one.orderNo ? { orderNo: one.orderNo } : {}) }}
        preload={false}
      >
        <Button type="primary">{label}</Button>
      </Link>
    )
  if (action === 'open_emergency')
    return (
      <Link to="/emergency" preload={false}>
        <Button type="primary">{label}</Button>
      </Link>
    )
  if (action === 'open_parcel')
    return (
      <Link to="/parcels" search={{ open: String(one.evidence['trackingNo'] ?? '') }} preload={false}>
        <Button type="primary">{label}</Button>
      </Link>
    )
  if (action === 'open_reshipments')
    return (
      <Link to="/reshipments" search={{ tab: String(one.evidence['tab'] ?? 'reships') }} preload={false}>
        <Button type="primary">{label}</Button>
      </Link>
    )
  if (!order) return null
  return (
    <Button type="primary" onClick={() => openOrder(order.id)}>
      {label}
    </Button>
  )
}

function ofShop({ connection }: ReviewCase): { connection?: string } {
  return connection ? { connection: connection.id } : {}
}

const DO = {
  refetch_order: { scope: 'orders:write', said: 'review.next.refetched' },
  report_again: { scope: 'orders:write', said: 'review.next.reported' },
  retry_intent: { scope: 'outbox:write', said: 'review.next.retried' },
} as const

/** Done by the hub through the outbox, where a second click changes nothing. */
function DoIt({ one, label }: { readonly one: ReviewCase; readonly label: string }) {
  const { t } = useWording()
  const can = useCan()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const action = one.next.action as keyof typeof DO
  const { scope, said } = DO[action]
  const act = useMutation({
    mutationFn: async (): Promise<number> => {
      if (action === 'retry_intent') {
        const ids = [one.subject.slice('intent:'.length)]
        return (await write<{ retried: number }>('POST', '/api/outbox/retry', { ids })).retried
      }
      const body = {
        ids: [one.order?.id],
        action: action === 'refetch_order' ? 'refetch' : 'report_shipment',
      }
      return (await write<{ done?: number }>('POST', '/api/orders/bulk', body)).done ?? 1
    },
    onError: fail,
    onSuccess: (done) => {
      if (done > 0) void message.success(t(said))
      else void message.info(t('review.next.none'))
    },
  })
  if (!can(scope) || (action !== 'retry_intent' && !one.order)) return null
  return (
    <Button type="primary" loading={act.isPending} onClick={() => act.mutate()}>
      {label}
    </Button>
  )
}

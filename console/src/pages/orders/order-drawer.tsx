import { DownOutlined, LinkOutlined, UpOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Drawer, Skeleton, Space } from 'antd'
import { useEffect } from 'react'
import { useConfined } from '#/api/session.ts'
import type { OrderDetail } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { OrderAsks } from '#/pages/polls/order-asks.tsx'
import { OrderCases } from '#/pages/review/order-cases.tsx'
import { DriftClaims } from '#/parts/drift-claims.tsx'
import { neighbours } from '#/parts/list-view/row-order.ts'
import { ProblemNotice, useRefusalText } from '#/parts/problem-notice.tsx'
import { CopyButton, Facts, MoneyText, Section } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { OrderDecisions } from './order-decisions.tsx'
import { OrderFreightSection } from './order-freight.tsx'
import { OrderLines } from './order-lines.tsx'
import { OrderParcels } from './order-parcels.tsx'
import { OrderPlanSection } from './order-plan.tsx'
import { OrderPromises } from './order-promises.tsx'
import { orderQuery } from './order-queries.ts'
import { OrderRecipient } from './order-recipient.tsx'
import { OrderStockSection } from './order-stock.tsx'
import { OrderTimeline } from './order-timeline.tsx'

type OrderDrawerProps = {
  readonly id: string
  readonly onClose: () => void
  /** The raw message lies over it: keys belong to that one. */
  readonly covered: boolean
}

/** Everything the hub knows of one order, with the evidence for it. */
export function OrderDrawer({ id, onClose, covered }: OrderDrawerProps) {
  const { t } = useWording()
  const { openOrder } = useOverlay()
  const { data: order, error, refetch } = useQuery(orderQuery(id))
  const { previous, next } = neighbours(id)

  useEffect(() => {
    if (covered) return
    const onKey = (event: KeyboardEvent) => {
      const field = (event.target as HTMLElement | null)?.closest('input, textarea')
      if (field || event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.key === 'j' ? next : event.key === 'k' ? previous : null
      if (target) openOrder(target)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [covered, next, previous, openOrder])

  return (
    <Drawer
      open
      onClose={onClose}
      size={960}
      className="hf-drawer"
      title={
        <span className="hf-drawer-title">
          <span className="hf-num">{t('drawer.title', { no: order?.orderNo ?? '…' })}</span>
          {order ? <CopyButton text={order.orderNo} label={t('drawer.copyNo')} /> : null}
        </span>
      }
      extra={
        <Space>
          <Button
            icon={<UpOutlined />}
            aria-label={t('drawer.previous')}
            title={`${t('drawer.previous')} (k)`}
            disabled={!previous}
            onClick={() => previous && openOrder(previous)}
          />
          <Button
            icon={<DownOutlined />}
            aria-label={t('drawer.next')}
            title={`${t('drawer.next')} (j)`}
            disabled={!next}
            onClick={() => next && openOrder(next)}
          />
        </Space>
      }
    >
      {error && !order ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!order && !error ? <Skeleton active paragraph={{ rows: 12 }} /> : null}
      {order ? <OrderBody order={order} /> : null}
    </Drawer>
  )
}

function OrderBody({ order }: { readonly order: OrderDetail }) {
  const { t } = useWording()
  const confined = useConfined()
  return (
    <div className="hf-order">
      <OrderHead order={order} />
      <Explain order={order} />
      <OrderCases orderId={order.id} />
      <OrderPromises order={order} />
      {confined ? null : <OrderPlanSection orderId={order.id} />}
      <OrderStockSection orderId={order.id} />
      <OrderFreightSection orderId={order.id} />
      <OrderDecisions orderId={order.id} orderNo={order.orderNo} />
      {order.drift.length > 0 ? (
        <Section title={t('drawer.drift')}>
          {order.drift.map((drift) => (
            <DriftClaims key={`${drift.field}${drift.cause}`} drift={drift} />
          ))}
        </Section>
      ) : null}
      <Section title={t('drawer.parcels')} extra={<span className="hf-faint">{order.parcels.length}</span>}>
        <OrderParcels order={order} />
      </Section>
      <Section title={t('drawer.lines')} extra={<span className="hf-faint">{order.lines.length}</span>}>
        <OrderLines order={order} />
      </Section>
      <div className="hf-columns-2">
        <Section title={t('drawer.recipient')}>
          <OrderRecipient key={order.id} order={order} />
        </Section>
        <Section title={t('drawer.intents')}>
          <Intents order={order} />
        </Section>
      </div>
      <OrderAsks orderId={order.id} />
      <OrderTimeline order={order} />
    </div>
  )
}

function OrderHead({ order }: { readonly order: OrderDetail }) {
  const { t } = useWording()
  const times = [
    [t('orders.col.placedAt'), order.placedAt],
    [t('orders.col.paidAt'), order.paidAt],
    [t('orders.col.shipBy'), order.shipBy],
    [t('orders.col.shippedAt'), order.shippedAt],
    [t('orders.col.deliveredAt'), order.deliveredAt],
  ] as const
  return (
    <div className="hf-order-head">
      <div className="hf-tags hf-tags-large">
        <CodeTag family="status" code={order.status} dot />
        {order.afterSale !== 'none' ? <CodeTag family="afterSale" code={order.afterSale} /> : null}
        {order.report !== 'none' ? <CodeTag family="report" code={order.report} /> : null}
        {order.stock ? <CodeTag family="stockState" code={order.stock.state} /> : null}
        {order.unmatchedLines > 0 ? (
          <Link
            to="/skus"
            search={{ orderNo: order.orderNo, connection: order.connection.id }}
            preload={false}
            className="hf-tag-link"
            title={t('orders.mark.match')}
          >
            <Tag tone="wait">{t('orders.mark.unmatched', { n: order.unmatchedLines })}</Tag>
          </Link>
        ) : null}
        <span className="hf-order-shop">
          <LinkOutlined aria-hidden="true" /> {order.connection.name}
        </span>
        <span className="hf-order-payable">
          <MoneyText money={order.payable} />
        </span>
      </div>
      <Facts
        items={times
          .filter(([, at]) => at)
          .map(([name, at]) => [name, <FullTime key={name} at={at} />] as const)}
      />
      {order.notes?.buyer || order.notes?.seller ? (
        <div className="hf-notes">
          {order.notes.buyer ? <p>{t('orders.note.buyer', { text: order.notes.buyer })}</p> : null}
          {order.notes.seller ? <p>{t('orders.note.seller', { text: order.notes.seller })}</p> : null}
        </div>
      ) : null}
    </div>
  )
}

/** Why the order is here, what it waits for, who can move it: the hub's own sentences. */
function Explain({ order }: { readonly order: OrderDetail }) {
  const { t, pick } = useWording()
  if (order.explain.length === 0) return null
  return (
    <section className="hf-explain" aria-label={t('drawer.explain')}>
      <h2>{t('drawer.explain')}</h2>
      <ul>
        {order.explain.map((line) => (
          <li key={line.zh}>{pick(line)}</li>
        ))}
      </ul>
    </section>
  )
}

function Intents({ order }: { readonly order: OrderDetail }) {
  const { t, word } = useWording()
  const refusal = useRefusalText()
  if (order.intents.length === 0) return <p className="hf-faint">{t('drawer.noIntents')}</p>
  return (
    <ul className="hf-intents">
      {order.intents.map((intent) => (
        <li key={intent.id}>
          <div>
            <b>{word('effect', intent.effect)}</b> <CodeTag family="intent" code={intent.state} />
          </div>
          <div className="hf-faint">
            {intent.attempts > 0 ? t('drawer.attempts', { n: intent.attempts }) : t('drawer.notAttempted')} ·{' '}
            <FullTime at={intent.updatedAt} />
          </div>
          {intent.lastDetail || intent.lastCode ? (
            <div className="hf-faint">
              {intent.lastCode ? refusal(intent.lastCode, intent.lastDetail) : intent.lastDetail}{' '}
              {intent.lastCode ? <code>{intent.lastCode}</code> : null}
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  )
}

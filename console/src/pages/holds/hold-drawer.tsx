import { useQuery } from '@tanstack/react-query'
import { Button, Drawer, Skeleton } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { Hold, HoldDetail } from '#/api/stock-types.ts'
import { reasonWords } from '#/i18n/hub-reasons.ts'
import { useWording } from '#/i18n/language.tsx'
import { Countdown } from '#/parts/countdown.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Facts, MoneyText, Section } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { MovementRows } from '../stock/movement-table.tsx'
import { AskDialog } from './ask-dialog.tsx'
import { ownerName } from './hold-columns.tsx'
import type { HoldsChange } from './holds-page.tsx'
import { ReleaseDialog } from './release-dialog.tsx'
import { RenewDialog } from './renew-dialog.tsx'

/** One hold: whose, what of it is still open, what it did to the levels, and the order behind it. */
export function HoldDrawer({
  id,
  onClose,
  onChange,
}: {
  readonly id: string
  readonly onClose: () => void
  readonly onChange: (change: HoldsChange) => void
}) {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['hold', id],
    queryFn: ({ signal }) => get<HoldDetail>(`/api/stock/holds/${id}`, {}, signal),
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
          {t('holds.drawer.title', { id: id.toString() })}
          {data ? <span className="hf-faint">· {ownerName(data.hold)}</span> : null}
        </span>
      }
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active /> : null}
      {data ? (
        <div className="hf-order">
          <Head hold={data.hold} onChange={onChange} />
          <Section title={t('holds.drawer.lines')}>
            <LineTable hold={data.hold} />
          </Section>
          {data.order ? <OrderFacts order={data.order} /> : null}
          <Section title={t('holds.drawer.movements')}>
            <MovementRows rows={data.movements} places />
          </Section>
        </div>
      ) : null}
    </Drawer>
  )
}

function Head({ hold, onChange }: { readonly hold: Hold; readonly onChange: (change: HoldsChange) => void }) {
  const wording = useWording()
  const { t, word, duration } = wording
  const { unlockRequest } = hold
  return (
    <div className="hf-order-head">
      <span className="hf-tags hf-tags-large">
        <CodeTag family="holdState" code={hold.state} dot />
        <Tag tone="neutral">{word('holdKind', hold.kind)}</Tag>
        {hold.state === 'held' ? <CodeTag family="holdWhy" code={hold.why} dot /> : null}
        {hold.overdueSeconds > 0 ? (
          <Tag tone="bad">{t('holds.overdueBy', { t: duration(hold.overdueSeconds) })}</Tag>
        ) : null}
        {unlockRequest === null ? null : (
          <Button
            type="link"
            onClick={() => onChange({ hold: undefined, tab: 'unlocks', unlock: unlockRequest })}
          >
            {t('holds.drawer.seeRequest')}
          </Button>
        )}
      </span>
      <Facts
        items={[
          [t('holds.col.owner'), `${word('holdOwner', hold.owner.kind)} ${ownerName(hold)}`],
          [t('holds.col.reason'), reasonWords(hold.reason, wording) || '—'],
          [t('stock.drawer.by'), hold.actor],
          [t('holds.col.createdAt'), <FullTime key="c" at={hold.createdAt} />],
          [t('holds.col.heartbeat'), <FullTime key="h" at={hold.heartbeatAt} />],
          [t('holds.col.deadline'), <FullTime key="d" at={hold.deadlineAt} />],
          [t('holds.drawer.onDeadline'), t(`holds.drawer.onDeadline.${hold.onDeadline}`)],
          ...(hold.endedAt
            ? ([
                [t('holds.col.endedAt'), <FullTime key="e" at={hold.endedAt} />],
                [
                  t('holds.col.endedBy'),
                  `${hold.endedBy ?? ''} ${reasonWords(hold.endedReason ?? '', wording)}`,
                ],
              ] as const)
            : []),
        ]}
      />
      {hold.state === 'held' ? <Actions hold={hold} /> : null}
    </div>
  )
}

function Actions({ hold }: { readonly hold: Hold }) {
  const { t } = useWording()
  const can = useCan()
  const [dialog, setDialog] = useState<'renew' | 'ask' | 'release' | null>(null)
  if (!can('stock:write')) return null
  const close = () => setDialog(null)
  const byForce = hold.owner.kind === 'order' || hold.owner.kind === 'api'
  return (
    <span className="hf-inline">
      <Button type="primary" onClick={() => setDialog('renew')}>
        {t('holds.renew')}
      </Button>
      {byForce && hold.unlockRequest === null ? (
        <Button danger onClick={() => setDialog('ask')}>
          {t('holds.ask')}
        </Button>
      ) : null}
      {hold.owner.kind === 'person' ? (
        <Button danger onClick={() => setDialog('release')}>
          {t('holds.drawer.release')}
        </Button>
      ) : null}
      {dialog === 'renew' ? <RenewDialog ids={[hold.id]} onClose={close} onDone={close} /> : null}
      {dialog === 'ask' ? <AskDialog ids={[hold.id]} onClose={close} onDone={close} /> : null}
      {dialog === 'release' ? <ReleaseDialog id={hold.id} onClose={close} /> : null}
    </span>
  )
}

function LineTable({ hold }: { readonly hold: Hold }) {
  const { t, count } = useWording()
  const figures = ['quantity', 'open', 'committed', 'fromQuota', 'available'] as const
  return (
    <table className="hf-plain-table">
      <thead>
        <tr>
          <th scope="col">{t('stock.col.sku')}</th>
          <th scope="col">{t('stock.col.warehouse')}</th>
          {figures.map((name) => (
            <th key={name} scope="col" className="hf-right">
              {t(`holds.drawer.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {hold.lines.map((line) => (
          <tr key={`${line.sku}\n${line.warehouse.code}`}>
            <td className="hf-num">{line.sku}</td>
            <td>{line.warehouse.name}</td>
            {figures.map((name) => (
              <td key={name} className="hf-num hf-right">
                {line[name] === null ? '—' : count(line[name])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function OrderFacts({ order }: { readonly order: NonNullable<HoldDetail['order']> }) {
  const { t } = useWording()
  const { openOrder } = useOverlay()
  return (
    <Section
      title={t('holds.drawer.order')}
      extra={
        <Button type="link" onClick={() => openOrder(order.id)}>
          {order.orderNo}
        </Button>
      }
    >
      <Facts
        items={[
          [t('holds.status'), <CodeTag key="s" family="status" code={order.status} dot />],
          [t('holds.shop'), order.shop],
          ...(order.title ? ([[t('stock.col.title'), order.title]] as const) : []),
          ...(order.payable
            ? ([[t('holds.payable'), <MoneyText key="y" money={order.payable} />]] as const)
            : []),
          ...(order.promiseDueAt
            ? ([
                [t('holds.promise'), <Countdown key="p" dueAt={order.promiseDueAt} warnAt={null} />],
              ] as const)
            : []),
          ...(order.penalty
            ? ([[t('holds.penalty'), <MoneyText key="m" money={order.penalty} />]] as const)
            : []),
          ...(order.waybills.length > 0
            ? ([[t('holds.waybills'), order.waybills.map(({ trackingNo }) => trackingNo).join(' ')]] as const)
            : []),
        ]}
      />
    </Section>
  )
}

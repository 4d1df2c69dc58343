import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Drawer, Skeleton, Tabs } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { Hold, LevelDetail, StockLevel, StockQuota } from '#/api/stock-types.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { CopyButton } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { AdjustDialog } from './adjust-dialog.tsx'
import { MovementTable } from './movement-table.tsx'
import { QuotaDialog } from './quota-dialog.tsx'
import { ReserveDialog } from './reserve-dialog.tsx'

export function levelPath(sku: string, warehouse: string): string {
  return `/api/stock/levels/${encodeURIComponent(sku)}/${encodeURIComponent(warehouse)}`
}

type Dialog = 'adjust' | 'reserve' | 'quota' | { readonly quota: StockQuota } | null

/** One SKU at one warehouse: how its figure comes about, every change of it, who holds a part. */
export function LevelDrawer({
  sku,
  warehouse,
  onClose,
}: {
  readonly sku: string
  readonly warehouse: string
  readonly onClose: () => void
}) {
  const path = levelPath(sku, warehouse)
  const { data, error, refetch } = useQuery({
    queryKey: ['level', sku, warehouse],
    queryFn: ({ signal }) => get<LevelDetail>(path, {}, signal),
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
          <span className="hf-num">{sku}</span>
          <CopyButton text={sku} />
          <span className="hf-faint">
            {data?.level.warehouse.name ?? warehouse} {data?.title ? `· ${data.title}` : ''}
          </span>
        </span>
      }
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active /> : null}
      {data ? <LevelBody detail={data} path={path} /> : null}
    </Drawer>
  )
}

function LevelBody({ detail, path }: { readonly detail: LevelDetail; readonly path: string }) {
  const { t } = useWording()
  const can = useCan()
  const [dialog, setDialog] = useState<Dialog>(null)
  const { level, short, quotas } = detail
  const close = () => setDialog(null)
  return (
    <div className="hf-order">
      <section aria-label={t('stock.drawer.equation')}>
        <Equation level={level} />
        <div className="hf-stock-notes">
          {level.figures === 'captured' ? (
            <span className="hf-faint">
              <Tag tone="neutral" title={t('stock.capturedHint')}>
                {t('stock.captured')}
              </Tag>{' '}
              {level.sourceQuantity === null
                ? t('stock.drawer.sourceNone')
                : t('stock.drawer.source', { n: level.sourceQuantity, out: level.unseenOut })}
            </span>
          ) : null}
          {short.orders > 0 ? <span className="hf-bad-text">{t('stock.drawer.short', short)}</span> : null}
        </div>
      </section>
      {can('stock:write') ? (
        <span className="hf-inline">
          <Button type="primary" onClick={() => setDialog('adjust')}>
            {t('stock.adjust.open')}
          </Button>
          <Button onClick={() => setDialog('reserve')}>{t('stock.reserve.open')}</Button>
          <Button onClick={() => setDialog('quota')}>{t('stock.quota.add')}</Button>
        </span>
      ) : null}
      <Tabs
        size="small"
        items={[
          { key: 'movements', label: t('stock.drawer.movements'), children: <MovementTable path={path} /> },
          { key: 'holds', label: t('stock.drawer.holds'), children: <PlaceHolds level={level} /> },
          {
            key: 'quotas',
            label: `${t('stock.drawer.quotas')}${quotas.length > 0 ? ` ${quotas.length}` : ''}`,
            children: <PlaceQuotas quotas={quotas} onEdit={(quota) => setDialog({ quota })} />,
          },
        ]}
      />
      {dialog === 'adjust' ? <AdjustDialog level={level} onClose={close} /> : null}
      {dialog === 'reserve' ? <ReserveDialog level={level} onClose={close} /> : null}
      {dialog === 'quota' ? <QuotaDialog place={level} onClose={close} /> : null}
      {dialog !== null && typeof dialog === 'object' ? (
        <QuotaDialog place={level} quota={dialog.quota} onClose={close} />
      ) : null}
    </div>
  )
}

/** 实物 − 已锁 − 预留 + 在途 = 可用; − 安全库存 = 可售. */
function Equation({ level }: { readonly level: StockLevel }) {
  const { t, count } = useWording()
  const part = (name: 'physical' | 'locked' | 'reserved' | 'inTransit' | 'safety', off = false) => (
    <div className={off ? 'hf-equation-off' : ''} title={off ? t('stock.notCounted') : undefined}>
      <b>{count(level[name])}</b>
      <span>{t(`stock.col.${name}`)}</span>
    </div>
  )
  const sum = (name: 'available' | 'sellable') => (
    <div className="hf-equation-sum">
      <b className={level[name] < 0 ? 'hf-text-bad' : ''}>{count(level[name])}</b>
      <span>{t(`stock.col.${name}`)}</span>
    </div>
  )
  return (
    <div className="hf-equation">
      {part('physical')}
      <i>−</i>
      {part('locked')}
      <i>−</i>
      {part('reserved')}
      <i>+</i>
      {part('inTransit', !level.transitCounts)}
      <i>=</i>
      {sum('available')}
      <i>−</i>
      {part('safety')}
      <i>→</i>
      {sum('sellable')}
    </div>
  )
}

function PlaceHolds({ level }: { readonly level: StockLevel }) {
  const { t, count, duration } = useWording()
  const place = { sku: level.sku, warehouse: level.warehouse.code }
  const { data, error, refetch } = useQuery({
    queryKey: ['place-holds', place.sku, place.warehouse],
    queryFn: ({ signal }) =>
      get<Page<Hold>>('/api/stock/holds', { state: 'held', ...place, limit: 50 }, signal),
    refetchInterval: 5_000,
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active />
  if (data.items.length === 0) return <p className="hf-faint">{t('stock.drawer.noHolds')}</p>
  const pieces = (hold: Hold) =>
    hold.lines
      .filter((line) => line.sku === place.sku && line.warehouse.code === place.warehouse)
      .reduce((sum, line) => sum + line.open, 0)
  return (
    <>
      <table className="hf-plain-table">
        <thead>
          <tr>
            <th scope="col">{t('holds.col.owner')}</th>
            <th scope="col" className="hf-right">
              {t('holds.col.pieces')}
            </th>
            <th scope="col">{t('holds.col.why')}</th>
            <th scope="col">{t('holds.col.deadline')}</th>
            <th scope="col">{t('holds.col.reason')}</th>
          </tr>
        </thead>
        <tbody>
          {data.items.map((hold) => (
            <tr key={hold.id}>
              <td>
                <CodeTag family="holdOwner" code={hold.owner.kind} />{' '}
                <Link to="/holds" search={{ hold: hold.id }} className="hf-num">
                  {hold.owner.reference || hold.owner.id}
                </Link>
              </td>
              <td className="hf-num hf-right">{count(pieces(hold))}</td>
              <td>
                <CodeTag family="holdWhy" code={hold.why} dot />
              </td>
              <td>
                {hold.overdueSeconds > 0 ? (
                  <Tag tone="bad">{t('holds.overdueBy', { t: duration(hold.overdueSeconds) })}</Tag>
                ) : (
                  <TimeText at={hold.deadlineAt} />
                )}
              </td>
              <td className="hf-faint">{hold.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.next !== null ? (
        <Link to="/holds" search={place}>
          {t('stock.drawer.moreHolds')}
        </Link>
      ) : null}
    </>
  )
}

function PlaceQuotas({
  quotas,
  onEdit,
}: {
  readonly quotas: readonly StockQuota[]
  readonly onEdit: (quota: StockQuota) => void
}) {
  const { t, count } = useWording()
  const can = useCan()
  if (quotas.length === 0) return <p className="hf-faint">{t('stock.drawer.noQuotas')}</p>
  return (
    <table className="hf-plain-table">
      <thead>
        <tr>
          <th scope="col">{t('stock.quota.channel')}</th>
          {(['granted', 'used', 'leftOver'] as const).map((name) => (
            <th key={name} scope="col" className="hf-right">
              {t(`stock.quota.${name}`)}
            </th>
          ))}
          <th scope="col">{t('stock.quota.updatedBy')}</th>
          <th scope="col" aria-label={t('common.edit')} />
        </tr>
      </thead>
      <tbody>
        {quotas.map((quota) => (
          <tr key={quota.channel.id}>
            <td>{quota.channel.name}</td>
            <td className="hf-num hf-right">{count(quota.granted)}</td>
            <td className="hf-num hf-right">{count(quota.granted - quota.leftOver)}</td>
            <td className="hf-num hf-right">{count(quota.leftOver)}</td>
            <td className="hf-faint">
              {quota.updatedBy} <TimeText at={quota.updatedAt} />
            </td>
            <td>
              {can('stock:write') ? (
                <Button size="small" onClick={() => onEdit(quota)}>
                  {t('common.edit')}
                </Button>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

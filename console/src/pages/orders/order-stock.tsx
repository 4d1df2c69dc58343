import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button } from 'antd'
import { get, write } from '#/api/client.ts'
import { type Lack, ORDER_STOCK, type OrderStock } from '#/api/order-stock-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'
import { StockRemedies } from './stock-remedies.tsx'

export const orderStockKey = (id: string) => ['order-stock', id] as const

/** Where the order's goods are locked, what lacks, and what could be done about it. */
export function OrderStockSection({ orderId }: { readonly orderId: string }) {
  const { t } = useWording()
  const can = useCan()
  const { data, error, refetch } = useQuery({
    queryKey: orderStockKey(orderId),
    queryFn: ({ signal }) => get<OrderStock>(`${ORDER_STOCK}/${orderId}`, {}, signal),
    enabled: can('stock:read'),
    refetchInterval: 10_000,
  })
  if (!can('stock:read')) return null
  if (error && !data)
    return (
      <Section title={t('orderStock.title')}>
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      </Section>
    )
  // An installation that counts no stock is told nothing of it.
  if (!data || (data.state === 'none' && data.holds.length === 0 && data.route === null)) return null
  return (
    <Section title={t('orderStock.title')} extra={<RetryButton stock={data} />}>
      <Standing stock={data} />
      {data.shortage.length > 0 ? <Shortage lacks={data.shortage} /> : null}
      {data.holds.length > 0 ? <Holds stock={data} /> : null}
      <RouteLine stock={data} />
      {data.code === 'order_stock.short' && data.shortage.length > 0 ? (
        <StockRemedies orderId={orderId} />
      ) : null}
    </Section>
  )
}

function Standing({ stock }: { readonly stock: OrderStock }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  const back = stock.restored.reduce((sum, one) => sum + one.quantity, 0)
  return (
    <p className="hf-tags">
      <CodeTag family="stockState" code={stock.state} dot />
      {stock.code ? <span>{refusal(stock.code, null)}</span> : null}
      {stock.state === 'none' ? <span className="hf-faint">{t('orderStock.none')}</span> : null}
      {back > 0 ? <span className="hf-faint">{t('orderStock.restored', { n: back })}</span> : null}
      {stock.since && stock.state !== 'none' ? (
        <span className="hf-faint">
          <TimeText at={stock.since} />
        </span>
      ) : null}
    </p>
  )
}

export function Shortage({ lacks }: { readonly lacks: readonly Lack[] }) {
  const { t } = useWording()
  return (
    <ul className="hf-intents">
      {lacks.map((lack) => (
        <li key={lack.sku}>
          <b>{t('orderStock.lack', { sku: lack.sku, wanted: lack.wanted, had: lack.had })}</b>
          {lack.available.length > 0 ? (
            <span className="hf-faint">
              {' '}
              {t('orderStock.elsewhere', {
                list: lack.available.map((one) => `${one.warehouse} ${one.available}`).join(t('common.and')),
              })}
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  )
}

function Holds({ stock }: { readonly stock: OrderStock }) {
  const { t } = useWording()
  const shown = stock.holds.filter((hold) => hold.state !== 'released').slice(0, 5)
  if (shown.length === 0) return null
  return (
    <div className="hf-scroll-x">
      <table className="hf-plain-table">
        <thead>
          <tr>
            <th>{t('orderStock.col.sku')}</th>
            <th>{t('orderStock.col.warehouse')}</th>
            <th className="hf-right">{t('orderStock.col.open')}</th>
            <th className="hf-right">{t('orderStock.col.committed')}</th>
            <th>{t('orderStock.col.deadline')}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {shown.flatMap((hold) =>
            hold.lines.map((line, i) => (
              <tr key={`${hold.id} ${line.sku} ${line.warehouse}`}>
                <td>
                  <code>{line.sku}</code>
                </td>
                <td>{line.warehouseName}</td>
                <td className="hf-right hf-num">{line.open}</td>
                <td className="hf-right hf-num">{line.committed}</td>
                <td>{hold.state === 'held' ? <FullTime at={hold.deadlineAt} /> : '–'}</td>
                <td className="hf-right">
                  {i === 0 ? (
                    <Link to="/holds" search={{ hold: hold.id }} preload={false}>
                      {t('orderStock.openHold')}
                    </Link>
                  ) : null}
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  )
}

function RouteLine({ stock }: { readonly stock: OrderStock }) {
  const { t } = useWording()
  if (!['waiting', 'short', 'locked'].includes(stock.state)) return null
  const { route } = stock
  return (
    <p className="hf-faint">
      {route ? t('orderStock.route', { list: route.warehouses.join(' → ') }) : t('orderStock.routeNone')}{' '}
      {route && route.id === null ? t('orderStock.routeDefault') : route ? `· ${route.name}` : ''}
    </p>
  )
}

function RetryButton({ stock }: { readonly stock: OrderStock }) {
  const { t, word } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const retry = useMutation({
    mutationFn: () =>
      write<{ orders: { state: string }[] }>('POST', `${ORDER_STOCK}/${stock.orderId}/retry`, {}),
    onError: fail,
    onSuccess: async ({ orders: [one] }) => {
      void message.info(t('orderStock.retried', { state: word('stockState', one?.state ?? 'none') }))
      await client.invalidateQueries({ queryKey: orderStockKey(stock.orderId) })
    },
  })
  if (!can('stock:write') || !['waiting', 'short'].includes(stock.state)) return null
  return (
    <Button size="small" loading={retry.isPending} onClick={() => retry.mutate()}>
      {t('orderStock.retry')}
    </Button>
  )
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Popconfirm } from 'antd'
import { get, write } from '#/api/client.ts'
import { ORDER_STOCK, type Remedies, type Remedy } from '#/api/order-stock-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { moneyText } from '#/lib/money.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'

const SHOWN = 8

/** Whose lock costs least to release for a short order, and the button that does it. */
export function StockRemedies({ orderId }: { readonly orderId: string }) {
  const { t } = useWording()
  const can = useCan()
  const { data } = useQuery({
    queryKey: ['order-stock', orderId, 'remedies'],
    queryFn: ({ signal }) => get<Remedies>(`${ORDER_STOCK}/${orderId}/remedies`, {}, signal),
    enabled: can('stock:read'),
    retry: false,
  })
  const take = useTake(orderId)
  if (!data) return null
  const plan = data.holds.filter((one) => data.plan?.includes(one.holdId))
  return (
    <section className="hf-explain" style={{ marginBlockStart: 12 }} aria-label={t('orderStock.remedies')}>
      <h2>{t('orderStock.remedies')}</h2>
      {data.holds.length === 0 ? (
        <p>{t('orderStock.remediesNone')}</p>
      ) : (
        <>
          <p className="hf-faint">{t('orderStock.remediesLead')}</p>
          <div className="hf-scroll-x">
            <table className="hf-plain-table">
              <thead>
                <tr>
                  <th>{t('orderStock.col.holder')}</th>
                  <th>{t('orderStock.col.frees')}</th>
                  <th>{t('orderStock.col.cost')}</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {data.holds.slice(0, SHOWN).map((one) => (
                  <RemedyRow
                    key={one.holdId}
                    one={one}
                    planned={data.plan?.includes(one.holdId) ?? false}
                    single={data.plan?.length === 1}
                    take={take}
                  />
                ))}
              </tbody>
            </table>
          </div>
          <p>
            {data.plan === null ? t('orderStock.planNone') : t('orderStock.plan', { n: data.plan.length })}{' '}
            {plan.length > 1 && can('stock:write') ? (
              <TakeButton holds={plan} label={t('orderStock.takePlan', { n: plan.length })} take={take} />
            ) : null}
          </p>
        </>
      )}
    </section>
  )
}

type Take = ReturnType<typeof useTake>

function useTake(orderId: string) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  return useMutation({
    mutationFn: (holds: readonly string[]) => write('POST', `${ORDER_STOCK}/${orderId}/take`, { holds }),
    onError: fail,
    onSuccess: () => void message.success(t('orderStock.taken')),
    onSettled: () => client.invalidateQueries({ queryKey: ['order-stock', orderId] }),
  })
}

function TakeButton({
  holds,
  label,
  take,
}: {
  readonly holds: readonly Remedy[]
  readonly label: string
  readonly take: Take
}) {
  const { t } = useWording()
  return (
    <Popconfirm
      title={t('orderStock.takeConfirm', {
        list: holds.map((one) => one.owner.reference).join(t('common.and')),
      })}
      okText={t('common.confirm')}
      cancelText={t('common.cancel')}
      onConfirm={() => take.mutate(holds.map((one) => one.holdId))}
    >
      <Button size="small" type="primary" loading={take.isPending}>
        {label}
      </Button>
    </Popconfirm>
  )
}

function RemedyRow({
  one,
  planned,
  single,
  take,
}: {
  readonly one: Remedy
  readonly planned: boolean
  readonly single: boolean
  readonly take: Take
}) {
  const { t, word } = useWording()
  const can = useCan()
  const { openOrder } = useOverlay()
  const isOrder = one.owner.kind === 'order'
  return (
    <tr>
      <td>
        {planned ? '✓ ' : ''}
        {isOrder ? (
          <Button type="link" size="small" className="hf-num" onClick={() => openOrder(one.owner.id)}>
            {one.owner.reference}
          </Button>
        ) : (
          <Link to="/holds" search={{ hold: one.holdId }} preload={false}>
            {word('holdOwner', one.owner.kind)} {one.owner.reference}
          </Link>
        )}
      </td>
      <td className="hf-num">
        {one.frees.map((line) => `${line.sku} × ${line.quantity} @ ${line.warehouse}`).join(t('common.and'))}
      </td>
      <td>
        <span className="hf-tags">
          <Cost one={one} />
        </span>
      </td>
      <td className="hf-right">
        {one.blocked ? (
          <span className="hf-faint">{t(`orderStock.blocked.${one.blocked}`)}</span>
        ) : planned && single && can('stock:write') ? (
          <TakeButton holds={[one]} label={t('orderStock.take')} take={take} />
        ) : null}
      </td>
    </tr>
  )
}

function Cost({ one }: { readonly one: Remedy }) {
  const { t, duration } = useWording()
  return (
    <>
      {one.overdue ? <Tag tone="bad">{t('orderStock.overdue')}</Tag> : null}
      {one.servedElsewhere ? <Tag tone="good">{t('orderStock.servedElsewhere')}</Tag> : null}
      {one.minutesLeft === null ? null : one.minutesLeft < 0 ? (
        <Tag tone="bad">{t('orderStock.broken')}</Tag>
      ) : (
        <Tag tone="neutral">{t('orderStock.left', { t: duration(one.minutesLeft * 60) })}</Tag>
      )}
      {one.penalty ? (
        <span className="hf-faint">{t('orderStock.penalty', { amount: moneyText(one.penalty) })}</span>
      ) : null}
      {one.paid ? (
        <span className="hf-faint">{t('orderStock.paid', { amount: moneyText(one.paid) })}</span>
      ) : null}
    </>
  )
}

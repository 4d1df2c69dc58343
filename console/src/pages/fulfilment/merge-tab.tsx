import { MergeCellsOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Checkbox, Skeleton } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import { FULFILMENT, type MergeGroup } from '#/api/fulfilment-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { PlanChangeDialog } from '#/pages/orders/plan-change-dialog.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import '#/styles/fulfilment.css'
import '#/styles/intake.css'

/** Waiting orders of one recipient, over all channels, that could leave together. */
export function MergeTab() {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['merge-candidates'],
    queryFn: ({ signal }) =>
      get<{ groups: readonly MergeGroup[] }>(`${FULFILMENT}/merge-candidates`, {}, signal),
    refetchInterval: 15_000,
  })
  if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active />
  if (data.groups.length === 0)
    return (
      <TeachingEmpty
        icon={<MergeCellsOutlined />}
        title={t('fulfilment.merge.empty.title')}
        hint={t('fulfilment.merge.empty.hint')}
      />
    )
  return (
    <>
      <p className="hf-faint">{t('fulfilment.merge.lead')}</p>
      <ul className="hf-merge-groups">
        {data.groups.map((group) => (
          <Group key={group.orders.map((one) => one.orderId).join()} group={group} />
        ))}
      </ul>
    </>
  )
}

function Group({ group }: { readonly group: MergeGroup }) {
  const { t } = useWording()
  const can = useCan()
  const { openOrder } = useOverlay()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(group.orders.map((one) => one.orderId)),
  )
  const [asked, setAsked] = useState(false)
  const [first, ...others] = group.orders.filter((one) => chosen.has(one.orderId)).map((one) => one.orderId)
  return (
    <li className="hf-plan-parcel">
      <header>
        <b>{group.recipient ?? t('fulfilment.merge.hidden')}</b>
        {can('fulfilment:write') ? (
          <Button size="small" type="primary" disabled={others.length === 0} onClick={() => setAsked(true)}>
            {t('fulfilment.do.merge')}
          </Button>
        ) : null}
      </header>
      <ul>
        {group.orders.map((one) => (
          <li key={one.orderId} className="hf-merge-order">
            <Checkbox
              checked={chosen.has(one.orderId)}
              aria-label={one.orderNo}
              onChange={(event) => {
                const next = new Set(chosen)
                if (event.target.checked) next.add(one.orderId)
                else next.delete(one.orderId)
                setChosen(next)
              }}
            />
            <button type="button" className="hf-link hf-num" onClick={() => openOrder(one.orderId)}>
              {one.orderNo}
            </button>
            <span className="hf-faint" title={`${one.connection.name} · ${one.title ?? ''}`}>
              {one.connection.name} · {one.title}
            </span>
            <span className="hf-faint hf-num">
              {t('fulfilment.merge.items', { n: one.items })}
              {one.payable ? ` · ${one.currency} ${one.payable}` : ''}
            </span>
          </li>
        ))}
      </ul>
      {asked && first !== undefined ? (
        <PlanChangeDialog
          orderId={first}
          revision={null}
          change={{ do: 'merge', orders: others }}
          onClose={() => setAsked(false)}
        />
      ) : null}
    </li>
  )
}

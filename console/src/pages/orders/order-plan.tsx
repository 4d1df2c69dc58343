import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Dropdown } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import {
  FULFILMENT,
  type OrderPlan,
  PLAN_STEPS,
  type PlanChange,
  type PlanParcel,
  type PlanShape,
  type PlanStep,
  planKey,
} from '#/api/fulfilment-types.ts'
import { useCan } from '#/api/session.ts'
import { warehousesQuery } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { useWarehouseName, WarehouseName } from '#/parts/warehouse-name.tsx'
import '#/styles/fulfilment.css'
import { ArrangeDialog } from './arrange-dialog.tsx'
import { PlanChangeDialog } from './plan-change-dialog.tsx'
import { PlanTag } from './plan-tag.tsx'

type Asked = Exclude<PlanChange['do'], 'arrange' | 'merge' | 'move'>
type Move = Extract<PlanChange, { do: 'move' }>

/** Which parcels the order leaves in and from where; why it is where it is, what it waits for and who can move it. */
export function OrderPlanSection({ orderId }: { readonly orderId: string }) {
  const { t } = useWording()
  const [asked, setAsked] = useState<Asked | 'arrange' | null>(null)
  const [move, setMove] = useState<Move | null>(null)
  const { data, error, refetch } = useQuery({
    queryKey: planKey(orderId),
    queryFn: ({ signal }) => get<OrderPlan>(`${FULFILMENT}/orders/${orderId}`, {}, signal),
    refetchInterval: 10_000,
  })
  if (error && !data)
    return (
      <Section title={t('fulfilment.section')}>
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      </Section>
    )
  if (!data || data.plan === null || data.explained === null) return null
  const { plan } = data
  return (
    <Section title={t('fulfilment.section')} extra={<Actions plan={plan} data={data} onAsk={setAsked} />}>
      <Steps step={plan.step} state={plan.state} />
      <Why data={data} />
      <Holds data={data} />
      {data.members.length > 1 ? <Members data={data} own={orderId} /> : null}
      <Parcels plan={plan} onMove={setMove} />
      <Rejected plan={plan} />
      <Events data={data} />
      {asked === 'arrange' ? (
        <ArrangeDialog plan={plan} units={data.units} orderId={orderId} onClose={() => setAsked(null)} />
      ) : null}
      {asked !== null && asked !== 'arrange' ? (
        <PlanChangeDialog
          orderId={orderId}
          revision={plan.revision}
          change={{ do: asked }}
          onClose={() => setAsked(null)}
        />
      ) : null}
      {move === null ? null : (
        <PlanChangeDialog
          orderId={orderId}
          revision={plan.revision}
          change={move}
          onClose={() => setMove(null)}
        />
      )}
    </Section>
  )
}

function Actions({
  plan,
  data,
  onAsk,
}: {
  readonly plan: PlanShape
  readonly data: OrderPlan
  readonly onAsk: (asked: Asked | 'arrange') => void
}) {
  const { t } = useWording()
  const can = useCan()
  if (!can('fulfilment:write') || plan.state === 'left' || plan.state === 'ended') return null
  const offered = data.explained?.actions ?? []
  const more = (['arrange', 'replan', 'automatic', 'unmerge', 'hold'] as const).filter(
    (one) => one === 'hold' || one === 'arrange' || one === 'replan' || offered.includes(one),
  )
  return (
    <span className="hf-inline">
      {offered.includes('release') ? (
        <Button type="primary" size="small" onClick={() => onAsk('release')}>
          {t('fulfilment.do.release')}
        </Button>
      ) : null}
      <Button size="small" onClick={() => onAsk('arrange')}>
        {t('fulfilment.do.arrange')}
      </Button>
      <Dropdown
        trigger={['click']}
        menu={{
          items: more
            .filter((one) => one !== 'arrange')
            .map((one) => ({ key: one, label: t(`fulfilment.do.${one}`), onClick: () => onAsk(one) })),
        }}
      >
        <Button size="small">{t('fulfilment.more')}</Button>
      </Dropdown>
    </span>
  )
}

function Steps({ step, state }: { readonly step: PlanStep; readonly state: PlanShape['state'] }) {
  const { t } = useWording()
  const at = PLAN_STEPS.indexOf(step)
  const stuck = ['held', 'review', 'unmatched', 'short'].includes(state)
  return (
    <ol className="hf-plan-steps" aria-label={t('fulfilment.steps')}>
      {PLAN_STEPS.map((one, i) => {
        const mood = i < at ? 'done' : i > at ? 'later' : stuck ? 'stuck' : 'now'
        return (
          <li
            key={one}
            className={`hf-plan-step hf-plan-step-${mood}`}
            aria-current={i === at ? 'step' : undefined}
          >
            {t(`fulfilment.step.${one}`)}
          </li>
        )
      })}
      <li className="hf-plan-step-state">
        <PlanTag state={state} />
      </li>
    </ol>
  )
}

function Why({ data }: { readonly data: OrderPlan }) {
  const { t, pick } = useWording()
  const { explained, plan } = data
  if (explained === null || plan === null) return null
  return (
    <dl className="hf-facts hf-plan-why">
      <div>
        <dt>{t('fulfilment.why')}</dt>
        <dd>{pick(explained.why)}</dd>
      </div>
      <div>
        <dt>{t('fulfilment.waitsFor')}</dt>
        <dd>{pick(explained.waitsFor)}</dd>
      </div>
      <div>
        <dt>{t('fulfilment.who')}</dt>
        <dd>
          {pick(explained.who)}{' '}
          {explained.actions.includes('rules') ? (
            <Link to="/decisions" search={{ orderNo: plan.orderNo }}>
              {t('fulfilment.toDecisions')}
            </Link>
          ) : null}
          {explained.actions.includes('match') ? <Link to="/skus">{t('fulfilment.toSkus')}</Link> : null}
        </dd>
      </div>
    </dl>
  )
}

function Holds({ data }: { readonly data: OrderPlan }) {
  const { t } = useWording()
  const open = data.holds.filter((hold) => hold.releasedAt === null)
  if (open.length === 0) return null
  return (
    <ul className="hf-intents">
      {open.map((hold) => (
        <li key={hold.id}>
          <Tag tone="bad">{t(`fulfilment.heldBy.${hold.by}`)}</Tag> {hold.reason}{' '}
          <span className="hf-faint">
            {hold.by === 'person' ? `${hold.placedBy} · ` : ''}
            <FullTime at={hold.at} />
          </span>
        </li>
      ))}
    </ul>
  )
}

function Members({ data, own }: { readonly data: OrderPlan; readonly own: string }) {
  const { t } = useWording()
  return (
    <p className="hf-tags">
      <span className="hf-faint">{t('fulfilment.mergedWith')}</span>
      {data.members
        .filter((one) => one.orderId !== own)
        .map((one) => (
          <Link key={one.orderId} to="/orders" search={{ order: one.orderId }}>
            {one.orderNo}
          </Link>
        ))}
    </p>
  )
}

function Parcels({ plan, onMove }: { readonly plan: PlanShape; readonly onMove: (move: Move) => void }) {
  const { t, pick } = useWording()
  const can = useCan()
  const isOpen = plan.state !== 'left' && plan.state !== 'ended'
  const { score } = plan.answer
  if (plan.parcels.length === 0) return null
  return (
    <>
      <ul className="hf-plan-parcels">
        {plan.parcels.map((parcel) => (
          <li key={parcel.parcelNo} className="hf-plan-parcel">
            <header>
              <b>
                {parcel.waits ? (
                  t('fulfilment.waits')
                ) : parcel.warehouse ? (
                  <WarehouseName code={parcel.warehouse} />
                ) : (
                  t('fulfilment.noWarehouse')
                )}
              </b>
              <span className="hf-faint hf-num">{parcel.parcelNo}</span>
            </header>
            <ParcelPieces parcel={parcel} />
            {isOpen && parcel.state === 'planned' && can('fulfilment:write') ? (
              <MoveButton parcel={parcel} onMove={onMove} />
            ) : null}
            {parcel.reasons.length > 0 ? (
              <p className="hf-faint">{parcel.reasons.map((one) => pick(one.words)).join(' · ')}</p>
            ) : null}
          </li>
        ))}
      </ul>
      <p className="hf-faint">
        {plan.isManual ? <Tag tone="wait">{t('fulfilment.manual')}</Tag> : null}{' '}
        {score ? t('fulfilment.score', { parcels: score.parcels }) : null}
        {score?.km == null ? null : ` · ${t('fulfilment.km', { km: score.km })}`}
        {score?.costMinor == null
          ? null
          : ` · ${t('fulfilment.cost', { cost: (Number(score.costMinor) / 100).toFixed(2) })}`}
        {plan.answer.isProven === false ? ` · ${t('fulfilment.notProven')}` : null}
      </p>
    </>
  )
}

/** The whole parcel to another warehouse; what that comes to is shown first. */
function MoveButton({
  parcel: { parcelNo, warehouse },
  onMove,
}: {
  readonly parcel: PlanParcel
  readonly onMove: (move: Move) => void
}) {
  const { t } = useWording()
  const { data = [] } = useQuery(warehousesQuery)
  const others = data.filter((one) => one.active && one.code !== warehouse)
  if (others.length === 0) return null
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: others.map((one) => ({
          key: one.code,
          label: `${one.name} ${one.code}`,
          onClick: () => onMove({ do: 'move', parcelNo, warehouse: one.code }),
        })),
      }}
    >
      <Button size="small" type="text" aria-label={t('fulfilment.moveParcel', { no: parcelNo })}>
        {t('fulfilment.moveTo')}
      </Button>
    </Dropdown>
  )
}

function ParcelPieces({ parcel }: { readonly parcel: PlanParcel }) {
  const { t } = useWording()
  return (
    <ul>
      {parcel.pieces.map((piece) => (
        <li key={piece.unit}>
          <code>{piece.sku}</code> <span className="hf-num">×{piece.quantity}</span>{' '}
          {piece.gift ? <Tag tone="neutral">{t('fulfilment.gift')}</Tag> : null}{' '}
          <span className="hf-faint">{piece.title}</span>
        </li>
      ))}
    </ul>
  )
}

function Rejected({ plan }: { readonly plan: PlanShape }) {
  const { t, pick } = useWording()
  const warehouse = useWarehouseName()
  const { rejected = [], out = [] } = plan.answer
  if (rejected.length === 0 && out.length === 0) return null
  return (
    <details className="hf-plan-more">
      <summary>{t('fulfilment.rejected', { n: rejected.length + out.length })}</summary>
      <ul className="hf-intents">
        {rejected.map((one) => {
          const from = one.parcels
            .map((parcel) => (parcel.warehouse === null ? '…' : warehouse(parcel.warehouse)))
            .join(' + ')
          return (
            <li key={`${from} ${one.why.en}`}>
              {from} <span className="hf-faint">{pick(one.why)}</span>
            </li>
          )
        })}
        {out.map((one) => (
          <li key={`out ${one.warehouse} ${one.words.en}`}>
            <WarehouseName code={one.warehouse} /> <span className="hf-faint">{pick(one.words)}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}

function Events({ data }: { readonly data: OrderPlan }) {
  const { t, word } = useWording()
  if (data.events.length === 0) return null
  return (
    <details className="hf-plan-more">
      <summary>{t('fulfilment.events', { n: data.events.length })}</summary>
      <ul className="hf-intents">
        {data.events.map((one) => (
          <li key={`${one.at} ${one.what}`}>
            {word('planEvent', one.what)} <span className="hf-faint">{one.reason}</span>{' '}
            <span className="hf-faint">
              {one.actor} · <FullTime at={one.at} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
}

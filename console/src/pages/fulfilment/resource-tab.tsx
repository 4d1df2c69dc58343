import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { Alert, App, Button, Input, Select } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { ResourceAsk, ResourcePreview } from '#/api/sourcing-types.ts'
import { useJob } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { useWarehouses } from '#/pages/warehouses/use-warehouses.ts'
import { JobOutcome } from '#/parts/job-progress.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import '#/styles/fulfilment.css'
import '#/styles/warehouses.css'

const WHICH = ['warehouse', 'short', 'orders'] as const
type Which = (typeof WHICH)[number]
type Seen = { readonly ask: ResourceAsk; readonly preview: ResourcePreview }

/** Choosing warehouses anew for orders that have not left: seen first, then done by a job. */
export function ResourceTab() {
  const { t } = useWording()
  const { warehouse: named } = useSearch({ from: '/shell/fulfilment' })
  const warehouses = useWarehouses().data ?? []
  const [which, setWhich] = useState<Which>(named ? 'warehouse' : 'short')
  const [warehouse, setWarehouse] = useState<string | undefined>(named)
  const [orders, setOrders] = useState('')
  const [seen, setSeen] = useState<Seen | null>(null)
  const ask = askOf(which, warehouse, orders)
  const look = useMutation({
    mutationFn: async (asked: ResourceAsk): Promise<Seen> => ({
      ask: asked,
      preview: await write<ResourcePreview>('POST', '/api/sourcing/resource/preview', asked),
    }),
    onMutate: () => setSeen(null),
    onSuccess: setSeen,
  })
  return (
    <>
      <p className="hf-faint">{t('sourcing.resource.lead')}</p>
      <div className="hf-resource-form">
        <Select<Which>
          style={{ minWidth: 220 }}
          aria-label={t('sourcing.resource.which')}
          value={which}
          onChange={setWhich}
          options={WHICH.map((value) => ({ value, label: t(`sourcing.resource.which.${value}`) }))}
        />
        {which === 'warehouse' ? (
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            style={{ minWidth: 220 }}
            aria-label={t('sourcing.lanes.warehouse')}
            placeholder={t('sourcing.lanes.warehouse')}
            {...(warehouse === undefined ? {} : { value: warehouse })}
            onChange={setWarehouse}
            options={warehouses.map((one) => ({ value: one.code, label: `${one.name} ${one.code}` }))}
          />
        ) : null}
        {which === 'orders' ? (
          <Input.TextArea
            rows={3}
            style={{ maxWidth: 320 }}
            aria-label={t('sourcing.resource.orders')}
            placeholder={t('sourcing.resource.orders')}
            value={orders}
            onChange={(event) => setOrders(event.target.value)}
          />
        ) : null}
        <Button
          type="primary"
          disabled={ask === null}
          loading={look.isPending}
          onClick={() => (ask === null ? undefined : look.mutate(ask))}
        >
          {t('sourcing.resource.preview')}
        </Button>
      </div>
      {look.error ? <ProblemNotice error={look.error} /> : null}
      {seen ? <Outcome key={JSON.stringify(seen.ask)} seen={seen} onDone={() => setSeen(null)} /> : null}
    </>
  )
}

function askOf(which: Which, warehouse: string | undefined, orders: string): ResourceAsk | null {
  if (which === 'short') return { short: true }
  if (which === 'warehouse') return warehouse === undefined ? null : { warehouse }
  const orderNos = [...new Set(orders.split(/[\s,，;；]+/).filter((one) => one !== ''))]
  return orderNos.length === 0 ? null : { orderNos }
}

const TONES = { same: 'muted', changed: 'good', short: 'bad', held: 'wait' } as const

function Outcome({ seen: { ask, preview }, onDone }: { readonly seen: Seen; readonly onDone: () => void }) {
  const { t, pick } = useWording()
  const { rows, skipped, orders, capped } = preview
  const of = (outcome: keyof typeof TONES) => rows.filter((row) => row.outcome === outcome).length
  return (
    <>
      {orders === 0 ? (
        <Alert type="info" showIcon title={t('sourcing.resource.none')} />
      ) : (
        <>
          <p>
            {t('sourcing.resource.summary', {
              n: orders,
              changed: of('changed'),
              same: of('same'),
              short: of('short'),
            })}
            {capped ? (
              <span className="hf-faint"> {t('sourcing.resource.capped', { n: rows.length })}</span>
            ) : null}
          </p>
          <Apply ask={ask} orders={orders} onDone={onDone} />
          <div className="hf-wh-scroll">
            <table className="hf-plain-table hf-wh-table">
              <thead>
                <tr>
                  {(['order', 'outcome', 'before', 'after', 'difference'] as const).map((head) => (
                    <th key={head} scope="col">
                      {t(`sourcing.resource.${head}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.orderId}>
                    <td className="hf-num">{row.orderNo}</td>
                    <td>
                      <Tag tone={TONES[row.outcome]}>{t(`sourcing.resource.outcome.${row.outcome}`)}</Tag>
                    </td>
                    <td className="hf-plan-places">{row.before || '—'}</td>
                    <td className="hf-plan-places">
                      {row.after || '—'} <span className="hf-faint">{pick(row.words)}</span>
                    </td>
                    <td>
                      <Difference figures={row.figures} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      {skipped.length > 0 ? (
        <Section title={t('sourcing.resource.skipped', { n: skipped.length })}>
          <ul className="hf-source-out">
            {skipped.slice(0, 200).map((one) => (
              <li key={`${one.orderId} ${one.orderNo}`}>
                <span className="hf-num">{one.orderNo || one.orderId}</span>{' '}
                <span className="hf-faint">{pick(one.words)}</span>
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
    </>
  )
}

type Figures = ResourcePreview['rows'][number]['figures']

/** What the change does to parcels and to what they cost by the warehouses' lanes. */
function Difference({ figures: { before, after } }: { readonly figures: Figures }) {
  const { t } = useWording()
  const parcels = after.parcels - before.parcels
  const cost = before.cost === null || after.cost === null ? null : centsOf(after.cost) - centsOf(before.cost)
  return (
    <span className="hf-num">
      {t('sourcing.resource.parcels', { n: signed(parcels) })}
      <br />
      <span className={cost === null || cost === 0 ? 'hf-faint' : cost > 0 ? 'hf-plan-bad' : 'hf-plan-good'}>
        {cost === null
          ? t('sourcing.resource.costUnknown')
          : t('sourcing.resource.cost', { n: signed(cost / 100, 2) })}
      </span>
    </span>
  )
}

function centsOf(amount: string): number {
  return Math.round(Number(amount) * 100)
}
function signed(n: number, decimals = 0): string {
  return n === 0 ? '±0' : `${n > 0 ? '+' : '−'}${Math.abs(n).toFixed(decimals)}`
}

/** Says why, and follows the job to its end. */
function Apply({
  ask,
  orders,
  onDone,
}: {
  readonly ask: ResourceAsk
  readonly orders: number
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const can = useCan()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [reason, setReason] = useState('')
  const start = useMutation({
    mutationFn: () =>
      write<{ jobId: string; orders: number }>('POST', '/api/sourcing/resource', { ...ask, reason }),
    onError: fail,
    onSuccess: async (queued) => {
      void message.success(t('sourcing.resource.queued', { n: queued.orders }))
      await client.invalidateQueries({ queryKey: ['fulfilment'] })
    },
  })
  const job = useJob(start.data?.jobId).data
  if (!can('stock:write')) return null
  if (job)
    return (
      <JobOutcome job={job}>
        <Button size="small" onClick={onDone}>
          {t('common.close')}
        </Button>
      </JobOutcome>
    )
  return (
    <div className="hf-resource-form">
      <Input
        style={{ maxWidth: 360 }}
        maxLength={500}
        aria-label={t('sourcing.resource.reason')}
        placeholder={t('sourcing.resource.reasonNeeded')}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <Button
        type="primary"
        danger
        disabled={reason.trim() === ''}
        loading={start.isPending}
        onClick={() => start.mutate()}
      >
        {t('sourcing.resource.apply', { n: orders })}
      </Button>
    </div>
  )
}

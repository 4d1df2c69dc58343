import { useQuery } from '@tanstack/react-query'
import { Alert, Modal, Skeleton } from 'antd'
import {
  type PolicyDraft,
  type Preview,
  SELLABLE,
  type Step,
  type ToldFigure,
} from '#/api/channel-stock-types.ts'
import { write } from '#/api/client.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'

/** Why every channel is to see so much of one SKU, step by step; a draft of a rule can be tried before it is kept. */
export function WhyDialog({
  sku,
  policy,
  only,
  onClose,
}: {
  readonly sku: string
  readonly policy?: PolicyDraft
  /** Only this channel. */
  readonly only?: string
  readonly onClose: () => void
}) {
  const { t } = useWording()
  return (
    <Modal open width={600} footer={null} title={t('channelStock.whyTitle', { sku })} onCancel={onClose}>
      <ToldFigures sku={sku} {...(policy ? { policy } : {})} {...(only ? { only } : {})} />
    </Modal>
  )
}

function ToldFigures({
  sku,
  policy,
  only,
}: {
  readonly sku: string
  readonly policy?: PolicyDraft
  readonly only?: string
}) {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['sellable-preview', sku, policy ?? null],
    queryFn: () => write<Preview>('POST', `${SELLABLE}/preview`, policy ? { sku, policy } : { sku }),
    staleTime: 0,
    gcTime: 0,
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active paragraph={{ rows: 4 }} />
  const { sellable } = data
  const told = data.told.filter((one) => only === undefined || one.connection.id === only)
  return (
    <>
      <div>
        <Tag tone="neutral">{t(`channelStock.kind.${sellable.kind}`)}</Tag> {t('channelStock.step.sellable')}{' '}
        <b className="hf-num">{sellable.pieces}</b>{' '}
        <span className="hf-faint">
          {sellable.places.map((place) => `${place.warehouse} ${place.pieces}`).join(' · ')}
        </span>
      </div>
      {sellable.kind === 'single' ? null : (
        <div className="hf-faint">
          {t(`channelStock.from.${sellable.kind}`)}:{' '}
          {sellable.from.map((one) => `${one.sku} ${one.pieces} ÷ ${one.quantity}`).join(' · ')}
        </div>
      )}
      {told.length === 0 ? <p>{t('channelStock.noPolicy')}</p> : null}
      {told.map((one) => (
        <Told key={one.connection.id} told={one} />
      ))}
    </>
  )
}

function Told({ told }: { readonly told: ToldFigure }) {
  const { t } = useWording()
  const which = told.policySku === '*' ? t('channelStock.policy.allSkus') : told.policySku
  return (
    <section className="hf-told" aria-label={told.connection.name}>
      <div className="hf-told-head">
        <span>
          {told.connection.name}{' '}
          <span className="hf-faint">{t('channelStock.byPolicy', { sku: which })}</span>{' '}
          {told.push ? null : <Tag tone="muted">{t('channelStock.notPushed')}</Tag>}
        </span>
        <b className="hf-num">{told.figure}</b>
      </div>
      <ol className="hf-told-steps">
        {told.steps.map((step) => (
          <li key={step.step}>
            <span className="hf-told-more">{t(`channelStock.step.${step.step}`, { by: byOf(step) })}</span>
            <span className="hf-num">{step.figure}</span>
          </li>
        ))}
      </ol>
      {told.aboveTruth ? <Alert showIcon type="warning" title={t('channelStock.aboveTruth')} /> : null}
    </section>
  )
}

function byOf({ step, by }: Step): number {
  return step === 'share' ? by / 100 : by
}

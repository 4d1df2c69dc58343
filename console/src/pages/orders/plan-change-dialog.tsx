import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Checkbox, Input, Modal, Skeleton } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { type Changed, FULFILMENT, type PlanChange, type PlanShape } from '#/api/fulfilment-types.ts'
import { problemOf } from '#/api/problem.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { WarehouseName } from '#/parts/warehouse-name.tsx'
import { PlanTag } from './plan-tag.tsx'

/** What a change would do, why it is made, and the change itself. */
export function PlanChangeDialog({
  orderId,
  revision,
  change,
  onClose,
}: {
  readonly orderId: string
  readonly revision: number | null
  readonly change: PlanChange
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [reason, setReason] = useState('')
  const [confirmed, setConfirmed] = useState(false)
  const asked = change.do === 'merge' && confirmed ? { ...change, confirmed } : change
  const body = { change: asked, ...(revision === null ? {} : { revision }) }
  const preview = useQuery({
    queryKey: ['plan-preview', orderId, JSON.stringify(asked)],
    queryFn: () =>
      write<Changed>('POST', `${FULFILMENT}/orders/${orderId}/preview`, { ...body, reason: '-' }),
    retry: false,
    gcTime: 0,
  })
  const doIt = useMutation({
    mutationFn: () => write<Changed>('POST', `${FULFILMENT}/orders/${orderId}/change`, { ...body, reason }),
    onSuccess: () => {
      void message.success(t('fulfilment.done'))
      void client.invalidateQueries()
      onClose()
    },
    onError: fail,
  })
  return (
    <Modal
      open
      title={t(`fulfilment.do.${change.do}`)}
      okText={t(`fulfilment.do.${change.do}`)}
      okButtonProps={{ disabled: reason.trim() === '' || preview.data === undefined }}
      confirmLoading={doIt.isPending}
      onOk={() => doIt.mutate()}
      onCancel={onClose}
      width={640}
    >
      <p className="hf-faint">{t(`fulfilment.hint.${change.do}`)}</p>
      {preview.isPending ? <Skeleton active paragraph={{ rows: 2 }} /> : null}
      {preview.error ? <ProblemNotice error={preview.error} /> : null}
      {confirmed || isRecipientUnknown(preview.error) ? (
        <Checkbox checked={confirmed} onChange={(event) => setConfirmed(event.target.checked)}>
          {t('fulfilment.merge.confirm')}
        </Checkbox>
      ) : null}
      {preview.data ? <Comparison changed={preview.data} /> : null}
      <label className="hf-field" htmlFor="plan-reason">
        <span>{t('fulfilment.reason')}</span>
        <Input.TextArea
          id="plan-reason"
          autoFocus
          rows={2}
          maxLength={500}
          value={reason}
          placeholder={t('fulfilment.reasonHint')}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
    </Modal>
  )
}

/** The platforms keep the recipients to themselves: somebody who knows better may vouch for it. */
function isRecipientUnknown(error: Error | null): boolean {
  return error !== null && problemOf(error).code === 'fulfilment.recipients_unknown'
}

/** Plans before and after, side by side. */
export function Comparison({ changed }: { readonly changed: Changed }) {
  const { t } = useWording()
  return (
    <div className="hf-columns-2 hf-plan-compare">
      <div>
        <h4>{t('fulfilment.before')}</h4>
        {changed.before.map((shape) => (
          <Shape key={shape.orderId} shape={shape} />
        ))}
      </div>
      <div>
        <h4>{t('fulfilment.after')}</h4>
        {changed.after.map((shape) => (
          <Shape key={shape.orderId} shape={shape} />
        ))}
      </div>
    </div>
  )
}

function Shape({ shape }: { readonly shape: PlanShape }) {
  const { t, pick } = useWording()
  const stuck = shape.state === 'short' || shape.state === 'review'
  return (
    <div className="hf-plan-shape">
      <p>
        <span className="hf-num">{shape.orderNo}</span> <PlanTag state={shape.state} />
      </p>
      {stuck ? <p className="hf-faint">{pick(shape.words)}</p> : null}
      {shape.leadId !== shape.orderId ? <p className="hf-faint">{t('fulfilment.inOther')}</p> : null}
      <ul className="hf-intents">
        {shape.parcels.map((parcel) => (
          <li key={parcel.parcelNo}>
            <b>
              {parcel.waits ? (
                t('fulfilment.waits')
              ) : parcel.warehouse ? (
                <WarehouseName code={parcel.warehouse} />
              ) : (
                t('fulfilment.noWarehouse')
              )}
            </b>{' '}
            {parcel.pieces.map((piece) => `${piece.sku}×${piece.quantity}`).join(' + ')}
          </li>
        ))}
      </ul>
    </div>
  )
}

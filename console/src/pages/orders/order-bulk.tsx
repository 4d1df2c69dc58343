import { useMutation } from '@tanstack/react-query'
import { App, Button, Modal, Skeleton } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { BulkAction, BulkOutcome, BulkPreview, BulkTarget, OrderFilter } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import type { Selection } from '#/parts/list-view/types.ts'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { ORDERS } from './order-queries.ts'

const ACTIONS: readonly BulkAction[] = ['report_shipment', 'refetch', 'recompute']

type OrderBulkProps = {
  readonly selection: Selection
  readonly filter: OrderFilter
  readonly onDone: () => void
}

/** Bulk actions, each with its preview: what will change and what will be skipped, before anything happens. */
export function OrderBulk({ selection, filter, onDone }: OrderBulkProps) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [action, setAction] = useState<BulkAction | null>(null)
  const target: BulkTarget = selection.everything ? { filter } : { ids: selection.ids }
  const preview = useMutation({
    mutationFn: (chosen: BulkAction) =>
      write<BulkPreview>('POST', `${ORDERS}/bulk/preview`, { ...target, action: chosen }),
  })
  const apply = useMutation({
    mutationFn: (chosen: BulkAction) =>
      write<BulkOutcome>('POST', `${ORDERS}/bulk`, { ...target, action: chosen }),
    onError: fail,
    onSuccess: (outcome) => {
      setAction(null)
      selection.clear()
      void message.success(
        outcome.jobId ? t('bulk.queued', { id: outcome.jobId }) : t('bulk.done', { n: outcome.done ?? 0 }),
      )
      onDone()
    },
  })
  const start = (chosen: BulkAction) => {
    setAction(chosen)
    preview.mutate(chosen)
  }
  const willChange = preview.data?.willChange ?? 0
  return (
    <>
      {ACTIONS.map((one) => (
        <Button key={one} onClick={() => start(one)}>
          {t(`bulk.${one}`)}
        </Button>
      ))}
      <Modal
        open={action !== null}
        title={action ? t('bulk.preview', { action: t(`bulk.${action}`) }) : ''}
        okText={willChange > 0 ? t('bulk.apply', { n: willChange }) : t('bulk.nothing')}
        cancelText={t('common.cancel')}
        okButtonProps={{ disabled: willChange === 0 || preview.isPending, loading: apply.isPending }}
        onOk={() => action && apply.mutate(action)}
        onCancel={() => setAction(null)}
        width={520}
      >
        {action ? <p className="hf-faint">{t(`bulk.${action}.hint`)}</p> : null}
        {preview.isPending ? <Skeleton active paragraph={{ rows: 3 }} /> : null}
        {preview.error ? (
          <ProblemNotice error={preview.error} onRetry={() => action && preview.mutate(action)} />
        ) : null}
        {preview.data ? <PreviewBody preview={preview.data} /> : null}
      </Modal>
    </>
  )
}

function PreviewBody({ preview }: { readonly preview: BulkPreview }) {
  const { t, count } = useWording()
  const refusal = useRefusalText()
  return (
    <div className="hf-preview">
      <div className="hf-figures">
        <div>
          <b className="hf-num">{count(preview.willChange)}</b>
          <span>{t('bulk.willChange')}</span>
        </div>
        <div>
          <b className="hf-num">{count(preview.skippedTotal)}</b>
          <span>{t('bulk.skipped')}</span>
        </div>
      </div>
      {preview.sample.length > 0 ? (
        <p>
          <span className="hf-faint">{t('bulk.sample')} </span>
          <span className="hf-num">
            {preview.sample
              .slice(0, 8)
              .map((one) => one.orderNo)
              .join(t('common.and'))}
          </span>
        </p>
      ) : null}
      {preview.skipped.length > 0 ? (
        <details>
          <summary>{t('bulk.skippedTitle')}</summary>
          <ul className="hf-skipped">
            {preview.skipped.map((one) => (
              <li key={one.id}>
                <span className="hf-num">{one.orderNo}</span> {refusal(one.code, one.detail)}{' '}
                <code>{one.code}</code>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  )
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Modal, Skeleton } from 'antd'
import { write } from '#/api/client.ts'
import type { ReplayChoice, ReplayPreview, ReplayStarted } from '#/api/intake-types.ts'
import { isSettled, useJob } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import '#/styles/intake.css'
import { ChangeArrow, Figures } from './figures.tsx'
import { JobOutcome } from './job-progress.tsx'
import { ProblemNotice, useProblemToast } from './problem-notice.tsx'
import { Tag } from './tag.tsx'

const SHOWN = 50

/** Reading messages again: first what it would change, then, when a person says so, the doing and how far it is. */
export function ReplayDialog({
  choice,
  onClose,
  onDone,
}: {
  readonly choice: ReplayChoice
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const preview = useQuery({
    queryKey: ['replay-preview', choice],
    queryFn: () => write<ReplayPreview>('POST', '/api/messages/replay/preview', choice),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
  const replay = useMutation({
    mutationFn: () => write<ReplayStarted>('POST', '/api/messages/replay', choice),
    onError: fail,
    onSuccess: (started) => {
      void client.invalidateQueries({ queryKey: ['parked'] })
      void client.invalidateQueries({ queryKey: ['message'] })
      onDone()
      if (started.jobId !== null) return
      void message.success(t('replay.queued', { n: started.queued }))
      onClose()
    },
  })
  const job = useJob(replay.data?.jobId).data
  const n = preview.data?.matching ?? 0
  return (
    <Modal
      open
      title={t('replay.title')}
      width={580}
      okText={job ? t('common.close') : t('replay.apply', { n })}
      cancelText={t('common.cancel')}
      okButtonProps={{
        disabled: n === 0,
        loading: replay.isPending || (job !== undefined && !isSettled(job)),
      }}
      cancelButtonProps={{ hidden: job !== undefined }}
      onOk={() => (job ? onClose() : replay.mutate())}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('replay.hint')}</p>
      {preview.isPending ? <Skeleton active paragraph={{ rows: 3 }} /> : null}
      {preview.error ? <ProblemNotice error={preview.error} onRetry={() => void preview.refetch()} /> : null}
      {preview.data ? <PreviewBody preview={preview.data} /> : null}
      {job ? <JobOutcome job={job} /> : null}
    </Modal>
  )
}

export function PreviewBody({ preview }: { readonly preview: ReplayPreview }) {
  const { t, count } = useWording()
  const { ordersChanged: orders, factsAdded, factsRemoved } = preview
  const same = orders.length === 0 && factsAdded === 0 && factsRemoved === 0
  return (
    <div className="hf-preview">
      <Figures
        items={[
          [t('replay.messages'), count(preview.messages)],
          [t('replay.factsAdded'), count(factsAdded), factsAdded > 0 ? 'good' : undefined],
          [t('replay.factsRemoved'), count(factsRemoved), factsRemoved > 0 ? 'bad' : undefined],
          [t('replay.ordersChanged'), count(orders.length)],
          [t('replay.stillParked'), count(preview.stillParked), preview.stillParked > 0 ? 'wait' : undefined],
        ]}
      />
      {preview.matching > preview.messages ? (
        <p>
          {t('replay.partial', {
            read: count(preview.messages),
            all: `${count(preview.matching)}${preview.matchingCapped ? '+' : ''}`,
          })}
        </p>
      ) : null}
      {same ? (
        <p>
          <b>{t('replay.nothing')}</b> <span className="hf-faint">{t('replay.nothingHint')}</span>
        </p>
      ) : null}
      {orders.length > 0 ? (
        <section aria-label={t('replay.changes')}>
          <h3 className="hf-small-head">{t('replay.changes')}</h3>
          <ul className="hf-changes">
            {orders.slice(0, SHOWN).map((order) => (
              <li key={order.orderNo}>
                <span className="hf-num">{order.orderNo}</span>
                <ChangeArrow family="status" from={order.from} to={order.to} none={t('replay.new')} />
              </li>
            ))}
          </ul>
          {orders.length > SHOWN ? (
            <p className="hf-faint">{t('replay.moreOrders', { n: orders.length - SHOWN })}</p>
          ) : null}
        </section>
      ) : null}
      {preview.stillParkedBy.length > 0 ? (
        <section aria-label={t('replay.stillParkedBy')}>
          <h3 className="hf-small-head">{t('replay.stillParkedBy')}</h3>
          <ul className="hf-changes">
            {preview.stillParkedBy.map((group) => (
              <li key={group.code}>
                <code>{group.code}</code> <Tag tone="wait">{count(group.count)}</Tag>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  )
}

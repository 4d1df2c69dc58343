import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Modal, Skeleton } from 'antd'
import type { DeadChoice, DeadPreview } from '#/api/backlog-types.ts'
import { write } from '#/api/client.ts'
import type { ReplayStarted } from '#/api/intake-types.ts'
import { isSettled, useJob } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { JobOutcome } from '#/parts/job-progress.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { PreviewBody } from '#/parts/replay-dialog.tsx'

/** Putting whole groups back: what it would change, then the doing; a large one goes on as a job. */
export function ReplayDead({
  groups,
  onClose,
}: {
  readonly groups: readonly DeadChoice[]
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const preview = useQuery({
    queryKey: ['dead-preview', groups],
    queryFn: () => write<DeadPreview>('POST', '/api/backlog/dead-letters/preview', { groups }),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
  const replay = useMutation({
    mutationFn: () => write<ReplayStarted>('POST', '/api/backlog/dead-letters/replay', { groups }),
    onError: fail,
    onSuccess: (started) => {
      for (const key of ['dead-letters', 'backlog', 'parked', 'lanes'])
        void client.invalidateQueries({ queryKey: [key] })
      if (started.jobId !== null) return
      void message.success(t('replay.queued', { n: started.queued }))
      onClose()
    },
  })
  const job = useJob(replay.data?.jobId).data
  const selected = preview.data?.selected ?? 0
  const partly = preview.data !== undefined && preview.data.messages < selected
  return (
    <Modal
      open
      title={t('lanes.dead.replayTitle')}
      width={580}
      okText={job ? t('common.close') : t('replay.apply', { n: selected })}
      cancelText={t('common.cancel')}
      okButtonProps={{
        disabled: selected === 0,
        loading: replay.isPending || (job !== undefined && !isSettled(job)),
      }}
      cancelButtonProps={{ hidden: job !== undefined }}
      onOk={() => (job ? onClose() : replay.mutate())}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('replay.hint')}</p>
      {preview.isPending ? <Skeleton active paragraph={{ rows: 3 }} /> : null}
      {preview.error ? <ProblemNotice error={preview.error} onRetry={() => void preview.refetch()} /> : null}
      {partly ? (
        <p className="hf-faint">
          {t('lanes.dead.partly', { n: preview.data?.messages ?? 0, total: selected })}
        </p>
      ) : null}
      {preview.data ? <PreviewBody preview={preview.data} /> : null}
      {job ? <JobOutcome job={job} /> : null}
    </Modal>
  )
}

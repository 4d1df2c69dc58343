import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Drawer, Popconfirm, Skeleton } from 'antd'
import { write } from '#/api/client.ts'
import type { Job } from '#/api/intake-types.ts'
import { useCan } from '#/api/session.ts'
import { useJob } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { JobBar } from '#/parts/job-progress.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'

const CANCELLABLE: readonly string[] = ['queued', 'running']
const RESUMABLE: readonly string[] = ['failed', 'cancelled']

export function JobDrawer({
  id,
  onClose,
  onChanged,
}: {
  readonly id: string
  readonly onClose: () => void
  readonly onChanged: () => void
}) {
  const { word } = useWording()
  const { data: job, error, refetch } = useJob(id)
  return (
    <Drawer
      open
      onClose={onClose}
      size={560}
      className="hf-drawer"
      title={job ? `${word('jobKind', job.kind)} #${id}` : `#${id}`}
      extra={job ? <JobActions job={job} onChanged={onChanged} /> : null}
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!job && !error ? <Skeleton active /> : null}
      {job ? <JobBody job={job} /> : null}
    </Drawer>
  )
}

function JobActions({ job, onChanged }: { readonly job: Job; readonly onChanged: () => void }) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const change = useMutation({
    mutationFn: (how: 'cancel' | 'resume') => write<Job>('POST', `/api/jobs/${job.id}/${how}`),
    onError: fail,
    onSuccess: (changed, how) => {
      client.setQueryData(['job', job.id], changed)
      void client.invalidateQueries({ queryKey: ['job', job.id] })
      void message.success(t(how === 'cancel' ? 'jobs.cancelled' : 'jobs.resumed'))
      onChanged()
    },
  })
  if (!can('jobs:write')) return null
  if (CANCELLABLE.includes(job.state)) {
    return (
      <Popconfirm
        title={t('jobs.cancelConfirm', { id: job.id })}
        okText={t('jobs.cancel')}
        cancelText={t('common.close')}
        onConfirm={() => change.mutate('cancel')}
      >
        <Button danger loading={change.isPending}>
          {t('jobs.cancel')}
        </Button>
      </Popconfirm>
    )
  }
  return RESUMABLE.includes(job.state) ? (
    <Button type="primary" loading={change.isPending} onClick={() => change.mutate('resume')}>
      {t('jobs.resume')}
    </Button>
  ) : null
}

function JobBody({ job }: { readonly job: Job }) {
  const { t } = useWording()
  return (
    <div className="hf-order">
      <div className="hf-tags hf-tags-large">
        <CodeTag family="jobState" code={job.state} dot />
      </div>
      <JobBar job={job} />
      {job.error ? <Alert type="error" showIcon title={t('jobs.error')} description={job.error} /> : null}
      <Facts
        items={[
          [t('jobs.col.createdBy'), job.createdBy],
          [t('jobs.col.createdAt'), <FullTime key="created" at={job.createdAt} />],
          [t('jobs.col.updatedAt'), <FullTime key="updated" at={job.updatedAt} />],
          [
            t('jobs.col.attempts'),
            <span key="n" className="hf-num">
              {job.attempts}
            </span>,
          ],
        ]}
      />
      {job.result === null ? null : (
        <Section title={t('jobs.col.result')}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
          <pre className="hf-code" tabIndex={0}>
            {JSON.stringify(job.result, null, 2)}
          </pre>
        </Section>
      )}
    </div>
  )
}

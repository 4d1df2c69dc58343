import { Link } from '@tanstack/react-router'
import { Progress } from 'antd'
import type { ReactNode } from 'react'
import type { Job } from '#/api/intake-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { CodeTag } from './tag.tsx'

/** Share of a job that is done, in whole percent; null while its size is not known. */
export function jobPercent(job: Job): number | null {
  if (job.state === 'done') return 100
  if (job.total === null || job.total === 0) return null
  return Math.min(100, Math.floor((job.progress / job.total) * 100))
}

/** How far a job is, in a line; `thin` for table cells. */
export function JobBar({ job, thin = false }: { readonly job: Job; readonly thin?: boolean }) {
  const { t, count } = useWording()
  const percent = jobPercent(job)
  const failed = job.state === 'failed'
  const figures =
    job.total === null
      ? count(job.progress)
      : `${count(Math.min(job.progress, job.total))} / ${count(job.total)}`
  return (
    <span className="hf-job-bar">
      <Progress
        percent={percent ?? 0}
        showInfo={false}
        size={thin ? 'small' : 'medium'}
        status={failed ? 'exception' : job.state === 'running' ? 'active' : 'normal'}
        aria-label={t('jobs.progressOf', { id: job.id })}
      />
      <span className="hf-num hf-faint">
        {figures}
        {percent === null || thin ? '' : ` · ${percent}%`}
      </span>
    </span>
  )
}

/** A job under way, and how it ended; for dialogs and pages that started it. */
export function JobOutcome({ job, children }: { readonly job: Job; readonly children?: ReactNode }) {
  const { t } = useWording()
  return (
    <div className="hf-job-outcome" role="status">
      <div className="hf-tags hf-tags-large">
        <CodeTag family="jobState" code={job.state} dot />
        <Link to="/jobs" search={{ job: job.id }}>
          {t('jobs.seeJob', { id: job.id })}
        </Link>
      </div>
      <JobBar job={job} />
      {job.error ? <p className="hf-bad-text">{job.error}</p> : null}
      {children}
    </div>
  )
}

import { Link } from '@tanstack/react-router'
import { Alert, Skeleton } from 'antd'
import type { ImportResult } from '#/api/import-types.ts'
import { isSettled, useJob } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { JobOutcome } from '#/parts/job-progress.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { ImportReport } from './import-report.tsx'

/** An import under way or done; its address may be kept and shared. */
export function ImportRun({ id, kept }: { readonly id: string; readonly kept: readonly string[] }) {
  const { t } = useWording()
  const { data: job, error, refetch } = useJob(id)
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!job) return <Skeleton active />
  const result = job.state === 'done' ? (job.result as ImportResult) : null
  return (
    <Section
      title={t('imports.runTitle', { id })}
      extra={result && !result.dryRun ? <Link to="/orders">{t('imports.seeOrders')}</Link> : null}
    >
      {isSettled(job) ? null : <p className="hf-faint">{t('imports.running')}</p>}
      <JobOutcome job={job}>
        {kept.length > 0 ? (
          <Alert
            type="info"
            showIcon
            title={t('imports.keptStatuses', { codes: kept.join(t('common.and')) })}
          />
        ) : null}
        {result ? <ImportReport result={result} jobId={id} /> : null}
      </JobOutcome>
    </Section>
  )
}

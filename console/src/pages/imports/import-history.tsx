import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { get } from '#/api/client.ts'
import type { ImportResult } from '#/api/import-types.ts'
import type { Job } from '#/api/intake-types.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { JobBar } from '#/parts/job-progress.tsx'
import { Section } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const KINDS = ['file_import', 'file_dry_run'] as const
const SHOWN = 20

export function ImportHistory() {
  const { t, count } = useWording()
  const runs = useQueries({
    queries: KINDS.map((kind) => ({
      queryKey: ['import-runs', kind],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        get<Page<Job>>('/api/jobs', { kind, limit: SHOWN }, signal),
      refetchInterval: 5_000,
    })),
    combine: (answers) =>
      answers
        .flatMap(({ data }) => data?.items ?? [])
        .toSorted((a, b) => Number(b.id) - Number(a.id))
        .slice(0, SHOWN),
  })
  return (
    <Section title={t('imports.history')}>
      {runs.length === 0 ? <p className="hf-faint">{t('imports.historyEmpty')}</p> : null}
      {runs.length === 0 ? null : (
        <table className="hf-plain-table">
          <thead>
            <tr>
              <th scope="col">{t('jobs.col.id')}</th>
              <th scope="col">{t('jobs.col.state')}</th>
              <th scope="col">{t('jobs.col.progress')}</th>
              <th scope="col">{t('jobs.col.result')}</th>
              <th scope="col">{t('jobs.col.createdBy')}</th>
              <th scope="col">{t('jobs.col.createdAt')}</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((job) => {
              const result = job.result as ImportResult | null
              return (
                <tr key={job.id}>
                  <td>
                    <Link to="/imports" search={{ run: job.id }}>
                      #{job.id}
                    </Link>{' '}
                    {job.kind === 'file_dry_run' ? <Tag tone="neutral">{t('imports.historyDry')}</Tag> : null}
                  </td>
                  <td>
                    <CodeTag family="jobState" code={job.state} dot />
                  </td>
                  <td className="hf-history-bar">
                    <JobBar job={job} thin />
                  </td>
                  <td>
                    {job.error ??
                      (result && job.state === 'done'
                        ? `${t('imports.figure.created')} ${count(result.created)} · ${t('imports.figure.changed')} ${count(result.changed)} · ${t('imports.figure.unchanged')} ${count(result.unchanged)}`
                        : '')}
                  </td>
                  <td>{job.createdBy}</td>
                  <td>
                    <TimeText at={job.createdAt} />
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
    </Section>
  )
}

import { useMutation } from '@tanstack/react-query'
import { Alert, Button } from 'antd'
import { useEffect, useState } from 'react'
import { write } from '#/api/client.ts'
import type { ImportResult, ImportStarted, ImportTemplate, Uploaded } from '#/api/import-types.ts'
import { useJob } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { JobBar } from '#/parts/job-progress.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { ImportReport } from './import-report.tsx'
import { ShopChoice } from './shop-choice.tsx'

/** The whole file is read and nothing written; with the result before their eyes a person starts the import. */
export function CheckStep({
  file,
  template,
  onBack,
  onStarted,
}: {
  readonly file: Uploaded
  readonly template: ImportTemplate
  readonly onBack: () => void
  readonly onStarted: (started: ImportStarted) => void
}) {
  const { t } = useWording()
  const [shop, setShop] = useState<string | null>(null)
  const body = { fileId: file.fileId, connectionId: shop, template }
  const dryRun = useMutation({
    mutationFn: () => write<ImportStarted>('POST', '/api/imports/dry-run', body),
  })
  const start = useMutation({
    mutationFn: () => write<ImportStarted>('POST', '/api/imports', body),
    onSuccess: onStarted,
  })
  // The dry run depends on the shop, whose orders tell new from known ones: it is made anew for each.
  const { mutate } = dryRun
  // biome-ignore lint/correctness/useExhaustiveDependencies: another shop is another dry run
  useEffect(() => mutate(), [shop, mutate])
  const { data: job, error } = useJob(dryRun.data?.jobId)
  const result = job?.state === 'done' ? (job.result as ImportResult) : null
  const good = result === null ? 0 : result.created + result.changed + result.unchanged
  return (
    <>
      <ShopChoice value={shop} onChange={setShop} />
      <Section title={t('imports.report')}>
        {dryRun.error ? <ProblemNotice error={dryRun.error} onRetry={() => mutate()} /> : null}
        {error ? <ProblemNotice error={error} /> : null}
        {job && result === null ? (
          <div role="status">
            <p className="hf-faint">{t('imports.checking')}</p>
            <JobBar job={job} />
          </div>
        ) : null}
        {job?.error ? <Alert type="error" showIcon title={job.error} /> : null}
        {result && job ? <ImportReport result={result} jobId={job.id} /> : null}
      </Section>
      {start.error ? <ProblemNotice error={start.error} onRetry={() => start.mutate()} /> : null}
      <div className="hf-wizard-foot">
        {shop === null ? <span className="hf-faint">{t('imports.shopMissing')}</span> : null}
        <Button onClick={onBack}>{t('imports.back')}</Button>
        <Button
          type="primary"
          loading={start.isPending}
          disabled={shop === null || good === 0}
          onClick={() => start.mutate()}
        >
          {result === null
            ? t('imports.runAll')
            : good === 0
              ? t('imports.nothing')
              : t('imports.run', { n: good })}
        </Button>
      </div>
    </>
  )
}

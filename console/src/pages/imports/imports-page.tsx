import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Steps } from 'antd'
import { useState } from 'react'
import type { ImportTemplate, Uploaded } from '#/api/import-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import { CheckStep } from './check-step.tsx'
import { ColumnsStep } from './columns-step.tsx'
import { ImportHistory } from './import-history.tsx'
import { ImportRun } from './import-run.tsx'
import { UploadStep } from './upload-step.tsx'

type Work = {
  readonly file: Uploaded
  readonly name: string
  readonly template: ImportTemplate
  readonly checking: boolean
}

/** A file becomes orders in four steps, each of which can be gone back from until the last. */
export function ImportsPage() {
  const { t, count } = useWording()
  const { run } = useSearch({ from: '/shell/imports' })
  const navigate = useNavigate({ from: '/imports' })
  const [work, setWork] = useState<Work | null>(null)
  const [kept, setKept] = useState<readonly string[]>([])
  const step = run ? 3 : work === null ? 0 : work.checking ? 2 : 1
  const restart = () => {
    setWork(null)
    setKept([])
    void navigate({ search: {} })
  }
  return (
    <div className="hf-page hf-imports">
      <PageHeader title={t('imports.title')} lead={t('imports.lead')}>
        {step > 0 ? (
          <Button onClick={restart}>{t(run ? 'imports.newImport' : 'imports.another')}</Button>
        ) : null}
      </PageHeader>
      <Steps
        size="small"
        className="hf-steps-line"
        current={step}
        items={(['upload', 'columns', 'check', 'run'] as const).map((name) => ({
          title: t(`imports.step.${name}`),
        }))}
      />
      {work && !run ? (
        <p className="hf-file-line">
          <b>{work.name}</b>{' '}
          <span className="hf-faint">
            {t('imports.fileLine', {
              format: work.file.format.toUpperCase(),
              rows: work.file.rows === null ? '?' : count(work.file.rows),
              columns: work.file.columns.length,
            })}
          </span>
        </p>
      ) : null}
      {run ? <ImportRun id={run} kept={kept} /> : null}
      {!run && work === null ? (
        <UploadStep
          onUploaded={(file, name) => setWork({ file, name, template: file.suggestion, checking: false })}
        />
      ) : null}
      {!run && work && !work.checking ? (
        <ColumnsStep
          file={work.file}
          template={work.template}
          onChange={(template) => setWork({ ...work, template })}
          onNext={() => setWork({ ...work, checking: true })}
        />
      ) : null}
      {!run && work?.checking ? (
        <CheckStep
          file={work.file}
          template={work.template}
          onBack={() => setWork({ ...work, checking: false })}
          onStarted={({ jobId, statuses }) => {
            setKept(statuses.kept)
            setWork(null)
            void navigate({ search: { run: jobId } })
          }}
        />
      ) : null}
      {run || work ? null : <ImportHistory />}
    </div>
  )
}

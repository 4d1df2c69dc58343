import { type ErrorComponentProps, Link } from '@tanstack/react-router'
import { Button, Result, Spin } from 'antd'
import { ProblemError } from '#/api/problem.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'

export function PendingPage() {
  const { t } = useWording()
  return (
    <div className="hf-centre" role="status" aria-label={t('common.loading')}>
      <Spin />
    </div>
  )
}

export function NotFoundPage() {
  const { t } = useWording()
  return (
    <main className="hf-centre">
      <Result
        status="404"
        title={t('problem.notFound')}
        subTitle={t('problem.notFoundHint')}
        extra={<Link to="/orders">{t('problem.home')}</Link>}
      />
    </main>
  )
}

/** A refusal of the hub is shown as such; anything else is a bug in the console and says so. */
export function CrashPage({ error, reset }: ErrorComponentProps) {
  const { t } = useWording()
  if (error instanceof ProblemError) {
    return (
      <main className="hf-centre">
        <ProblemNotice error={error} onRetry={reset} />
      </main>
    )
  }
  return (
    <main className="hf-centre">
      <Result
        status="error"
        title={t('problem.crash')}
        subTitle={t('problem.crashHint')}
        extra={
          <Button type="primary" onClick={() => window.location.reload()}>
            {t('problem.reload')}
          </Button>
        }
      >
        <pre className="hf-code">{error instanceof Error ? error.message : String(error)}</pre>
      </Result>
    </main>
  )
}

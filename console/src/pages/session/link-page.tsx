import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Alert, Button, Form } from 'antd'
import { useState } from 'react'
import { ProblemError } from '#/api/problem.ts'
import { sessionQuery, signInByLink } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { NewPasswordFields } from '#/parts/new-password-fields.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { DoorFrame } from './door-frame.tsx'

/** The token sits behind the #, so that it never reaches a server log; it is spent by setting a password or going in. */
export function LinkPage() {
  const { t } = useWording()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [token] = useState(() => decodeURIComponent(window.location.hash.slice(1)))
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const enter = async (password?: string) => {
    setBusy(true)
    setError(null)
    try {
      client.setQueryData(sessionQuery.queryKey, await signInByLink(token, password))
      await navigate({ to: '/orders', replace: true })
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  if (token === '') {
    return (
      <DoorFrame title={t('link.title')}>
        <Alert type="warning" showIcon title={t('link.missing')} />
        <p className="hf-door-hint">
          <Link to="/sign-in">{t('link.toSignIn')}</Link>
        </p>
      </DoorFrame>
    )
  }
  return (
    <DoorFrame title={t('link.title')}>
      <p className="hf-faint">{t('link.choose')}</p>
      {error ? <ProblemNotice error={error} /> : null}
      <Form
        layout="vertical"
        size="middle"
        requiredMark={false}
        onFinish={({ password }: { password: string }) => void enter(password)}
      >
        <NewPasswordFields />
        <Button type="primary" htmlType="submit" size="middle" block loading={busy}>
          {t('link.submit')}
        </Button>
        {isPasswordNeeded(error) ? null : (
          <Button type="link" block disabled={busy} onClick={() => void enter()}>
            {t('link.later')}
          </Button>
        )}
      </Form>
    </DoorFrame>
  )
}

/** Whoever has none yet cannot go in without: that way is not offered twice. */
function isPasswordNeeded(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === 'identity.password_needed'
}

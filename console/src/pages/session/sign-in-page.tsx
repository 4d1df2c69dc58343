import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { sessionQuery, signIn } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { DoorFrame } from './door-frame.tsx'

export function SignInPage() {
  const { t } = useWording()
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const { to } = useSearch({ from: '/sign-in' })
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const submit = async ({ name, password }: { name: string; password: string }) => {
    setBusy(true)
    setError(null)
    try {
      client.setQueryData(sessionQuery.queryKey, await signIn(name.trim(), password))
      // Only a path of this console is followed, never another site.
      if (to?.startsWith('/') && !to.startsWith('//')) router.history.push(to)
      else await navigate({ to: '/orders' })
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  return (
    <DoorFrame title={t('signIn.title')}>
      {error ? <ProblemNotice error={error} /> : null}
      <Form layout="vertical" size="middle" requiredMark={false} onFinish={submit}>
        <Form.Item
          name="name"
          label={t('signIn.name')}
          rules={[{ required: true, message: t('signIn.nameMissing') }]}
        >
          <Input autoComplete="username" autoFocus />
        </Form.Item>
        <Form.Item
          name="password"
          label={t('signIn.password')}
          rules={[{ required: true, message: t('signIn.passwordMissing') }]}
        >
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="middle" block loading={busy}>
          {t('signIn.submit')}
        </Button>
      </Form>
      <p className="hf-faint hf-door-hint">{t('signIn.firstTime')}</p>
    </DoorFrame>
  )
}

import { useMutation } from '@tanstack/react-query'
import { App, Button, Form, Input, Segmented } from 'antd'
import { write } from '#/api/client.ts'
import { useSession } from '#/api/session.ts'
import type { Language } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { NewPasswordFields } from '#/parts/new-password-fields.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { type ThemeChoice, useTheme } from '#/theme/theme.tsx'

export function ProfileSection() {
  const { t, word, language, setLanguage } = useWording()
  const { choice, setChoice } = useTheme()
  const { user } = useSession()
  return (
    <>
      <Section title={t('profile.account')}>
        <Facts
          items={[
            [t('signIn.name'), user.name],
            [t('profile.role'), word('role', user.role)],
          ]}
        />
      </Section>
      <Section title={t('profile.appearance')}>
        <div className="hf-inline">
          <Segmented<Language>
            aria-label={t('shell.language')}
            value={language}
            onChange={setLanguage}
            options={[
              { value: 'zh', label: '中文' },
              { value: 'en', label: 'English' },
            ]}
          />
          <Segmented<ThemeChoice>
            aria-label={t('shell.theme')}
            value={choice}
            onChange={setChoice}
            options={(['light', 'dark', 'system'] as const).map((value) => ({
              value,
              label: t(`theme.${value}`),
            }))}
          />
        </div>
      </Section>
      <Section title={t('profile.password')}>
        <PasswordForm />
      </Section>
    </>
  )
}

type Passwords = { readonly current?: string; readonly password: string }

function PasswordForm() {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm<Passwords>()
  const save = useMutation({
    mutationFn: ({ current, password }: Passwords) =>
      write('POST', '/api/session/password', { ...(current ? { current } : {}), next: password }),
    onError: fail,
    onSuccess: () => {
      form.resetFields()
      void message.success(t('profile.passwordChanged'))
    },
  })
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      className="hf-form"
      onFinish={(values) => save.mutate(values)}
    >
      <Form.Item name="current" label={t('profile.currentPassword')} extra={t('profile.currentPasswordHint')}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <NewPasswordFields />
      <Button type="primary" htmlType="submit" loading={save.isPending}>
        {t('profile.changePassword')}
      </Button>
    </Form>
  )
}

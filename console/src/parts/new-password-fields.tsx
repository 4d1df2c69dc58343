import { Form, Input } from 'antd'
import { useWording } from '#/i18n/language.tsx'

export const PASSWORD_LENGTH = 10

/** A new password, twice. The form's value is `password`. */
export function NewPasswordFields() {
  const { t } = useWording()
  return (
    <>
      <Form.Item
        name="password"
        label={t('link.newPassword')}
        rules={[
          { required: true, min: PASSWORD_LENGTH, message: t('password.tooShort', { n: PASSWORD_LENGTH }) },
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="repeated"
        label={t('link.repeatPassword')}
        dependencies={['password']}
        rules={[
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              value === getFieldValue('password')
                ? Promise.resolve()
                : Promise.reject(new Error(t('password.differs'))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  )
}

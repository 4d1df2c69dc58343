import { Form, type FormInstance, Input, Select } from 'antd'
import type { Connector, SettingField } from '#/api/intake-types.ts'
import type { Connection } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ZoneInput } from '#/parts/zone-input.tsx'

export type ConnectionValues = {
  readonly name: string
  readonly zone?: string
  readonly settings?: Readonly<Record<string, string | undefined>>
}

/** A form made from the connector's own fields. Secrets go in and never come out: an empty one leaves what is stored. */
export function ConnectionForm({
  form,
  connector,
  connection,
  onSubmit,
}: {
  readonly form: FormInstance<ConnectionValues>
  readonly connector: Connector
  readonly connection?: Connection
  readonly onSubmit: (values: ConnectionValues) => void
}) {
  const { t, pick } = useWording()
  const basic = connector.fields.filter((field) => field.required || field.secret)
  const more = connector.fields.filter((field) => !basic.includes(field))
  const initial = {
    name: connection?.name ?? '',
    zone: connection?.zone ?? '',
    settings: { ...connection?.settings },
  }
  return (
    <Form<ConnectionValues>
      form={form}
      layout="vertical"
      requiredMark={(label, { required }) => (
        <>
          {label}
          {required ? null : <span className="hf-faint hf-optional">{t('connection.optional')}</span>}
        </>
      )}
      initialValues={initial}
      onFinish={onSubmit}
      autoComplete="off"
    >
      <Form.Item
        name="name"
        label={t('connection.name')}
        rules={[{ required: true, whitespace: true, message: t('connection.nameMissing') }]}
      >
        <Input
          maxLength={100}
          placeholder={t(
            connector.role === 'warehouse' ? 'connection.nameHintWarehouse' : 'connection.nameHint',
          )}
        />
      </Form.Item>
      {basic.map((field) => (
        <FieldInput key={field.name} field={field} connection={connection} />
      ))}
      <details className="hf-more" open={more.some((field) => connection?.settings[field.name])}>
        <summary>{t('connection.advanced')}</summary>
        {more.map((field) => (
          <FieldInput key={field.name} field={field} connection={connection} />
        ))}
        <Form.Item
          name="zone"
          label={t('connection.zone')}
          extra={t('connection.zoneHint', { zone: connector.zone })}
        >
          <ZoneInput placeholder={connector.zone} label={`${pick(connector)} ${t('connection.zone')}`} />
        </Form.Item>
      </details>
    </Form>
  )
}

function FieldInput({
  field,
  connection,
}: {
  readonly field: SettingField
  readonly connection: Connection | undefined
}) {
  const { t, pick } = useWording()
  const label = pick(field)
  const stored = field.secret && connection?.secretsSet.includes(field.name)
  const required = field.required && field.default === undefined && !stored
  return (
    <Form.Item
      name={['settings', field.name]}
      label={label}
      extra={field.hint ? pick(field.hint) : undefined}
      required={field.required && field.default === undefined}
      rules={
        required ? [{ required, whitespace: true, message: t('connection.required', { name: label }) }] : []
      }
    >
      {field.secret ? (
        <Input.Password
          autoComplete="new-password"
          placeholder={stored ? `••••••••  ${t('connection.secretSet')}` : ''}
        />
      ) : field.options ? (
        <Select
          allowClear
          placeholder={field.default}
          options={field.options.map((value) => ({ value, label: value }))}
        />
      ) : (
        <Input placeholder={field.default ?? ''} />
      )}
    </Form.Item>
  )
}

/** What the hub is told: only what was touched, so that secrets and unknown settings stay as they are. */
export function typedSettings(
  connector: Connector,
  values: ConnectionValues,
  connection: Connection | undefined,
): Record<string, string | null> {
  const typed: Record<string, string | null> = {}
  for (const { name, secret } of connector.fields) {
    const value = values.settings?.[name]?.trim() ?? ''
    const before = secret ? '' : (connection?.settings[name] ?? '')
    if (value !== before) typed[name] = value === '' ? null : value
  }
  return typed
}

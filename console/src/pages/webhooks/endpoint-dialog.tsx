import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, Modal, Select, Switch } from 'antd'
import { write } from '#/api/client.ts'
import { useConnections } from '#/api/systems.ts'
import { type WebhookEndpoint, webhooksQuery } from '#/api/webhook-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { useEventType } from './event-type.ts'

type Values = {
  readonly name: string
  readonly url: string
  readonly types: readonly string[]
  readonly shops: readonly string[]
  readonly active: boolean
}

/** One endpoint, new or known; a new one answers with its secret. */
export function EndpointDialog({
  endpoint,
  types,
  onClose,
  onSecret,
}: {
  readonly endpoint: WebhookEndpoint | null
  readonly types: readonly string[]
  readonly onClose: () => void
  readonly onSecret: (secret: { readonly name: string; readonly text: string }) => void
}) {
  const { t } = useWording()
  const typeName = useEventType()
  const shops = useConnections().filter((one) => one.role === 'channel')
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm<Values>()
  const save = useMutation({
    mutationFn: ({ name, url, types, shops, active }: Values) => {
      const body = { name: name.trim(), url: url.trim(), types, shops, active }
      return endpoint === null
        ? write<{ readonly secret?: string }>('POST', '/api/webhooks', body)
        : write<{ readonly secret?: string }>('PUT', `/api/webhooks/${endpoint.id}`, body)
    },
    onError: fail,
    onSuccess: async (answer, { name }) => {
      await client.invalidateQueries({ queryKey: webhooksQuery.queryKey })
      onClose()
      if (answer.secret === undefined) void message.success(t('webhooks.saved'))
      else onSecret({ name: name.trim(), text: answer.secret })
    },
  })
  const known = new Set(shops.map((one) => one.id))
  const gone = (endpoint?.shops ?? []).filter((id) => !known.has(id))
  return (
    <Modal
      open
      width={560}
      title={endpoint === null ? t('webhooks.add') : `${t('webhooks.edit')} · ${endpoint.name}`}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      confirmLoading={save.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        autoComplete="off"
        initialValues={
          endpoint ?? ({ name: '', url: '', types: [], shops: [], active: true } satisfies Values)
        }
        onFinish={(values) => save.mutate(values)}
      >
        <Form.Item
          name="name"
          label={t('webhooks.name')}
          rules={[{ required: true, whitespace: true, message: t('webhooks.needed') }]}
        >
          <Input maxLength={60} autoFocus={endpoint === null} />
        </Form.Item>
        <Form.Item
          name="url"
          label={t('webhooks.url')}
          extra={t('webhooks.urlHint')}
          rules={[
            { required: true, message: t('webhooks.needed') },
            { pattern: /^\s*https?:\/\/\S+\s*$/i, message: t('webhooks.urlBad') },
          ]}
        >
          <Input maxLength={500} placeholder="https://" inputMode="url" />
        </Form.Item>
        <Form.Item name="types" label={t('webhooks.types')}>
          <Select
            mode="multiple"
            allowClear
            optionFilterProp="label"
            placeholder={t('webhooks.allTypes')}
            options={types.map((type) => ({ value: type, label: `${typeName(type)} · ${type}` }))}
          />
        </Form.Item>
        <Form.Item name="shops" label={t('webhooks.shops')}>
          <Select
            mode="multiple"
            allowClear
            optionFilterProp="label"
            placeholder={t('webhooks.allShops')}
            options={[
              ...shops.map(({ id, name }) => ({ value: id, label: name })),
              ...gone.map((id) => ({ value: id, label: id })),
            ]}
          />
        </Form.Item>
        <Form.Item name="active" label={t('webhooks.active')} valuePropName="checked">
          <Switch />
        </Form.Item>
      </Form>
    </Modal>
  )
}

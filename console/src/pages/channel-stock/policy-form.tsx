import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, InputNumber, Modal, Select, Space, Switch } from 'antd'
import { useState } from 'react'
import { type PolicyDraft, SELLABLE } from '#/api/channel-stock-types.ts'
import { get, write } from '#/api/client.ts'
import { useConnections } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'
import { WhyDialog } from './told-figures.tsx'

type Fields = Omit<PolicyDraft, 'shareBps'> & { readonly share: number }

/** One rule; it can be tried on a SKU before it is kept. */
export function PolicyForm({
  id,
  initial,
  onClose,
}: {
  readonly id: string | null
  readonly initial: PolicyDraft
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const [trying, setTrying] = useState<{ readonly sku: string; readonly policy: PolicyDraft } | null>(null)
  const [trySku, setTrySku] = useState(initial.sku === '*' ? '' : initial.sku)
  const save = useMutation({
    mutationFn: (draft: PolicyDraft) =>
      id === null
        ? write('POST', `${SELLABLE}/policies`, draft)
        : write('PUT', `${SELLABLE}/policies/${id}`, draft),
    onError: fail,
    onSuccess: async () => {
      void message.success(t('channelStock.policy.saved'))
      await client.invalidateQueries({ queryKey: ['channel-policies'] })
      onClose()
    },
  })
  const attempt = () => {
    void form.validateFields().then((fields) => {
      const sku = trySku.trim()
      if (sku !== '') setTrying({ sku, policy: { ...toDraft(fields), sku } })
    })
  }
  const { shareBps, ...rest } = initial
  return (
    <Modal
      open
      width={640}
      title={t(id === null ? 'channelStock.policy.add' : 'channelStock.policy.edit')}
      onCancel={onClose}
      footer={
        <Space wrap>
          <Input
            style={{ width: 180 }}
            aria-label={t('channelStock.policy.trySku')}
            placeholder={t('channelStock.policy.trySku')}
            value={trySku}
            onChange={(event) => setTrySku(event.target.value)}
          />
          <Button disabled={trySku.trim() === ''} onClick={attempt}>
            {t('channelStock.policy.try')}
          </Button>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="primary" loading={save.isPending} onClick={() => form.submit()}>
            {t('common.save')}
          </Button>
        </Space>
      }
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        initialValues={{
          ...rest,
          connectionId: rest.connectionId === '' ? null : rest.connectionId,
          share: shareBps / 100,
        }}
        onFinish={(fields) => save.mutate(toDraft(fields))}
      >
        <PolicyFields />
      </Form>
      {trying ? (
        <WhyDialog
          sku={trying.sku}
          policy={trying.policy}
          only={trying.policy.connectionId}
          onClose={() => setTrying(null)}
        />
      ) : null}
    </Modal>
  )
}

function toDraft({ share, ...fields }: Fields): PolicyDraft {
  return {
    ...fields,
    sku: fields.sku.trim(),
    cap: fields.cap ?? null,
    floor: fields.floor ?? 0,
    zeroAt: fields.zeroAt ?? 0,
    shareBps: Math.round(share * 100),
  }
}

function PolicyFields() {
  const { t } = useWording()
  const whole = useWholeRule()
  const channels = useConnections().filter((one) => one.role === 'channel')
  const warehouses = useQuery({
    queryKey: ['warehouse-codes'],
    queryFn: async ({ signal }) =>
      (await get<{ items: readonly { code: string; name: string }[] }>('/api/warehouses', {}, signal)).items,
    retry: false,
  })
  const optional = [whole(0, 1_000_000_000, { optional: true })]
  return (
    <>
      <div className="hf-form-row">
        <Form.Item
          name="connectionId"
          label={t('channelStock.col.connection')}
          rules={[{ required: true, message: t('channelStock.col.connection') }]}
        >
          <Select options={channels.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
        <Form.Item
          name="sku"
          label={t('channelStock.policy.sku')}
          extra={t('channelStock.policy.skuHint')}
          rules={[{ required: true, whitespace: true, message: t('channelStock.policy.sku') }]}
        >
          <Input maxLength={100} />
        </Form.Item>
      </div>
      <div className="hf-form-row">
        <Form.Item
          name="share"
          label={t('channelStock.policy.share')}
          rules={[
            {
              required: true,
              type: 'number',
              min: 0,
              max: 100,
              message: t('channelStock.policy.shareRange'),
            },
          ]}
        >
          <InputNumber suffix="%" style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item
          name="floor"
          rules={optional}
          label={t('channelStock.policy.floor')}
          extra={t('channelStock.policy.floorHint')}
        >
          <InputNumber style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="cap" label={t('channelStock.policy.cap')} rules={optional}>
          <InputNumber style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="zeroAt" label={t('channelStock.policy.zeroAt')} rules={optional}>
          <InputNumber style={{ width: '100%' }} />
        </Form.Item>
      </div>
      <Form.Item name="warehouses" label={t('channelStock.policy.warehouses')}>
        <Select
          mode="tags"
          placeholder={t('channelStock.policy.allWarehouses')}
          options={(warehouses.data ?? []).map(({ code, name }) => ({
            value: code,
            label: `${code} ${name}`,
          }))}
        />
      </Form.Item>
      <Space size="large">
        <Form.Item
          name="push"
          label={t('channelStock.policy.push')}
          valuePropName="checked"
          layout="horizontal"
        >
          <Switch />
        </Form.Item>
        <Form.Item
          name="active"
          label={t('channelStock.policy.active')}
          valuePropName="checked"
          layout="horizontal"
        >
          <Switch />
        </Form.Item>
      </Space>
    </>
  )
}

import { useMutation, useQuery } from '@tanstack/react-query'
import { App, Checkbox, Form, Input, InputNumber, Modal, Select, Typography } from 'antd'
import { get, write } from '#/api/client.ts'
import type { NumberPool, PoolRefill } from '#/api/number-pool-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

type Values = {
  readonly lowAt?: number | null
  readonly failOverTo?: string | null
  readonly refill: PoolRefill
  readonly refillCount: number
  readonly refillUrl?: string | null
  readonly newSecret?: boolean
}
type Account = { readonly id: string; readonly name: string; readonly carrier: string }
const REFILLS: readonly PoolRefill[] = ['none', 'notice', 'post']

/** When a pool is low, who stands in, and how more is asked for. */
export function SettingsDialog({
  pool,
  onClose,
  onDone,
}: {
  readonly pool: NumberPool
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { message, modal } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm<Values>()
  const refill = Form.useWatch('refill', form) ?? pool.refill
  const save = useMutation({
    mutationFn: (given: Values) =>
      write<{ secret: string | null }>('PUT', `/api/number-pools/${pool.accountId}/settings`, {
        lowAt: given.lowAt ?? null,
        failOverTo: given.failOverTo ?? null,
        refill: given.refill,
        refillCount: given.refillCount,
        refillUrl: given.refillUrl?.trim() ? given.refillUrl.trim() : null,
        newSecret: given.newSecret === true,
      }),
    onError: fail,
    onSuccess: ({ secret }) => {
      void message.success(t('numberPools.saved'))
      if (secret !== null)
        modal.info({
          title: t('numberPools.set.secretTitle'),
          content: (
            <Typography.Text copyable code>
              {secret}
            </Typography.Text>
          ),
        })
      onDone()
      onClose()
    },
  })
  const accounts = useQuery({
    queryKey: ['carrier-accounts', 'names'],
    queryFn: ({ signal }) => get<{ items: readonly Account[] }>('/api/carrier-accounts', {}, signal),
  }).data?.items
  const others = (accounts ?? []).filter((one) => one.id !== pool.accountId)
  return (
    <Modal
      open
      title={`${t('numberPools.settings')} · ${pool.account}`}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={{
          lowAt: pool.lowAt,
          failOverTo: pool.failOverTo?.accountId ?? null,
          refill: pool.refill,
          refillCount: pool.refillCount,
          refillUrl: pool.refillUrl,
        }}
        onFinish={(given) => save.mutate(given)}
      >
        <Form.Item name="lowAt" label={t('numberPools.set.lowAt')} extra={t('numberPools.set.lowAtHint')}>
          <InputNumber min={0} max={100_000_000} precision={0} style={{ width: 160 }} />
        </Form.Item>
        <Form.Item name="failOverTo" label={t('numberPools.set.over')}>
          <Select
            allowClear
            placeholder={t('numberPools.none')}
            options={others.map((one) => ({ value: one.id, label: `${one.name} (${one.carrier})` }))}
          />
        </Form.Item>
        <Form.Item name="refill" label={t('numberPools.set.refill')}>
          <Select options={REFILLS.map((one) => ({ value: one, label: t(`numberPools.refill.${one}`) }))} />
        </Form.Item>
        <Form.Item name="refillCount" label={t('numberPools.set.count')} hidden={refill === 'none'}>
          <InputNumber min={1} max={10_000_000} precision={0} style={{ width: 160 }} />
        </Form.Item>
        <Form.Item name="refillUrl" label={t('numberPools.set.url')} hidden={refill !== 'post'}>
          <Input placeholder="https://" maxLength={500} />
        </Form.Item>
        <Form.Item name="newSecret" valuePropName="checked" hidden={refill !== 'post' || !pool.hasSecret}>
          <Checkbox>{t('numberPools.set.newSecret')}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  )
}

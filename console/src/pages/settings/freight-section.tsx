import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, InputNumber, Skeleton } from 'antd'
import { get, write } from '#/api/client.ts'
import { CUSTOMER_TIERS, type CustomerTier } from '#/api/freight-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { RemoteAreas } from './remote-areas.tsx'
import '#/styles/freight.css'

const KEY = ['customer-tiers']

/** What rules lean on beside the order: levels of customers, and remote areas. */
export function FreightSection() {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) =>
      (await get<{ items: readonly CustomerTier[] }>(CUSTOMER_TIERS, {}, signal)).items,
  })
  return (
    <>
      <Section title={t('freight.tiers.title')}>
        <p className="hf-faint hf-freight-lead">{t('freight.tiers.lead')}</p>
        {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
        {data ? <TierForm tiers={data} /> : error ? null : <Skeleton active />}
      </Section>
      <RemoteAreas />
    </>
  )
}

function TierForm({ tiers }: { readonly tiers: readonly CustomerTier[] }) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const save = useMutation({
    mutationFn: (items: readonly CustomerTier[]) => write('PUT', CUSTOMER_TIERS, { items }),
    onError: fail,
    onSuccess: () => {
      void message.success(t('common.saved'))
      void client.invalidateQueries({ queryKey: KEY })
    },
  })
  const may = can('rules:write')
  return (
    <Form
      layout="vertical"
      disabled={!may}
      initialValues={{ tiers }}
      onFinish={({ tiers: items }: { tiers: readonly CustomerTier[] }) => save.mutate(items.map(plain))}
    >
      <Form.List name="tiers">
        {(fields, { add, remove }) => (
          <>
            {fields.map(({ key, name }, index) => (
              <TierRow key={key} name={name} isFirst={index === 0} onRemove={() => remove(name)} />
            ))}
            {may ? (
              <div className="hf-section-tools">
                <Button onClick={() => add({ minOrders: 0, minSpent: null, currency: 'CNY', priority: 20 })}>
                  {t('freight.tiers.add')}
                </Button>
                <Button type="primary" htmlType="submit" loading={save.isPending}>
                  {t('freight.tiers.save')}
                </Button>
              </div>
            ) : null}
          </>
        )}
      </Form.List>
    </Form>
  )
}

function plain({ name, label, minOrders, minSpent, currency, priority }: CustomerTier): CustomerTier {
  return { name, label, minOrders, minSpent: minSpent === '' ? null : minSpent, currency, priority }
}

type RowProps = { readonly name: number; readonly isFirst: boolean; readonly onRemove: () => void }

function TierRow({ name, isFirst, onRemove }: RowProps) {
  const { t } = useWording()
  // The words stand above the first row only; each field is named for those who hear them.
  const head = (text: string) => (isFirst ? { label: text } : {})
  return (
    <div className="hf-tier-row">
      <Form.Item
        name={[name, 'name']}
        {...head(t('freight.tiers.name'))}
        rules={[{ required: true, pattern: /^[a-z][a-z0-9_]{0,39}$/, message: t('freight.tiers.nameHint') }]}
      >
        <Input aria-label={t('freight.tiers.name')} />
      </Form.Item>
      <Form.Item
        name={[name, 'label']}
        {...head(t('freight.tiers.label'))}
        rules={[{ required: true, max: 80, message: t('freight.tiers.label') }]}
      >
        <Input aria-label={t('freight.tiers.label')} />
      </Form.Item>
      <Form.Item name={[name, 'minOrders']} {...head(t('freight.tiers.minOrders'))}>
        <InputNumber min={0} max={1_000_000} precision={0} aria-label={t('freight.tiers.minOrders')} />
      </Form.Item>
      <Form.Item
        name={[name, 'minSpent']}
        {...head(t('freight.tiers.minSpent'))}
        rules={[{ pattern: /^\d{1,15}(\.\d{1,2})?$/, message: '100.00' }]}
      >
        <Input
          placeholder={t('freight.tiers.minSpentHint')}
          aria-label={t('freight.tiers.minSpent')}
          inputMode="decimal"
        />
      </Form.Item>
      <Form.Item
        name={[name, 'currency']}
        {...head(t('freight.tiers.currency'))}
        rules={[{ required: true, pattern: /^[A-Z]{3}$/, message: 'CNY' }]}
      >
        <Input aria-label={t('freight.tiers.currency')} />
      </Form.Item>
      <Form.Item name={[name, 'priority']} {...head(t('freight.tiers.priority'))}>
        <InputNumber min={0} max={1_000_000} precision={0} aria-label={t('freight.tiers.priority')} />
      </Form.Item>
      <Form.Item {...head(' ')} colon={false}>
        <Button danger onClick={onRemove}>
          {t('freight.tiers.remove')}
        </Button>
      </Form.Item>
    </div>
  )
}

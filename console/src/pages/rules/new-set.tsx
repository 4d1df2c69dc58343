import { FileAddOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Checkbox, Drawer, Form, Input, Radio, Select } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { RuleKind, RuleSet, RuleTemplate } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useConnections, useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'

type Start = { readonly template: RuleTemplate | null }

/** What about, from which example, for which orders: three short steps, and the draft is open. */
export function NewSetDrawer({
  kind,
  kinds,
  onKind,
  onClose,
}: {
  readonly kind: RuleKind | undefined
  readonly kinds: readonly RuleKind[]
  readonly onKind: (kind: string | undefined) => void
  readonly onClose: () => void
}) {
  const { t, pick } = useWording()
  const [start, setStart] = useState<Start | null>(null)
  const back = start ? () => setStart(null) : kind ? () => onKind(undefined) : null
  const step = !kind ? 1 : !start ? 2 : 3
  return (
    <Drawer
      open
      onClose={onClose}
      size={680}
      className="hf-drawer"
      title={kind ? `${t('rules.new')} · ${pick(kind.label)}` : t('rules.new')}
      extra={back ? <Button onClick={back}>{t('catalogue.back')}</Button> : null}
    >
      <p className="hf-faint hf-new-step">{t(`rules.new.step${step}`)}</p>
      {!kind ? <KindCards kinds={kinds} onPick={onKind} /> : null}
      {kind && !start ? <TemplateCards kind={kind} onPick={setStart} /> : null}
      {kind && start ? <NewSetForm kind={kind} start={start} /> : null}
    </Drawer>
  )
}

function KindCards({
  kinds,
  onPick,
}: {
  readonly kinds: readonly RuleKind[]
  readonly onPick: (kind: string) => void
}) {
  const { pick } = useWording()
  return (
    <ul className="hf-cards">
      {kinds.map((kind) => (
        <li key={kind.kind}>
          <button type="button" className="hf-way" onClick={() => onPick(kind.kind)}>
            <b>{pick(kind.label)}</b>
            <span className="hf-faint">{pick(kind.purpose)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function TemplateCards({
  kind,
  onPick,
}: {
  readonly kind: RuleKind
  readonly onPick: (start: Start) => void
}) {
  const { t, pick } = useWording()
  return (
    <ul className="hf-cards">
      {kind.templates.map((template) => (
        <li key={template.id}>
          <button type="button" className="hf-way" onClick={() => onPick({ template })}>
            <span className="hf-tags">
              <b>{pick(template.name)}</b>
              {template.hasGaps ? <Tag tone="wait">{t('rules.new.gaps')}</Tag> : null}
            </span>
            <span className="hf-faint">{pick(template.description)}</span>
          </button>
        </li>
      ))}
      <li>
        <button type="button" className="hf-way" onClick={() => onPick({ template: null })}>
          <b>
            <FileAddOutlined aria-hidden="true" /> {t('rules.new.blank')}
          </b>
          <span className="hf-faint">{t('rules.new.blankHint')}</span>
        </button>
      </li>
    </ul>
  )
}

type NewSetValues = {
  readonly name: string
  readonly note?: string
  readonly scope: 'all' | 'platform' | 'shop'
  readonly connectorKind?: string
  readonly connectionId?: string
  readonly needsApproval: boolean
}

function NewSetForm({ kind, start }: { readonly kind: RuleKind; readonly start: Start }) {
  const { t, pick } = useWording()
  const fail = useProblemToast()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [form] = Form.useForm<NewSetValues>()
  const scope = Form.useWatch('scope', form)
  const shops = useConnections().filter((one) => one.role === 'channel')
  const platforms = useConnectors().filter((one) => one.role === 'channel')
  const create = useMutation({
    mutationFn: (values: NewSetValues) => {
      const shop = values.scope === 'shop' ? shops.find((one) => one.id === values.connectionId) : undefined
      return write<RuleSet>('POST', `${RULES}/sets`, {
        kind: kind.kind,
        name: values.name.trim(),
        note: values.note?.trim() ?? '',
        connectorKind: shop ? shop.kind : values.scope === 'platform' ? (values.connectorKind ?? '*') : '*',
        connectionId: shop ? shop.id : null,
        needsApproval: values.needsApproval,
        ...(start.template ? { template: start.template.id } : {}),
      })
    },
    onError: fail,
    onSuccess: (set) => {
      void client.invalidateQueries({ queryKey: ['rule-sets'] })
      void navigate({ to: '/rules/$setId', params: { setId: set.id }, search: { tab: 'canvas' } })
    },
  })
  return (
    <Form<NewSetValues>
      form={form}
      layout="vertical"
      className="hf-form"
      initialValues={{
        name: start.template ? pick(start.template.name) : '',
        scope: 'all',
        needsApproval: false,
      }}
      onFinish={(values) => create.mutate(values)}
    >
      <Form.Item
        name="name"
        label={t('rules.col.name')}
        rules={[{ required: true, whitespace: true, message: t('rules.new.nameMissing') }]}
      >
        <Input maxLength={100} autoFocus />
      </Form.Item>
      <Form.Item name="scope" label={t('rules.new.scope')} extra={t('rules.new.scopeHint')}>
        <Radio.Group
          options={(['all', 'platform', 'shop'] as const).map((value) => ({
            value,
            label: t(`rules.new.scope.${value}`),
          }))}
        />
      </Form.Item>
      {scope === 'platform' ? (
        <Form.Item name="connectorKind" rules={[{ required: true, message: t('rules.new.pickOne') }]}>
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            aria-label={t('rules.new.scope.platform')}
            placeholder={t('rules.new.scope.platform')}
            options={platforms.map((one) => ({ value: one.kind, label: pick(one) }))}
          />
        </Form.Item>
      ) : null}
      {scope === 'shop' ? (
        <Form.Item name="connectionId" rules={[{ required: true, message: t('rules.new.pickOne') }]}>
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            aria-label={t('rules.new.scope.shop')}
            placeholder={t('rules.new.scope.shop')}
            options={shops.map((one) => ({ value: one.id, label: one.name }))}
          />
        </Form.Item>
      ) : null}
      <Form.Item name="note" label={t('rules.col.note')}>
        <Input maxLength={500} placeholder={t('rules.new.noteHint')} />
      </Form.Item>
      <Form.Item name="needsApproval" valuePropName="checked">
        <Checkbox>{t('rules.new.needsApproval')}</Checkbox>
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={create.isPending}>
        {t('rules.new.create')}
      </Button>
    </Form>
  )
}

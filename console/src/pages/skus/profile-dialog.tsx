import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, InputNumber, Modal, Popconfirm, Select } from 'antd'
import { write } from '#/api/client.ts'
import { SKU_PROFILES, type SkuProfile } from '#/api/sku-profile-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { useTagsInUse } from './profile-list.tsx'
import { KNOWN_TAGS, useTagName } from './sku-tag.tsx'

type Values = {
  readonly sku: string
  readonly title: string
  readonly weightG: number | null
  readonly volumeCm3: number | null
  readonly lengthMm: number | null
  readonly widthMm: number | null
  readonly heightMm: number | null
  readonly tags: readonly string[]
  readonly amount: string
  readonly currency: string
}
const CURRENCIES = ['CNY', 'USD', 'EUR', 'HKD', 'JPY', 'GBP']
const pathOf = (sku: string): string => `${SKU_PROFILES}/of/${encodeURIComponent(sku)}`

/** One profile: filled in, corrected or removed. What is left empty stays unknown. */
export function ProfileDialog({
  profile,
  onClose,
  onDone,
}: {
  /** Null: a new one. */
  readonly profile: SkuProfile | null
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [form] = Form.useForm<Values>()
  const done = (words: string) => {
    void message.success(words)
    void client.invalidateQueries({ queryKey: ['sku-tags'] })
    onClose()
    onDone()
  }
  const save = useMutation({
    mutationFn: ({ sku, amount, currency, ...rest }: Values) =>
      write<SkuProfile>('PUT', pathOf(sku.trim()), {
        ...rest,
        value: amount.trim() === '' ? null : { amount: amount.trim(), currency },
        revision: profile?.revision ?? null,
      }),
    onError: fail,
    onSuccess: () => done(t('skuProfiles.saved')),
  })
  const remove = useMutation({
    mutationFn: (sku: string) => write<undefined>('DELETE', pathOf(sku), undefined),
    onError: fail,
    onSuccess: (_, sku) => done(t('skuProfiles.removed', { sku })),
  })
  return (
    <Modal
      open
      width={620}
      title={profile ? t('skuProfiles.editTitle', { sku: profile.sku }) : t('skuProfiles.addTitle')}
      onCancel={onClose}
      footer={[
        profile?.revision ? (
          <Popconfirm
            key="remove"
            title={t('skuProfiles.removeTitle')}
            description={t('skuProfiles.removeHint')}
            okText={t('common.delete')}
            cancelText={t('common.cancel')}
            okButtonProps={{ danger: true }}
            onConfirm={() => remove.mutate(profile.sku)}
          >
            <Button danger loading={remove.isPending}>
              {t('common.delete')}
            </Button>
          </Popconfirm>
        ) : null,
        <Button key="cancel" onClick={onClose}>
          {t('common.cancel')}
        </Button>,
        <Button key="save" type="primary" loading={save.isPending} onClick={() => form.submit()}>
          {t('common.save')}
        </Button>,
      ]}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={valuesOf(profile)}
        onFinish={(values) => save.mutate(values)}
      >
        <ProfileFields isNew={profile === null} />
      </Form>
    </Modal>
  )
}

function valuesOf(profile: SkuProfile | null): Values {
  return {
    sku: profile?.sku ?? '',
    title: profile?.title ?? '',
    weightG: profile?.weightG ?? null,
    volumeCm3: profile?.volumeCm3 ?? null,
    lengthMm: profile?.lengthMm ?? null,
    widthMm: profile?.widthMm ?? null,
    heightMm: profile?.heightMm ?? null,
    tags: profile?.tags ?? [],
    amount: profile?.value?.amount ?? '',
    currency: profile?.value?.currency ?? 'CNY',
  }
}

function ProfileFields({ isNew }: { readonly isNew: boolean }) {
  const { t } = useWording()
  const nameOf = useTagName()
  const used = useTagsInUse()
  const tags = [...new Set([...KNOWN_TAGS, ...used])]
  return (
    <>
      <div className="hf-sku-pair">
        <Form.Item
          name="sku"
          label={t('skuProfiles.col.sku')}
          rules={[{ required: true, whitespace: true, max: 120, message: t('skuProfiles.needed') }]}
        >
          <Input disabled={!isNew} autoFocus={isNew} maxLength={120} />
        </Form.Item>
        <Form.Item name="title" label={t('skuProfiles.col.title')}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="weightG" label={t('skuProfiles.form.weight')}>
          <InputNumber className="hf-sku-figure" min={0} max={10_000_000} precision={0} autoFocus={!isNew} />
        </Form.Item>
        <Form.Item name="volumeCm3" label={t('skuProfiles.form.volume')}>
          <InputNumber
            className="hf-sku-figure"
            min={0}
            max={1_000_000_000}
            precision={0}
            placeholder={t('skuProfiles.form.volumeHint')}
          />
        </Form.Item>
      </div>
      <div className="hf-sku-sides">
        {(['length', 'width', 'height'] as const).map((side) => (
          <Form.Item key={side} name={`${side}Mm`} label={t(`skuProfiles.form.${side}`)}>
            <InputNumber className="hf-sku-figure" min={1} max={100_000} precision={0} />
          </Form.Item>
        ))}
      </div>
      <Form.Item name="tags" label={t('skuProfiles.form.tags')} extra={t('skuProfiles.form.tagsHint')}>
        <Select
          mode="tags"
          maxCount={20}
          tokenSeparators={[',', '，', '、', ' ']}
          aria-label={t('skuProfiles.form.tags')}
          options={tags.map((tag) => ({ value: tag, label: nameOf(tag) }))}
        />
      </Form.Item>
      <Form.Item label={t('skuProfiles.form.value')}>
        <div className="hf-sku-value">
          <Form.Item
            name="amount"
            noStyle
            rules={[{ pattern: /^\s*(\d{1,12}(\.\d{1,3})?)?\s*$/, message: t('skuProfiles.form.valueBad') }]}
          >
            <Input maxLength={20} inputMode="decimal" aria-label={t('skuProfiles.form.value')} />
          </Form.Item>
          <Form.Item name="currency" noStyle>
            <Select
              aria-label={t('skuProfiles.list.field.currency')}
              options={CURRENCIES.map((value) => ({ value, label: value }))}
            />
          </Form.Item>
        </div>
      </Form.Item>
    </>
  )
}

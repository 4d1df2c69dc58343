import { Button, Checkbox, Form, Input, Modal, Popconfirm, Select } from 'antd'
import { EVERY_SHOP, type SkuMapping } from '#/api/sku-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useShops } from './sku-filters.tsx'
import { type NewMapping, useMapSku, useUnmapSku } from './use-sku-changes.ts'

/** One mapping: added, corrected or removed. What it says holds for waiting lines, and on request for unshipped orders. */
export function MappingDialog({
  mapping,
  onClose,
  onDone,
}: {
  /** Null: a new one. */
  readonly mapping: SkuMapping | null
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const shops = useShops()
  const [form] = Form.useForm<Required<NewMapping>>()
  const done = () => {
    onClose()
    onDone()
  }
  const save = useMapSku(done)
  const remove = useUnmapSku(done)
  const rules = [{ required: true, whitespace: true, max: 120, message: t('skus.needed') }]
  const removeButton = mapping ? (
    <Popconfirm
      key="remove"
      title={t('skus.removeTitle')}
      description={t('skus.removeHint')}
      okText={t('common.delete')}
      cancelText={t('common.cancel')}
      okButtonProps={{ danger: true }}
      onConfirm={() =>
        remove.mutate({
          connectionId: mapping.connectionId,
          shopSku: mapping.shopSku,
          unmatch: form.getFieldValue('again') === true ? '1' : undefined,
        })
      }
    >
      <Button danger loading={remove.isPending}>
        {t('common.delete')}
      </Button>
    </Popconfirm>
  ) : null
  return (
    <Modal
      open
      title={t(mapping ? 'skus.editTitle' : 'skus.addTitle')}
      onCancel={onClose}
      footer={[
        removeButton,
        <Button key="cancel" onClick={onClose}>
          {t('common.cancel')}
        </Button>,
        <Button key="save" type="primary" loading={save.isPending} onClick={() => form.submit()}>
          {t('common.save')}
        </Button>,
      ]}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          connectionId: mapping?.connectionId ?? EVERY_SHOP,
          shopSku: mapping?.shopSku ?? '',
          stockSku: mapping?.stockSku ?? '',
          again: true,
        }}
        onFinish={(values) => save.mutate(values)}
      >
        <Form.Item name="shopSku" label={t('skus.col.shopSku')} rules={rules}>
          <Input disabled={mapping !== null} autoFocus={mapping === null} maxLength={120} />
        </Form.Item>
        <Form.Item name="connectionId" label={t('skus.col.scope')}>
          <Select
            disabled={mapping !== null}
            aria-label={t('skus.col.scope')}
            options={[
              { value: EVERY_SHOP, label: t('skus.scope.all') },
              ...shops.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        </Form.Item>
        <Form.Item name="stockSku" label={t('skus.col.stockSku')} rules={rules}>
          <Input autoFocus={mapping !== null} maxLength={120} onPressEnter={() => form.submit()} />
        </Form.Item>
        <Form.Item name="again" valuePropName="checked" extra={t('skus.againHint')} hidden={mapping === null}>
          <Checkbox>{t('skus.again')}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  )
}

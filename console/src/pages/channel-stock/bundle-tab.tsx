import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Form, Input, InputNumber, Modal } from 'antd'
import type { Bundle } from '#/api/channel-stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'
import { SetTable, useSaveSet } from './set-table.tsx'

/** Goods that are made of others: their figure is that of the part there is least of. */
export function BundleTab() {
  const { t } = useWording()
  return (
    <SetTable<Bundle>
      kind="bundles"
      texts={{
        add: t('channelStock.bundle.add'),
        emptyTitle: t('channelStock.bundle.empty.title'),
        emptyHint: t('channelStock.bundle.empty.hint'),
        removeConfirm: (sku) => t('channelStock.bundle.removeConfirm', { sku }),
      }}
      columns={[
        {
          title: t('channelStock.bundle.sku'),
          key: 'sku',
          width: 200,
          render: (_, row) => <code>{row.sku}</code>,
        },
        {
          title: t('channelStock.bundle.parts'),
          key: 'parts',
          render: (_, row) => row.parts.map((part) => `${part.sku} × ${part.quantity}`).join(' + '),
        },
        {
          title: t('channelStock.bundle.pieces'),
          key: 'pieces',
          width: 100,
          align: 'right',
          render: (_, row) => <b className="hf-num">{row.pieces}</b>,
        },
        {
          title: t('channelStock.bundle.apart'),
          key: 'apart',
          width: 120,
          align: 'right',
          render: (_, row) => <span className="hf-num hf-faint">{row.apart}</span>,
        },
      ]}
      form={(row, onClose) => <BundleForm bundle={row} onClose={onClose} />}
    />
  )
}

type Fields = { readonly sku: string; readonly parts: readonly { sku: string; quantity: number }[] }

function BundleForm({ bundle, onClose }: { readonly bundle: Bundle | null; readonly onClose: () => void }) {
  const { t } = useWording()
  const whole = useWholeRule()
  const [form] = Form.useForm<Fields>()
  const save = useSaveSet('bundles', onClose)
  const initial: Fields = {
    sku: bundle?.sku ?? '',
    parts: bundle?.parts.map((part) => ({ ...part })) ?? [{ sku: '', quantity: 1 }],
  }
  return (
    <Modal
      open
      title={t(bundle === null ? 'channelStock.bundle.add' : 'channelStock.bundle.edit')}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        initialValues={initial}
        onFinish={({ sku, parts }) =>
          save.mutate({
            sku: sku.trim(),
            parts: (parts ?? []).map((part) => ({ sku: part.sku.trim(), quantity: part.quantity })),
          })
        }
      >
        <Form.Item
          name="sku"
          label={t('channelStock.bundle.sku')}
          rules={[{ required: true, whitespace: true, message: t('channelStock.bundle.sku') }]}
        >
          <Input maxLength={100} disabled={bundle !== null} />
        </Form.Item>
        <Form.List name="parts">
          {(fields, { add, remove }) => (
            <>
              {fields.map((field) => (
                <div key={field.key} className="hf-part-row">
                  <Form.Item
                    name={[field.name, 'sku']}
                    rules={[{ required: true, whitespace: true, message: t('channelStock.bundle.part') }]}
                  >
                    <Input
                      maxLength={100}
                      aria-label={t('channelStock.bundle.part')}
                      placeholder={t('channelStock.bundle.part')}
                    />
                  </Form.Item>
                  <Form.Item name={[field.name, 'quantity']} rules={[whole(1, 10_000)]}>
                    <InputNumber aria-label={t('channelStock.bundle.quantity')} />
                  </Form.Item>
                  <Button
                    type="text"
                    icon={<DeleteOutlined />}
                    aria-label={t('common.delete')}
                    disabled={fields.length === 1}
                    onClick={() => remove(field.name)}
                  />
                </div>
              ))}
              <Button icon={<PlusOutlined />} onClick={() => add({ sku: '', quantity: 1 })}>
                {t('channelStock.bundle.addPart')}
              </Button>
            </>
          )}
        </Form.List>
      </Form>
    </Modal>
  )
}

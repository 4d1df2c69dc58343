import { Form, Input, InputNumber, Modal, Select } from 'antd'
import type { Gift } from '#/api/channel-stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'
import { SetTable, useSaveSet } from './set-table.tsx'

/** Goods that are given with others: their figure follows the main product's. */
export function GiftTab() {
  const { t } = useWording()
  return (
    <SetTable<Gift>
      kind="gifts"
      texts={{
        add: t('channelStock.gift.add'),
        emptyTitle: t('channelStock.gift.empty.title'),
        emptyHint: t('channelStock.gift.empty.hint'),
        removeConfirm: (sku) => t('channelStock.gift.removeConfirm', { sku }),
      }}
      columns={[
        {
          title: t('channelStock.gift.sku'),
          key: 'sku',
          width: 200,
          render: (_, row) => <code>{row.sku}</code>,
        },
        {
          title: t('channelStock.gift.main'),
          key: 'main',
          width: 200,
          render: (_, row) => <code>{row.mainSku}</code>,
        },
        {
          title: t('channelStock.gift.ratio'),
          key: 'ratio',
          render: (_, row) => t('channelStock.gift.ratioText', { per: row.per, gifts: row.gifts }),
        },
        {
          title: t('channelStock.gift.binding'),
          key: 'binding',
          width: 100,
          render: (_, row) => (
            <Tag tone={row.binding === 'hard' ? 'move' : 'neutral'}>
              {t(`channelStock.gift.${row.binding}`)}
            </Tag>
          ),
        },
        {
          title: t('channelStock.bundle.pieces'),
          key: 'pieces',
          width: 100,
          align: 'right',
          render: (_, row) => <b className="hf-num">{row.pieces}</b>,
        },
      ]}
      form={(row, onClose) => <GiftForm gift={row} onClose={onClose} />}
    />
  )
}

type Fields = Pick<Gift, 'sku' | 'mainSku' | 'gifts' | 'per' | 'binding'>

function GiftForm({ gift, onClose }: { readonly gift: Gift | null; readonly onClose: () => void }) {
  const { t } = useWording()
  const whole = useWholeRule()
  const [form] = Form.useForm<Fields>()
  const save = useSaveSet('gifts', onClose)
  const initial: Fields = gift ?? { sku: '', mainSku: '', gifts: 1, per: 1, binding: 'hard' }
  const required = (message: string) => [{ required: true, message }]
  return (
    <Modal
      open
      title={t(gift === null ? 'channelStock.gift.add' : 'channelStock.gift.edit')}
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
        onFinish={({ sku, mainSku, gifts, per, binding }) =>
          save.mutate({ sku: sku.trim(), mainSku: mainSku.trim(), gifts, per, binding })
        }
      >
        <Form.Item name="sku" label={t('channelStock.gift.sku')} rules={required(t('channelStock.gift.sku'))}>
          <Input maxLength={100} disabled={gift !== null} />
        </Form.Item>
        <Form.Item
          name="mainSku"
          label={t('channelStock.gift.main')}
          rules={required(t('channelStock.gift.main'))}
        >
          <Input maxLength={100} />
        </Form.Item>
        <div className="hf-form-row">
          <Form.Item name="per" label={t('channelStock.gift.per')} rules={[whole(1, 10_000)]}>
            <InputNumber />
          </Form.Item>
          <Form.Item name="gifts" label={t('channelStock.gift.gifts')} rules={[whole(1, 10_000)]}>
            <InputNumber />
          </Form.Item>
          <Form.Item
            name="binding"
            label={t('channelStock.gift.binding')}
            extra={t('channelStock.gift.bindingHint')}
          >
            <Select
              options={(['hard', 'soft'] as const).map((value) => ({
                value,
                label: t(`channelStock.gift.${value}`),
              }))}
            />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  )
}

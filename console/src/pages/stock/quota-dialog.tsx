import { Form, Input, InputNumber, Modal, Select } from 'antd'
import type { Named, StockQuota } from '#/api/stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'
import { useShops } from '../skus/sku-filters.tsx'
import { useStockChange } from './use-stock-change.ts'
import { useWarehouseNames } from './use-warehouse-names.ts'

type Values = {
  readonly sku: string
  readonly warehouse: string
  readonly channel: string
  readonly granted: number
  readonly reason: string
}

/** Goods for one channel only. Without a place it asks for SKU and warehouse as well. */
export function QuotaDialog({
  place,
  quota,
  onClose,
}: {
  readonly place?: { readonly sku: string; readonly warehouse: Named }
  readonly quota?: StockQuota
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const whole = useWholeRule()
  const [form] = Form.useForm<Values>()
  const shops = useShops()
  const warehouses = useWarehouseNames()
  const save = useStockChange(() => t('stock.quota.done'), onClose)
  return (
    <Modal
      open
      title={
        place
          ? t('stock.quota.title', { sku: place.sku, warehouse: place.warehouse.name })
          : t('stock.quota.add')
      }
      okText={t('stock.quota.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('stock.quota.hint')}</p>
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={{
          sku: place?.sku,
          warehouse: place?.warehouse.code,
          channel: quota?.channel.id,
          granted: quota?.granted,
        }}
        onFinish={({ reason, ...values }) =>
          save.mutate({
            method: 'PUT',
            path: '/api/stock/quotas',
            body: { ...values, reason: reason.trim() },
          })
        }
      >
        <Form.Item
          name="sku"
          label={t('stock.quota.sku')}
          rules={[{ required: true }]}
          hidden={place !== undefined}
        >
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item
          name="warehouse"
          label={t('stock.quota.warehouse')}
          rules={[{ required: true }]}
          hidden={place !== undefined}
        >
          <Select options={warehouses.map(({ code, name }) => ({ value: code, label: name }))} />
        </Form.Item>
        <div className="hf-columns-2">
          <Form.Item
            name="channel"
            label={t('stock.quota.channel')}
            rules={[{ required: true, message: t('stock.quota.channelMissing') }]}
          >
            <Select
              disabled={quota !== undefined}
              options={shops.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Form.Item>
          <Form.Item name="granted" label={t('stock.quota.granted')} rules={[whole(0, 1_000_000_000)]}>
            <InputNumber style={{ width: '100%' }} />
          </Form.Item>
        </div>
        <Form.Item
          name="reason"
          label={t('stock.adjust.reason')}
          rules={[{ required: true, min: 3, whitespace: true, message: t('stock.adjust.reasonShort') }]}
        >
          <Input maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  )
}

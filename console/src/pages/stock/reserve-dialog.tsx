import { Form, Input, InputNumber, Modal, Segmented } from 'antd'
import { useState } from 'react'
import type { StockLevel } from '#/api/stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'
import { useStockChange } from './use-stock-change.ts'

type Values = {
  readonly quantity: number
  readonly hours: number
  readonly onDeadline: 'release' | 'ask'
  readonly reference?: string
  readonly reason: string
}

/** Sets goods aside in one's own name until a time. */
export function ReserveDialog({
  level,
  onClose,
}: {
  readonly level: StockLevel
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const whole = useWholeRule()
  const [form] = Form.useForm<Values>()
  // One key per opened dialog: a second click is the same reservation.
  const [key] = useState(() => crypto.randomUUID())
  const save = useStockChange(() => t('stock.reserve.done'), onClose)
  const finish = ({ quantity, hours, reference = '', ...rest }: Values) =>
    save.mutate({
      method: 'POST',
      path: '/api/stock/reservations',
      body: {
        key,
        lines: [{ sku: level.sku, warehouse: level.warehouse.code, quantity }],
        minutes: hours * 60,
        reference,
        ...rest,
      },
    })
  return (
    <Modal
      open
      title={t('stock.reserve.title', { sku: level.sku, warehouse: level.warehouse.name })}
      okText={t('stock.reserve.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('stock.reserve.hint')}</p>
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={{ hours: 24, onDeadline: 'release' }}
        onFinish={finish}
      >
        <div className="hf-columns-2">
          <Form.Item
            name="quantity"
            label={t('stock.adjust.pieces')}
            extra={`${t('stock.col.sellable')} ${level.sellable}`}
            rules={[whole(1, 1_000_000_000)]}
          >
            <InputNumber autoFocus style={{ width: '100%' }} />
          </Form.Item>
          <Form.Item name="hours" label={t('stock.reserve.hours')} rules={[whole(1, 720)]}>
            <InputNumber style={{ width: '100%' }} />
          </Form.Item>
        </div>
        <Form.Item name="onDeadline" label={t('stock.reserve.onDeadline')}>
          <Segmented
            options={[
              { value: 'release', label: t('stock.reserve.release') },
              { value: 'ask', label: t('stock.reserve.ask') },
            ]}
          />
        </Form.Item>
        <Form.Item name="reference" label={t('stock.reserve.reference')}>
          <Input maxLength={120} />
        </Form.Item>
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

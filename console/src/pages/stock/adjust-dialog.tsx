import { Form, Input, InputNumber, Modal, Segmented } from 'antd'
import { useState } from 'react'
import type { StockLevel } from '#/api/stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useStockChange } from './use-stock-change.ts'

const MODES = ['set', 'by', 'safety'] as const
type Mode = (typeof MODES)[number]
type Values = { readonly pieces: number; readonly reason: string }

/** A count, a correction or safety stock, with its reason. A figure that moved on meanwhile is refused by the hub. */
export function AdjustDialog({
  level,
  onClose,
}: {
  readonly level: StockLevel
  readonly onClose: () => void
}) {
  const { t, count } = useWording()
  const captured = level.figures === 'captured'
  const [mode, setMode] = useState<Mode>(captured ? 'safety' : 'set')
  const [form] = Form.useForm<Values>()
  // What the person sees while deciding; the drawer behind goes on refreshing.
  const [seen] = useState({ physical: level.physical, safety: level.safety })
  const save = useStockChange(() => t('stock.adjust.done'), onClose)
  const finish = ({ pieces, reason }: Values) =>
    save.mutate({
      method: 'POST',
      path: '/api/stock/adjust',
      body: {
        sku: level.sku,
        warehouse: level.warehouse.code,
        reason: reason.trim(),
        ...(mode === 'set' ? { setPhysical: pieces, seen: { physical: seen.physical } } : {}),
        ...(mode === 'by' ? { physical: pieces } : {}),
        ...(mode === 'safety' ? { setSafety: pieces, seen: { safety: seen.safety } } : {}),
      },
    })
  return (
    <Modal
      open
      title={t('stock.adjust.title', { sku: level.sku, warehouse: level.warehouse.name })}
      okText={t('stock.adjust.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values> form={form} layout="vertical" onFinish={finish}>
        {captured ? (
          <p className="hf-faint">{t('stock.adjust.captured')}</p>
        ) : (
          <Form.Item>
            <Segmented<Mode>
              value={mode}
              onChange={setMode}
              options={MODES.map((value) => ({ value, label: t(`stock.adjust.mode.${value}`) }))}
            />
          </Form.Item>
        )}
        <Form.Item
          name="pieces"
          label={t('stock.adjust.pieces')}
          extra={t('stock.adjust.now', { n: count(mode === 'safety' ? seen.safety : seen.physical) })}
          rules={[{ required: true, type: 'integer', message: t('stock.adjust.piecesMissing') }]}
        >
          <InputNumber
            autoFocus
            precision={0}
            {...(mode === 'by' ? {} : { min: 0 })}
            max={1_000_000_000}
            style={{ width: 180 }}
          />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t('stock.adjust.reason')}
          rules={[{ required: true, min: 3, whitespace: true, message: t('stock.adjust.reasonShort') }]}
        >
          <Input maxLength={500} placeholder={t('stock.adjust.reasonHint')} />
        </Form.Item>
      </Form>
    </Modal>
  )
}

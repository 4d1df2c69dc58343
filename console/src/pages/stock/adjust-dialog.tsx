import { Form, Input, InputNumber, Modal, Segmented } from 'antd'
import { useState } from 'react'
import { problemOf } from '#/api/problem.ts'
import type { StockLevel } from '#/api/stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'
import { useStockChange } from './use-stock-change.ts'

const MODES = ['set', 'by', 'safety'] as const
type Mode = (typeof MODES)[number]
/** As the ledger has it. */
const MOST = 1_000_000_000
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
  const whole = useWholeRule()
  const captured = level.figures === 'captured'
  const [mode, setMode] = useState<Mode>(captured ? 'safety' : 'set')
  const [form] = Form.useForm<Values>()
  // What the person sees while deciding; the drawer behind goes on refreshing.
  const [seen, setSeen] = useState({ physical: level.physical, safety: level.safety })
  const save = useStockChange(() => t('stock.adjust.done'), onClose)
  const finish = ({ pieces, reason }: Values) => {
    const change = {
      method: 'POST' as const,
      path: '/api/stock/adjust',
      body: {
        sku: level.sku,
        warehouse: level.warehouse.code,
        reason: reason.trim(),
        ...(mode === 'set' ? { setPhysical: pieces, seen: { physical: seen.physical } } : {}),
        ...(mode === 'by' ? { physical: pieces } : {}),
        ...(mode === 'safety' ? { setSafety: pieces, seen: { safety: seen.safety } } : {}),
      },
    }
    // Refused since the figure moved on: the dialog shows the new one, and the next click decides upon that.
    save.mutate(change, { onError: (error) => setSeen({ ...seen, ...figuresOf(error) }) })
  }
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
          rules={[whole(mode === 'by' ? -MOST : 0, MOST)]}
        >
          <InputNumber autoFocus style={{ width: 180 }} />
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

function figuresOf(error: unknown): Partial<Record<'physical' | 'safety', number>> {
  const { code, data } = problemOf(error)
  if (code !== 'stock.level_changed_conflict') return {}
  const { physical, safety } = (data ?? {}) as Partial<Record<'physical' | 'safety', unknown>>
  return {
    ...(typeof physical === 'number' ? { physical } : {}),
    ...(typeof safety === 'number' ? { safety } : {}),
  }
}

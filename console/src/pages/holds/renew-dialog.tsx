import { Form, Input, InputNumber, Modal } from 'antd'
import { useWording } from '#/i18n/language.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'
import { useStockChange } from '../stock/use-stock-change.ts'

type Values = { readonly minutes: number; readonly reason: string }
type Answer = { readonly renewed: readonly string[]; readonly skipped: readonly unknown[] }

/** Moves the deadline of chosen holds on, with a reason. */
export function RenewDialog({
  ids,
  onClose,
  onDone,
}: {
  readonly ids: readonly string[]
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const whole = useWholeRule()
  const [form] = Form.useForm<Values>()
  const save = useStockChange<Answer>(
    ({ renewed, skipped }) =>
      [
        t('holds.renewed', { n: renewed.length }),
        skipped.length > 0 ? t('holds.skipped', { n: skipped.length }) : '',
      ]
        .filter(Boolean)
        .join(' · '),
    onDone,
  )
  return (
    <Modal
      open
      title={t('holds.renewTitle', { n: ids.length })}
      okText={t('holds.renew')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('holds.renewHint')}</p>
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={{ minutes: 15 }}
        onFinish={(values) =>
          save.mutate({ method: 'POST', path: '/api/stock/holds/renew', body: { holds: ids, ...values } })
        }
      >
        <Form.Item name="minutes" label={t('holds.minutes')} rules={[whole(1, 1_440)]}>
          <InputNumber />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t('holds.reason')}
          rules={[{ required: true, min: 3, whitespace: true, message: t('holds.reasonShort') }]}
        >
          <Input maxLength={500} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  )
}

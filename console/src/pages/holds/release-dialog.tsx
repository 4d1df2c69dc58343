import { Form, Input, Modal } from 'antd'
import { useWording } from '#/i18n/language.tsx'
import { useStockChange } from '../stock/use-stock-change.ts'

/** Gives a person's reservation back. */
export function ReleaseDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useWording()
  const [form] = Form.useForm<{ reason: string }>()
  const save = useStockChange(() => t('holds.drawer.released'), onClose)
  return (
    <Modal
      open
      title={t('holds.drawer.release')}
      okText={t('holds.drawer.release')}
      cancelText={t('common.cancel')}
      okButtonProps={{ danger: true, loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={(body) => save.mutate({ method: 'POST', path: `/api/stock/holds/${id}/release`, body })}
      >
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

import { App, Form, Input, InputNumber, Modal, Select, Switch } from 'antd'
import type { Warehouse } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'
import { useSaveWarehouse, type WarehouseValues } from './use-warehouses.ts'

const EMPTY: WarehouseValues = {
  code: '',
  name: '',
  province: '',
  city: '',
  address: '',
  contact: '',
  priority: 100,
  countsInTransit: true,
  figures: 'own',
  active: true,
}

/** One warehouse, new or known. Only what was touched is sent. */
export function WarehouseDialog({
  warehouse,
  onClose,
}: {
  readonly warehouse: Warehouse | null
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const whole = useWholeRule()
  const { message } = App.useApp()
  const [form] = Form.useForm<WarehouseValues>()
  const save = useSaveWarehouse(() => {
    void message.success(t('warehouses.saved'))
    onClose()
  })
  const submit = (values: WarehouseValues) => {
    if (warehouse === null) return save.mutate({ code: null, values })
    const changed = Object.fromEntries(
      Object.entries(values).filter(
        ([field, value]) => field !== 'code' && value !== warehouse[field as keyof Warehouse],
      ),
    )
    return Object.keys(changed).length === 0
      ? onClose()
      : save.mutate({ code: warehouse.code, values: changed })
  }
  const needed = [{ required: true, whitespace: true, message: t('warehouses.needed') }]
  return (
    <Modal
      open
      width={620}
      title={warehouse === null ? t('warehouses.add') : `${t('warehouses.edit')} · ${warehouse.name}`}
      onCancel={onClose}
      onOk={() => form.submit()}
      confirmLoading={save.isPending}
    >
      <Form<WarehouseValues>
        form={form}
        layout="vertical"
        initialValues={warehouse ?? EMPTY}
        onFinish={submit}
        autoComplete="off"
        className="hf-wh-form"
      >
        <Form.Item
          name="code"
          label={t('warehouses.field.code')}
          rules={needed}
          extra={warehouse === null ? t('warehouses.field.codeHint') : null}
        >
          <Input maxLength={40} disabled={warehouse !== null} autoFocus={warehouse === null} />
        </Form.Item>
        <Form.Item name="name" label={t('warehouses.field.name')} rules={needed}>
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item name="province" label={t('warehouses.field.province')}>
          <Input maxLength={40} />
        </Form.Item>
        <Form.Item name="city" label={t('warehouses.field.city')}>
          <Input maxLength={40} />
        </Form.Item>
        <Form.Item name="address" label={t('warehouses.field.address')} className="hf-wh-wide">
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="contact" label={t('warehouses.field.contact')}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item
          name="priority"
          label={t('warehouses.field.priority')}
          extra={t('warehouses.field.priorityHint')}
          rules={[whole(0, 10_000)]}
        >
          <InputNumber style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="figures" label={t('warehouses.field.figures')}>
          <Select
            options={(['own', 'captured'] as const).map((value) => ({
              value,
              label: t(`warehouses.figures.${value}`),
              title: t(`warehouses.figures.${value}Hint`),
            }))}
          />
        </Form.Item>
        <div className="hf-wh-switches">
          <Form.Item
            name="countsInTransit"
            label={t('warehouses.field.countsInTransit')}
            valuePropName="checked"
          >
            <Switch />
          </Form.Item>
          <Form.Item name="active" label={t('warehouses.field.active')} valuePropName="checked">
            <Switch />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  )
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Form, Input, Modal, Select, Space, Switch } from 'antd'
import { write } from '#/api/client.ts'
import {
  SPREADS,
  STOCK_ROUTES,
  type StockRouteDraft,
  type StockRoutePreview,
} from '#/api/order-stock-types.ts'
import { useConnections, useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { useWarehouses } from './use-warehouses.ts'

type RouteFormProps = {
  readonly id: string | null
  readonly initial: StockRouteDraft
  readonly onClose: () => void
}

/** One route; it can be tried on today's waiting orders before it is saved. */
export function RouteForm({ id, initial, onClose }: RouteFormProps) {
  const { t, word } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const [form] = Form.useForm<StockRouteDraft>()
  const warehouses = useWarehouses().data ?? []
  const draft = (): StockRouteDraft => {
    const values = { ...initial, ...form.getFieldsValue() }
    return {
      ...values,
      name: values.name.trim(),
      connectionId: values.kind === '*' ? null : (values.connectionId ?? null),
    }
  }
  const save = useMutation({
    mutationFn: (route: StockRouteDraft) =>
      id === null ? write('POST', STOCK_ROUTES, route) : write('PUT', `${STOCK_ROUTES}/${id}`, route),
    onError: fail,
    onSuccess: async () => {
      void message.success(t('stockRoutes.saved'))
      await client.invalidateQueries({ queryKey: ['stock-routes'] })
      onClose()
    },
  })
  const preview = useMutation({
    mutationFn: (route: StockRouteDraft) =>
      write<StockRoutePreview>('POST', `${STOCK_ROUTES}/preview`, { id, route }),
    onError: fail,
  })
  return (
    <Modal
      open
      width={640}
      title={t(id === null ? 'stockRoutes.add' : 'stockRoutes.edit')}
      onCancel={onClose}
      footer={
        <Space>
          <Button
            loading={preview.isPending}
            onClick={() => void form.validateFields().then(() => preview.mutate(draft()))}
          >
            {t('stockRoutes.preview')}
          </Button>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="primary" loading={save.isPending} onClick={() => form.submit()}>
            {t('common.save')}
          </Button>
        </Space>
      }
    >
      <Form<StockRouteDraft>
        form={form}
        layout="vertical"
        initialValues={initial}
        onValuesChange={() => preview.reset()}
        onFinish={() => save.mutate(draft())}
      >
        <Form.Item
          name="name"
          label={t('stockRoutes.name')}
          rules={[{ required: true, whitespace: true, message: t('stockRoutes.name') }]}
        >
          <Input maxLength={80} autoFocus />
        </Form.Item>
        <WhoFields />
        <Form.Item
          name="warehouses"
          label={t('stockRoutes.warehouses')}
          extra={t('stockRoutes.warehousesHint')}
          rules={[{ required: true, message: t('stockRoutes.warehouses') }]}
        >
          <Select
            mode="multiple"
            optionFilterProp="label"
            options={warehouses.map((one) => ({ value: one.code, label: `${one.name}（${one.code}）` }))}
          />
        </Form.Item>
        <Form.Item name="spread" label={t('stockRoutes.spread')}>
          <Select options={SPREADS.map((one) => ({ value: one, label: word('stockSpread', one) }))} />
        </Form.Item>
        <Form.Item
          name="drawSafety"
          label={t('stockRoutes.drawSafety')}
          valuePropName="checked"
          layout="horizontal"
        >
          <Switch />
        </Form.Item>
        <Form.Item name="active" label={t('stockRoutes.active')} valuePropName="checked" layout="horizontal">
          <Switch />
        </Form.Item>
      </Form>
      {preview.data ? <Previewed preview={preview.data} /> : null}
    </Modal>
  )
}

function WhoFields() {
  const { t, pick } = useWording()
  const form = Form.useFormInstance<StockRouteDraft>()
  const kind = Form.useWatch('kind', form) as string | undefined
  const channels = useConnectors().filter((one) => one.role === 'channel')
  const shops = useConnections().filter((one) => one.kind === kind)
  return (
    <div className="hf-form-row">
      <Form.Item name="kind" label={t('stockRoutes.kind')}>
        <Select
          onChange={() => form.setFieldValue('connectionId', null)}
          options={[
            { value: '*', label: t('stockRoutes.kindAll') },
            ...channels.map((one) => ({ value: one.kind, label: pick(one) })),
          ]}
        />
      </Form.Item>
      <Form.Item name="connectionId" label={t('stockRoutes.connection')}>
        <Select
          allowClear
          disabled={kind === '*'}
          placeholder={t('stockRoutes.connectionAll')}
          options={shops.map((one) => ({ value: one.id, label: one.name }))}
        />
      </Form.Item>
    </div>
  )
}

function Previewed({ preview }: { readonly preview: StockRoutePreview }) {
  const { t } = useWording()
  const names = new Map((useWarehouses().data ?? []).map((one) => [one.code, one.name]))
  const rows = [
    ...preview.warehouses.map((one) => ({ ...one, name: names.get(one.code) ?? one.code })),
    { code: '', name: t('stockRoutes.nowhere'), now: preview.shortNow, tried: preview.shortTried },
  ]
  return (
    <Alert
      type={preview.shortTried > preview.shortNow ? 'warning' : 'info'}
      showIcon
      title={
        <>
          {t('stockRoutes.previewResult', {
            n: preview.orders,
            moved: preview.moved,
            before: preview.shortNow,
            tried: preview.shortTried,
          })}{' '}
          {preview.capped ? t('stockRoutes.previewCapped') : ''}
        </>
      }
      description={
        <>
          <table className="hf-plain-table">
            <thead>
              <tr>
                <th>{t('orderStock.col.warehouse')}</th>
                <th className="hf-right">{t('stockRoutes.col.now')}</th>
                <th className="hf-right">{t('stockRoutes.col.tried')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.code}>
                  <td>{one.name}</td>
                  <td className="hf-right hf-num">{one.now}</td>
                  <td className="hf-right hf-num">{one.tried}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {preview.sample.length > 0 ? (
            <ul className="hf-intents">
              {preview.sample.slice(0, 5).map((one) => (
                <li key={one.orderId} className="hf-num">
                  {one.orderNo}: {where(one.now, names) || t('stockRoutes.nowhere')} →{' '}
                  {where(one.tried, names) || t('stockRoutes.nowhere')}
                </li>
              ))}
            </ul>
          ) : null}
          <p className="hf-faint">{t('stockRoutes.previewNote')}</p>
        </>
      }
    />
  )
}

function where(codes: readonly string[], names: ReadonlyMap<string, string>): string {
  return codes.map((code) => names.get(code) ?? code).join(' + ')
}

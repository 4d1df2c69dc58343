import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, InputNumber, Modal, Select, Switch } from 'antd'
import { write } from '#/api/client.ts'
import { type AccountField, accountsQuery, type CarrierAccount, type Maker } from '#/api/waybill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useCarrierName } from '#/parts/carrier-name.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'
import { useWarehouses } from '../warehouses/use-warehouses.ts'

type Values = {
  readonly connectionId: string
  readonly carrier: string
  readonly name: string
  readonly service?: string
  readonly settings?: Readonly<Record<string, string>>
  readonly warehouses: readonly string[]
  readonly priority: number
  readonly mode: 'auto' | 'by_hand'
  readonly active: boolean
}

/** One account at a carrier, new or known. Its fields are those that the connection's carrier asks for. */
export function AccountDialog({
  account,
  makers,
  onClose,
}: {
  readonly account: CarrierAccount | null
  readonly makers: readonly Maker[]
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const whole = useWholeRule()
  const carrierName = useCarrierName()
  const warehouses = useWarehouses().data ?? []
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm<Values>()
  const first = makers.find((one) => one.connectionId === account?.connectionId) ?? makers[0]
  const connectionId = Form.useWatch('connectionId', form) ?? first?.connectionId
  const maker = makers.find((one) => one.connectionId === connectionId)
  const save = useMutation({
    mutationFn: (values: Values) => {
      const body = {
        ...values,
        service: values.service?.trim() ? values.service.trim() : null,
        settings: Object.fromEntries(
          (maker?.fields ?? []).map(({ name }) => [name, values.settings?.[name]?.trim() ?? '']),
        ),
      }
      return account === null
        ? write('POST', '/api/carrier-accounts', body)
        : write('PUT', `/api/carrier-accounts/${account.id}`, body)
    },
    onError: fail,
    onSuccess: async () => {
      void message.success(t('waybills.accounts.saved'))
      await client.invalidateQueries({ queryKey: accountsQuery.queryKey })
      onClose()
    },
  })
  const needed = [{ required: true, message: t('waybills.accounts.needed') }]
  const initial: Partial<Values> =
    account === null
      ? {
          ...(first === undefined ? {} : { connectionId: first.connectionId }),
          ...(first?.carriers.length === 1 && first.carriers[0] ? { carrier: first.carriers[0].code } : {}),
          warehouses: [],
          priority: 100,
          mode: 'auto',
          active: true,
        }
      : { ...account, service: account.service ?? '', settings: hideSecrets(account, maker) }
  return (
    <Modal
      open
      width={640}
      title={
        account === null ? t('waybills.accounts.add') : `${t('waybills.accounts.edit')} · ${account.name}`
      }
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      onCancel={onClose}
      onOk={() => form.submit()}
      confirmLoading={save.isPending}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={initial}
        onFinish={(values) => save.mutate(values)}
        autoComplete="off"
        className="hf-wh-form"
      >
        <Form.Item name="connectionId" label={t('waybills.accounts.connection')} rules={needed}>
          <Select
            disabled={account !== null}
            options={makers.map((one) => ({ value: one.connectionId, label: one.connectionName }))}
            onChange={(id: string) => {
              const chosen = makers.find((one) => one.connectionId === id)
              form.setFieldValue(
                'carrier',
                chosen?.carriers.length === 1 ? chosen.carriers[0]?.code : undefined,
              )
            }}
          />
        </Form.Item>
        <Form.Item name="carrier" label={t('waybills.accounts.carrier')} rules={needed}>
          <Select
            disabled={account !== null}
            showSearch
            optionFilterProp="label"
            options={(maker?.carriers ?? []).map(({ code }) => ({ value: code, label: carrierName(code) }))}
          />
        </Form.Item>
        <Form.Item name="name" label={t('waybills.accounts.name')} rules={needed}>
          <Input maxLength={60} />
        </Form.Item>
        <ProductField maker={maker} />
        {(maker?.fields ?? []).map((field) => (
          <OwnField key={field.name} field={field} isKnown={account !== null} />
        ))}
        <Form.Item name="warehouses" label={t('waybills.accounts.warehouses')} className="hf-wh-wide">
          <Select
            mode="multiple"
            placeholder={t('waybills.accounts.allWarehouses')}
            options={warehouses.map(({ code, name }) => ({ value: code, label: name }))}
          />
        </Form.Item>
        <Form.Item
          name="priority"
          label={t('waybills.accounts.priority')}
          extra={t('waybills.accounts.priorityHint')}
          rules={[whole(0, 10_000)]}
        >
          <InputNumber style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="mode" label={t('waybills.accounts.mode')}>
          <Select
            options={(['auto', 'by_hand'] as const).map((value) => ({
              value,
              label: t(`waybills.accounts.mode.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="active" label={t('waybills.accounts.active')} valuePropName="checked">
          <Switch />
        </Form.Item>
        <MakerNote maker={maker} />
      </Form>
    </Modal>
  )
}

/** What is stored stays where nothing is typed over it. */
function hideSecrets(account: CarrierAccount, maker: Maker | undefined): Readonly<Record<string, string>> {
  const secret = new Set((maker?.fields ?? []).flatMap((field) => (field.secret ? [field.name] : [])))
  return Object.fromEntries(Object.entries(account.settings).filter(([name]) => !secret.has(name)))
}

function ProductField({ maker }: { readonly maker: Maker | undefined }) {
  const { t, pick } = useWording()
  const products = maker?.services ?? []
  return (
    <Form.Item
      name="service"
      label={t('waybills.accounts.service')}
      extra={products.length === 0 ? t('waybills.accounts.serviceHint') : null}
    >
      {products.length === 0 ? (
        <Input maxLength={60} />
      ) : (
        <Select
          allowClear
          placeholder={t('waybills.accounts.serviceHint')}
          options={products.map((one) => ({ value: one.code, label: `${one.code} ${pick(one)}` }))}
        />
      )}
    </Form.Item>
  )
}

function OwnField({ field, isKnown }: { readonly field: AccountField; readonly isKnown: boolean }) {
  const { t, pick } = useWording()
  const rules =
    field.required && !(field.secret && isKnown)
      ? [{ required: true, message: t('waybills.accounts.needed') }]
      : []
  const extra =
    field.secret && isKnown ? t('waybills.accounts.secretKept') : field.hint ? pick(field.hint) : null
  return (
    <Form.Item
      name={['settings', field.name]}
      label={pick(field)}
      rules={rules}
      extra={extra}
      {...(isKnown || field.default === null ? {} : { initialValue: field.default })}
    >
      {field.options === null ? (
        field.secret ? (
          <Input.Password maxLength={4000} autoComplete="new-password" />
        ) : (
          <Input maxLength={4000} />
        )
      ) : (
        <Select allowClear options={field.options.map((value) => ({ value, label: value }))} />
      )}
    </Form.Item>
  )
}

function MakerNote({ maker }: { readonly maker: Maker | undefined }) {
  const { t } = useWording()
  if (maker === undefined) return null
  const opens = maker.opens.length === 0 ? '' : t('waybills.accounts.opens', { list: maker.opens.join(', ') })
  return (
    <p className="hf-faint hf-wh-wide">
      {t('waybills.accounts.numbers')}: {t(`waybills.accounts.numbers.${maker.numbers}`)}
      {opens === '' ? '' : ` · ${opens}`}
    </p>
  )
}

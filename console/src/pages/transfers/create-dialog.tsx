import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { App, Button, Checkbox, DatePicker, Form, Input, InputNumber, Modal, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import { useDeferredValue, useState } from 'react'
import { write } from '#/api/client.ts'
import { useConnections } from '#/api/systems.ts'
import type { TransferDetail, TransferPreview } from '#/api/transfer-types.ts'
import { warehousesQuery } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { useWholeRule } from '#/parts/whole-number.ts'

type Line = {
  readonly sku?: string
  readonly quantity?: number
  readonly fromChannel?: string
  readonly toChannel?: string
}
type Values = {
  readonly from?: string
  readonly to?: string
  readonly lines?: readonly (Line | undefined)[]
  readonly reason?: string
  readonly note?: string
  readonly orderId?: string
  readonly expectedAt?: Dayjs | null
  readonly drawSafety?: boolean
  readonly channels?: boolean
}
const LIVE_MS = 3_000

/** A new transfer; beside each line what can be moved now, fresh every few seconds. */
export function CreateDialog({
  sku,
  onClose,
  onDone,
}: {
  readonly sku: string | undefined
  readonly onClose: () => void
  readonly onDone: (id: string) => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm<Values>()
  const values = Form.useWatch([], form) as Values | undefined
  const [key] = useState(() => crypto.randomUUID())
  const warehouses = useQuery(warehousesQuery).data ?? []
  const same = values?.from !== undefined && values.from === values.to
  const channels = same || values?.channels === true
  const preview = usePreview(values, channels)
  const make = useMutation({
    mutationFn: (given: Values) =>
      write<TransferDetail>('POST', '/api/transfers', { key, ...bodyOf(given, channels) }),
    onError: fail,
    onSuccess: (done) => {
      const text = done.state === 'instructed' ? 'transfers.createdShort' : 'transfers.created'
      void message.success(t(text, { no: done.transferNo }))
      onDone(done.id)
    },
  })
  const places = warehouses
    .filter((one) => one.active)
    .map(({ code, name }) => ({ value: code, label: `${name} ${code}` }))
  const needed = [{ required: true, message: t('transfers.form.needed') }]
  return (
    <Modal
      open
      width={760}
      title={t('transfers.new')}
      okText={t('transfers.form.create')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: make.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={{ lines: [{ ...(sku ? { sku } : {}), quantity: 1 }] }}
        onFinish={(given) => make.mutate(given)}
      >
        <div className="hf-transfer-pair">
          {(['from', 'to'] as const).map((side) => (
            <Form.Item key={side} name={side} label={t(`transfers.form.${side}`)} rules={needed}>
              <Select showSearch={{ optionFilterProp: 'label' }} options={places} />
            </Form.Item>
          ))}
        </div>
        {same ? <p className="hf-faint">{t('transfers.form.sameHint')}</p> : null}
        <LineFields preview={preview.data} channels={channels} />
        {preview.error ? (
          <ProblemNotice error={preview.error} onRetry={() => void preview.refetch()} />
        ) : null}
        <div className="hf-transfer-pair" style={{ marginTop: 12 }}>
          <Form.Item
            name="reason"
            label={t('transfers.form.reason')}
            rules={[{ required: true, min: 2, whitespace: true, message: t('transfers.form.needed') }]}
          >
            <Input maxLength={300} placeholder={t('transfers.form.reasonHint')} />
          </Form.Item>
          <Form.Item name="expectedAt" label={t('transfers.form.expectedAt')}>
            <DatePicker style={{ width: '100%' }} />
          </Form.Item>
          <Form.Item
            name="orderId"
            label={t('transfers.form.order')}
            rules={[{ pattern: /^\d{1,18}$/, message: t('transfers.form.orderHint') }]}
          >
            <Input maxLength={18} placeholder={t('transfers.form.orderHint')} />
          </Form.Item>
          <Form.Item name="note" label={t('transfers.form.note')}>
            <Input maxLength={500} />
          </Form.Item>
        </div>
        <span className="hf-inline">
          <Form.Item name="drawSafety" valuePropName="checked" noStyle>
            <Checkbox>{t('transfers.form.safety')}</Checkbox>
          </Form.Item>
          <Form.Item name="channels" valuePropName="checked" noStyle>
            <Checkbox disabled={same}>{t('transfers.form.channels')}</Checkbox>
          </Form.Item>
        </span>
      </Form>
    </Modal>
  )
}

function linesOf({ lines = [] }: Values, channels: boolean) {
  return lines.flatMap((line) =>
    line?.sku === undefined || line.sku.trim() === ''
      ? []
      : [
          {
            sku: line.sku.trim(),
            quantity: line.quantity ?? 1,
            ...(channels ? { fromChannel: line.fromChannel ?? null, toChannel: line.toChannel ?? null } : {}),
          },
        ],
  )
}

function bodyOf(values: Values, channels: boolean) {
  const { from, to, reason, note, orderId, expectedAt, drawSafety = false } = values
  return {
    from,
    to,
    reason: reason?.trim(),
    drawSafety,
    lines: linesOf(values, channels),
    ...(note ? { note } : {}),
    ...(orderId ? { orderId } : {}),
    ...(expectedAt ? { expectedAt: expectedAt.format('YYYY-MM-DD') } : {}),
  }
}

/** What is being typed is not asked about before it can be answered. */
function isWhole({ quantity }: { readonly quantity: number }): boolean {
  return Number.isSafeInteger(quantity) && quantity > 0
}

function usePreview(values: Values | undefined, channels: boolean) {
  const lines = values === undefined ? [] : linesOf(values, channels)
  const asked = useDeferredValue(
    JSON.stringify({ from: values?.from, to: values?.to, drawSafety: values?.drawSafety ?? false, lines }),
  )
  return useQuery({
    queryKey: ['transfer-preview', asked],
    queryFn: () => write<TransferPreview>('POST', '/api/transfers/preview', JSON.parse(asked)),
    enabled:
      values?.from !== undefined && values.to !== undefined && lines.length > 0 && lines.every(isWhole),
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
  })
}

function LineFields({
  preview,
  channels,
}: {
  readonly preview: TransferPreview | undefined
  readonly channels: boolean
}) {
  const { t } = useWording()
  const whole = useWholeRule()
  const form = Form.useFormInstance<Values>()
  const connections = useConnections().filter((one) => one.role === 'channel')
  const needed = [{ required: true, message: '' }]
  return (
    <Form.List name="lines">
      {(fields, { add, remove }) => (
        <div className="hf-transfer-lines">
          {fields.map(({ key, name }) => {
            const sku = (form.getFieldValue(['lines', name, 'sku']) as string | undefined)?.trim()
            return (
              <div key={key} className="hf-transfer-line">
                <Form.Item name={[name, 'sku']} rules={needed} noStyle>
                  <Input
                    maxLength={100}
                    placeholder={t('transfers.form.sku')}
                    aria-label={`${t('transfers.form.sku')} ${name + 1}`}
                  />
                </Form.Item>
                <Form.Item name={[name, 'quantity']} rules={[whole(1, 1_000_000_000)]} style={{ margin: 0 }}>
                  <InputNumber
                    aria-label={`${t('transfers.form.quantity')} ${name + 1}`}
                    style={{ width: '100%' }}
                  />
                </Form.Item>
                <Free line={preview?.lines.find((one) => one.sku === sku)} />
                <Button
                  type="text"
                  icon={<DeleteOutlined />}
                  aria-label={t('transfers.form.removeLine')}
                  disabled={fields.length === 1}
                  onClick={() => remove(name)}
                />
                {channels ? (
                  <div className="hf-transfer-channels">
                    {(['fromChannel', 'toChannel'] as const).map((side) => (
                      <Form.Item key={side} name={[name, side]} noStyle>
                        <Select
                          allowClear
                          placeholder={t(`transfers.form.${side}`)}
                          aria-label={`${t(`transfers.form.${side}`)} ${name + 1}`}
                          options={connections.map(({ id, name: label }) => ({ value: id, label }))}
                        />
                      </Form.Item>
                    ))}
                  </div>
                ) : null}
              </div>
            )
          })}
          <Button type="dashed" icon={<PlusOutlined />} onClick={() => add({ quantity: 1 })}>
            {t('transfers.form.addLine')}
          </Button>
        </div>
      )}
    </Form.List>
  )
}

function Free({ line }: { readonly line: TransferPreview['lines'][number] | undefined }) {
  const { t } = useWording()
  if (line === undefined) return <span />
  const elsewhere = line.elsewhere.map((one) => `${one.warehouse} ${one.available}`).join(' · ')
  return (
    <span className="hf-transfer-free" role="status">
      {line.source === null ? t('transfers.noLevel') : <b>{t('transfers.free', { n: line.source.free })}</b>}
      {line.lacks > 0 ? <b className="hf-text-bad"> {t('transfers.lacks', { n: line.lacks })}</b> : null}
      <span className="hf-faint">
        {' '}
        {line.lacks > 0 && elsewhere !== ''
          ? t('transfers.elsewhere', { text: elsewhere })
          : t('transfers.destNow', { n: line.destination?.available ?? 0 })}
      </span>
    </span>
  )
}

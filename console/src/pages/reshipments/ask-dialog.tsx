import { useMutation, useQuery } from '@tanstack/react-query'
import { Checkbox, Empty, Form, Input, InputNumber, Modal, Radio, Select, Skeleton } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { RESHIP_REASONS, type ReshipCase } from '#/api/reship-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { FactTag } from '#/parts/fact-tag.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

type Draft = {
  readonly reason: (typeof RESHIP_REASONS)[number]
  readonly words: string
  readonly trackingNos: string[]
  readonly pieces: Readonly<Record<string, number | null>>
}
type Kind = 'reship' | 'dispute'

/** Asks to send again, or notes a dispute, for an order that is found by its number. */
export function AskDialog({
  orderNo,
  onClose,
  onDone,
}: {
  readonly orderNo: string
  readonly onClose: () => void
  readonly onDone: (kind: Kind) => void
}) {
  const { t } = useWording()
  const toast = useProblemToast()
  const [no, setNo] = useState(orderNo)
  const [kind, setKind] = useState<Kind>('reship')
  const [place, setPlace] = useState(0)
  const [form] = Form.useForm<Draft>()
  const found = useQuery({
    queryKey: ['reship-cases', no],
    queryFn: ({ signal }) =>
      get<{ readonly items: readonly ReshipCase[] }>('/api/reshipments/cases', { orderNo: no }, signal),
    enabled: no !== '',
  })
  const items = found.data?.items ?? []
  const one = items[place] ?? items[0]
  const send = useMutation({
    mutationFn: ({ reason, words, trackingNos = [], pieces = {} }: Draft) => {
      const own = Object.entries(pieces).flatMap(([place, quantity]) => {
        const line = one?.lines[Number(place)]
        return line !== undefined && quantity ? [{ lineId: line.lineId, quantity }] : []
      })
      const orderId = one?.orderId
      return kind === 'reship'
        ? write('POST', '/api/reshipments', { orderId, reason, words, trackingNos, pieces: own })
        : write('POST', '/api/reshipments/disputes', { orderId, trackingNo: trackingNos[0], words })
    },
    onSuccess: () => onDone(kind),
    onError: toast,
  })
  return (
    <Modal
      open
      width={640}
      title={t('reshipments.ask')}
      okText={t(kind === 'reship' ? 'reshipments.askReship' : 'reshipments.askDispute')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: send.isPending, disabled: one === undefined }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Input.Search
        defaultValue={orderNo}
        autoFocus={orderNo === ''}
        placeholder={t('reshipments.orderNo')}
        aria-label={t('reshipments.orderNo')}
        onSearch={(text) => {
          setPlace(0)
          form.resetFields()
          setNo(text.trim())
        }}
      />
      {found.error ? <ProblemNotice error={found.error} onRetry={() => void found.refetch()} /> : null}
      {no !== '' && found.isLoading ? <Skeleton active /> : null}
      {found.data && one === undefined ? <Empty description={t('reshipments.noOrder')} /> : null}
      {one ? (
        <Form<Draft>
          key={one.orderId}
          form={form}
          layout="vertical"
          style={{ marginTop: 16 }}
          initialValues={{
            reason: 'lost',
            trackingNos: one.parcels.length === 1 ? [one.parcels[0]?.trackingNo] : [],
          }}
          onFinish={(draft) => send.mutate(draft)}
        >
          <Form.Item>
            <Radio.Group
              optionType="button"
              value={kind}
              onChange={(event) => setKind(event.target.value as Kind)}
              options={[
                { value: 'reship', label: t('reshipments.tab.reships') },
                { value: 'dispute', label: t('reshipments.tab.disputes') },
              ]}
            />
          </Form.Item>
          {items.length > 1 ? (
            <Form.Item label={t('reshipments.shop')}>
              <Select
                value={place}
                onChange={setPlace}
                options={items.map((item, value) => ({ value, label: item.shop }))}
              />
            </Form.Item>
          ) : null}
          <Parcels one={one} />
          {kind === 'reship' ? (
            <>
              {one.lines.map((line, at) => (
                <Form.Item
                  key={line.lineId}
                  name={['pieces', String(at)]}
                  label={`${line.title} · ${line.sku}`}
                  extra={t('reshipments.ordered', { n: line.quantity })}
                >
                  <InputNumber min={0} max={line.quantity} precision={0} placeholder="0" />
                </Form.Item>
              ))}
              <Form.Item name="reason" label={t('reshipments.reason')} rules={[{ required: true }]}>
                <Select
                  options={RESHIP_REASONS.map((value) => ({ value, label: t(`reshipments.r.${value}`) }))}
                />
              </Form.Item>
            </>
          ) : null}
          <Form.Item name="words" label={t('reshipments.why')} rules={[{ required: true, min: 3, max: 500 }]}>
            <Input.TextArea rows={3} />
          </Form.Item>
          <p className="hf-faint">
            {one.proofs.length > 0 ? t('reshipments.willGrant') : t('reshipments.willWait')}
          </p>
        </Form>
      ) : null}
    </Modal>
  )
}

function Parcels({ one }: { readonly one: ReshipCase }) {
  const { t } = useWording()
  if (one.parcels.length === 0) return <p className="hf-faint">{t('reshipments.noParcel')}</p>
  return (
    <Form.Item name="trackingNos" label={t('reshipments.failedParcels')}>
      <Checkbox.Group style={{ display: 'grid', gap: 8 }}>
        {one.parcels.map((parcel) => (
          <Checkbox key={parcel.trackingNo} value={parcel.trackingNo}>
            <span className="hf-num">{parcel.trackingNo}</span> <FactTag fact={parcel.stage} />{' '}
            {parcel.at === null ? null : <TimeText at={parcel.at} />}{' '}
            {one.proofs
              .filter(({ trackingNo }) => trackingNo === parcel.trackingNo || trackingNo === null)
              .map(({ kind }) => (
                <Tag key={kind} tone="good">
                  {t(`reshipments.proof.${kind}`)}
                </Tag>
              ))}
          </Checkbox>
        ))}
      </Checkbox.Group>
    </Form.Item>
  )
}

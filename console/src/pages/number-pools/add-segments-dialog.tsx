import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { App, Form, Input, InputNumber, Modal, Segmented, Select } from 'antd'
import { useDeferredValue, useState } from 'react'
import { write } from '#/api/client.ts'
import type { CheckRule, NumberPool, SegmentPreview } from '#/api/number-pool-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'

type Values = {
  readonly prefix?: string
  readonly from?: string
  readonly to?: string
  readonly count?: number | null
  readonly suffix?: string
  readonly check?: CheckRule
  readonly csv?: string
  readonly note?: string
}
const CHECKS: readonly CheckRule[] = ['none', 's10', 'mod7', 'gs1']

/** New segments, typed or pasted; what they would print is shown before they are put in. */
export function AddSegmentsDialog({
  pool,
  onClose,
  onDone,
}: {
  readonly pool: NumberPool
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [mode, setMode] = useState<'one' | 'csv'>('one')
  const [form] = Form.useForm<Values>()
  const values = Form.useWatch([], form) as Values | undefined
  const body = useDeferredValue(bodyOf(values ?? {}, mode))
  const preview = useQuery({
    queryKey: ['number-pool-preview', body],
    queryFn: () => write<SegmentPreview>('POST', '/api/number-pools/preview', body),
    enabled: body !== null,
    retry: false,
    placeholderData: keepPreviousData,
  })
  const add = useMutation({
    mutationFn: (given: Values) =>
      write<{ numbers: string }>('POST', `/api/number-pools/${pool.accountId}/segments`, {
        ...bodyOf(given, mode),
        note: given.note ?? '',
      }),
    onError: fail,
    onSuccess: ({ numbers }) => {
      void message.success(t('numberPools.form.added', { numbers }))
      onDone()
      onClose()
    },
  })
  return (
    <Modal
      open
      width={620}
      title={`${t('numberPools.addSegment')} · ${pool.account}`}
      okText={t('numberPools.form.add')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: add.isPending, disabled: body === null || preview.isError }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Segmented
        value={mode}
        onChange={(next) => setMode(next)}
        options={(['one', 'csv'] as const).map((one) => ({
          value: one,
          label: t(`numberPools.form.mode.${one}`),
        }))}
        style={{ marginBottom: 12 }}
      />
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={{ check: 'none' }}
        onFinish={(given) => add.mutate(given)}
      >
        {mode === 'csv' ? (
          <Form.Item name="csv" label={t('numberPools.form.csv')}>
            <Input.TextArea rows={6} className="hf-num" maxLength={200_000} />
          </Form.Item>
        ) : (
          <OneSegment />
        )}
        <Form.Item name="note" label={t('numberPools.form.note')}>
          <Input maxLength={300} />
        </Form.Item>
      </Form>
      {preview.error && body !== null ? <ProblemNotice error={preview.error} /> : null}
      {preview.data && body !== null && !preview.isError ? <Preview data={preview.data} /> : null}
    </Modal>
  )
}

function OneSegment() {
  const { t } = useWording()
  return (
    <>
      <p className="hf-faint">{t('numberPools.form.hint')}</p>
      <div style={{ display: 'grid', gridTemplateColumns: '1fr 2fr 2fr 1fr', gap: 8 }}>
        <Form.Item name="prefix" label={t('numberPools.form.prefix')}>
          <Input maxLength={12} className="hf-num" />
        </Form.Item>
        <Form.Item name="from" label={t('numberPools.form.from')}>
          <Input maxLength={60} className="hf-num" />
        </Form.Item>
        <Form.Item name="to" label={t('numberPools.form.to')}>
          <Input maxLength={60} className="hf-num" />
        </Form.Item>
        <Form.Item name="count" label={t('numberPools.form.count')}>
          <InputNumber min={1} max={10_000_000} precision={0} style={{ width: '100%' }} />
        </Form.Item>
      </div>
      <div style={{ display: 'grid', gridTemplateColumns: '1fr 3fr', gap: 8 }}>
        <Form.Item name="suffix" label={t('numberPools.form.suffix')}>
          <Input maxLength={4} className="hf-num" />
        </Form.Item>
        <Form.Item name="check" label={t('numberPools.form.check')}>
          <Select options={CHECKS.map((one) => ({ value: one, label: t(`numberPools.check.${one}`) }))} />
        </Form.Item>
      </div>
    </>
  )
}

function Preview({ data }: { readonly data: SegmentPreview }) {
  const { t } = useWording()
  return (
    <div role="status">
      <b>{t('numberPools.form.preview', { numbers: data.numbers })}</b>
      {data.segments.slice(0, 5).map((one) => (
        <div key={one.from} className="hf-num hf-faint">
          {`${one.from} – ${one.to}`}
        </div>
      ))}
    </div>
  )
}

/** Null while nothing that could be a segment is typed. */
function bodyOf(values: Values, mode: 'one' | 'csv'): Record<string, unknown> | null {
  if (mode === 'csv') return values.csv?.trim() ? { csv: values.csv } : null
  const { prefix, from, to, count, suffix, check = 'none' } = values
  if (!from?.trim() || !(to?.trim() || count)) return null
  return {
    segments: [
      {
        from,
        check,
        ...(prefix?.trim() ? { prefix } : {}),
        ...(to?.trim() ? { to } : {}),
        ...(count ? { count } : {}),
        ...(suffix?.trim() ? { suffix } : {}),
      },
    ],
  }
}

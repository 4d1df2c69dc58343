import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, Modal, Select } from 'antd'
import type { AlarmSilence } from '#/api/alarm-types.ts'
import { useAlarmRules } from '#/api/alarms.ts'
import { write } from '#/api/client.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

const HOURS = [1, 2, 4, 8, 24, 72, 168] as const

/** Tell nobody of these for a while. */
export function SilenceForm({
  rule,
  subject,
  onClose,
}: {
  readonly rule?: string
  readonly subject?: string
  readonly onClose: () => void
}) {
  const { t, pick } = useWording()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const rules = useAlarmRules()
  const [form] = Form.useForm<{ rules: string[]; subjects: string[]; hours: number; reason: string }>()
  const add = useMutation({
    mutationFn: ({
      hours,
      ...silence
    }: {
      rules: string[]
      subjects: string[]
      hours: number
      reason: string
    }) => write<AlarmSilence>('POST', '/api/alarm-silences', { ...silence, minutes: hours * 60 }),
    onError: fail,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['alarms'] })
      void message.success(t('alarmRoutes.saved'))
      onClose()
    },
  })
  return (
    <Modal
      open
      title={t('silences.add')}
      okText={t('alarms.silence')}
      cancelText={t('common.cancel')}
      confirmLoading={add.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      width={480}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={{ rules: rule ? [rule] : [], subjects: subject ? [subject] : [], hours: 2 }}
        onFinish={(values) => add.mutate(values)}
      >
        <Form.Item name="rules" label={t('silences.rules')} extra={t('silences.rulesHint')}>
          <Select
            mode="tags"
            tokenSeparators={[',', ' ']}
            options={rules.map((one) => ({ value: one.rule, label: `${pick(one)} · ${one.rule}` }))}
            optionLabelProp="value"
          />
        </Form.Item>
        <Form.Item
          name="subjects"
          label={t('silences.subjects')}
          extra={t('silences.subjectsHint')}
          dependencies={['rules']}
          rules={[
            ({ getFieldValue }) => ({
              validator: (_, value: string[]) =>
                value.length > 0 || (getFieldValue('rules') as string[]).length > 0
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('silences.everything'))),
            }),
          ]}
        >
          <Select mode="tags" tokenSeparators={[',', ' ']} open={false} suffixIcon={null} />
        </Form.Item>
        <Form.Item name="hours" label={t('silences.for')}>
          <Select
            options={HOURS.map((value) => ({
              value,
              label: value < 48 ? t('silences.hours', { n: value }) : t('silences.days', { n: value / 24 }),
            }))}
          />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t('silences.reason')}
          rules={[{ required: true, whitespace: true, message: t('silences.reasonMissing') }]}
        >
          <Input maxLength={500} placeholder={t('silences.reasonHint')} />
        </Form.Item>
      </Form>
    </Modal>
  )
}

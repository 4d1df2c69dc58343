import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Form, Input, InputNumber, Modal, Select, Space, Switch } from 'antd'
import { get, write } from '#/api/client.ts'
import {
  type BusinessCalendar,
  KEEPS,
  PROMISES,
  type RuleDraft,
  type RulePreview,
  STARTS,
} from '#/api/promise-types.ts'
import { useConnections, useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

type RuleFormProps = {
  readonly id: string | null
  readonly initial: RuleDraft
  readonly onClose: () => void
}

const RULES = `${PROMISES}/rules`

/** One rule; it can be tried on today's orders before it is saved. */
export function RuleForm({ id, initial, onClose }: RuleFormProps) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const [form] = Form.useForm<RuleDraft>()
  const draft = (): RuleDraft => clean({ ...initial, ...form.getFieldsValue() })
  const save = useMutation({
    mutationFn: (rule: RuleDraft) =>
      id === null ? write('POST', RULES, rule) : write('PUT', `${RULES}/${id}`, rule),
    onError: fail,
    onSuccess: async () => {
      void message.success(t('promises.rule.saved'))
      await client.invalidateQueries({ queryKey: ['promise-rules'] })
      onClose()
    },
  })
  const preview = useMutation({
    mutationFn: (rule: RuleDraft) => write<RulePreview>('POST', `${RULES}/preview`, { id, rule }),
    onError: fail,
  })
  return (
    <Modal
      open
      width={640}
      title={t(id === null ? 'promises.addRule' : 'promises.editRule')}
      onCancel={onClose}
      footer={
        <Space>
          <Button
            loading={preview.isPending}
            onClick={() => void form.validateFields().then(() => preview.mutate(draft()))}
          >
            {t('promises.rule.preview')}
          </Button>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="primary" loading={save.isPending} onClick={() => form.submit()}>
            {t('common.save')}
          </Button>
        </Space>
      }
    >
      <Form<RuleDraft>
        form={form}
        layout="vertical"
        initialValues={initial}
        onValuesChange={() => preview.reset()}
        onFinish={() => save.mutate(draft())}
      >
        <Form.Item
          name="name"
          label={t('promises.rule.name')}
          rules={[{ required: true, whitespace: true, message: t('promises.rule.name') }]}
        >
          <Input maxLength={80} autoFocus />
        </Form.Item>
        <WhoFields />
        <ClockFields />
        <PenaltyFields />
        <Form.Item
          name="active"
          label={t('promises.rule.active')}
          valuePropName="checked"
          layout="horizontal"
        >
          <Switch />
        </Form.Item>
      </Form>
      {preview.data ? <Previewed preview={preview.data} /> : null}
    </Modal>
  )
}

/** Empty fields are none at all; a cut-off means nothing without a calendar. */
function clean(draft: RuleDraft): RuleDraft {
  return {
    ...draft,
    name: draft.name.trim(),
    connectionId: draft.kind === '*' ? null : (draft.connectionId ?? null),
    calendarId: draft.calendarId ?? null,
    cutoff: draft.calendarId ? draft.cutoff || null : null,
    penaltyFixed: draft.penaltyFixed || null,
    penaltyBps: draft.penaltyBps ?? null,
    penaltyCap: draft.penaltyCap || null,
  }
}

function WhoFields() {
  const { t, pick } = useWording()
  const form = Form.useFormInstance<RuleDraft>()
  const kind = Form.useWatch('kind', form) as string | undefined
  const channels = useConnectors().filter((one) => one.role === 'channel')
  const shops = useConnections().filter((one) => one.kind === kind)
  return (
    <div className="hf-form-row">
      <Form.Item name="kind" label={t('promises.rule.kind')}>
        <Select
          onChange={() => form.setFieldValue('connectionId', null)}
          options={[
            { value: '*', label: t('promises.rule.kindAll') },
            ...channels.map((one) => ({ value: one.kind, label: pick(one) })),
          ]}
        />
      </Form.Item>
      <Form.Item name="connectionId" label={t('promises.rule.connection')}>
        <Select
          allowClear
          disabled={kind === '*'}
          placeholder={t('promises.rule.connectionAll')}
          options={shops.map((one) => ({ value: one.id, label: one.name }))}
        />
      </Form.Item>
    </div>
  )
}

function ClockFields() {
  const { t, word, duration } = useWording()
  const form = Form.useFormInstance<RuleDraft>()
  const minutes = Form.useWatch('minutes', form) as number | null | undefined
  const calendarId = Form.useWatch('calendarId', form) as string | null | undefined
  const calendars = useQuery({
    queryKey: ['promise-calendars'],
    queryFn: async ({ signal }) =>
      (await get<{ items: BusinessCalendar[] }>(`${PROMISES}/calendars`, {}, signal)).items,
  })
  return (
    <>
      <div className="hf-form-row">
        <Form.Item name="starts" label={t('promises.rule.starts')}>
          <Select options={STARTS.map((value) => ({ value, label: word('promiseStarts', value) }))} />
        </Form.Item>
        <Form.Item name="keeps" label={t('promises.rule.keeps')}>
          <Select options={KEEPS.map((value) => ({ value, label: word('promiseKeeps', value) }))} />
        </Form.Item>
        <Form.Item
          name="minutes"
          label={t('promises.rule.minutes')}
          rules={[{ required: true, message: t('promises.rule.minutes') }]}
          extra={minutes ? duration(minutes * 60) : ' '}
        >
          <InputNumber min={1} max={527_040} precision={0} />
        </Form.Item>
        <Form.Item
          name="warnMinutes"
          label={t('promises.rule.warn')}
          rules={[{ required: true, message: t('promises.rule.warn') }]}
        >
          <InputNumber min={1} max={100_000} precision={0} />
        </Form.Item>
      </div>
      <div className="hf-form-row">
        <Form.Item name="calendarId" label={t('promises.rule.calendar')}>
          <Select
            allowClear
            placeholder={t('promises.rule.calendarNone')}
            options={(calendars.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
          />
        </Form.Item>
        <Form.Item
          name="cutoff"
          label={t('promises.rule.cutoff')}
          extra={t('promises.rule.cutoffHint')}
          rules={[{ pattern: /^([01]\d|2[0-3]):[0-5]\d$/, message: 'HH:MM' }]}
        >
          <Input placeholder="16:00" disabled={!calendarId} maxLength={5} />
        </Form.Item>
      </div>
      <Form.Item
        name="platformFirst"
        label={t('promises.rule.platformFirst')}
        valuePropName="checked"
        layout="horizontal"
      >
        <Switch />
      </Form.Item>
    </>
  )
}

function PenaltyFields() {
  const { t } = useWording()
  const amount = { pattern: /^\d{1,9}(\.\d{1,3})?$/, message: '0.00' }
  return (
    <fieldset className="hf-fieldset">
      <legend>{t('promises.rule.penalty')}</legend>
      <div className="hf-form-row">
        <Form.Item name="penaltyFixed" label={t('promises.rule.penaltyFixed')} rules={[amount]}>
          <Input placeholder="5.00" inputMode="decimal" />
        </Form.Item>
        <Form.Item name="penaltyBps" label={t('promises.rule.penaltyBps')}>
          <InputNumber min={0} max={10_000} precision={0} placeholder="500" />
        </Form.Item>
        <Form.Item name="penaltyCap" label={t('promises.rule.penaltyCap')} rules={[amount]}>
          <Input placeholder="100.00" inputMode="decimal" />
        </Form.Item>
        <Form.Item
          name="penaltyCurrency"
          label={t('promises.rule.currency')}
          rules={[{ required: true, pattern: /^[A-Z]{3}$/, message: 'CNY' }]}
        >
          <Input maxLength={3} />
        </Form.Item>
      </div>
    </fieldset>
  )
}

function Previewed({ preview }: { readonly preview: RulePreview }) {
  const { t } = useWording()
  const { orders, changed, breachedNow, capped } = preview
  return (
    <Alert
      type={breachedNow > 0 ? 'warning' : 'info'}
      showIcon
      title={`${t('promises.rule.previewResult', { n: orders, changed, breached: breachedNow })}${
        capped ? t('promises.rule.previewCapped', { n: orders }) : ''
      }`}
    />
  )
}

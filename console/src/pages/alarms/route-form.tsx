import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, InputNumber, Modal, Select, Switch } from 'antd'
import { type AlarmRoute, type RouteDraft, SEVERITIES } from '#/api/alarm-types.ts'
import { useAlarmRules, useNotifiers } from '#/api/alarms.ts'
import { write } from '#/api/client.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

const FRESH: RouteDraft = {
  name: '',
  rules: [],
  leastSeverity: 'warning',
  targets: [],
  escalateTo: [],
  escalateAfterMinutes: null,
  quietFrom: null,
  quietTo: null,
  zone: null,
  groupSeconds: 30,
  repeatMinutes: null,
  tellResolved: true,
  language: 'zh',
  active: true,
}
const TIMES = Array.from({ length: 48 }, (_, i) => {
  const value = `${String(Math.floor(i / 2)).padStart(2, '0')}:${i % 2 === 0 ? '00' : '30'}`
  return { value, label: value }
})

/** Adds a route, or changes the given one. */
export function RouteForm({
  route,
  onClose,
}: {
  readonly route: AlarmRoute | null
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm<RouteDraft>()
  const save = useMutation({
    mutationFn: (draft: RouteDraft) =>
      route === null
        ? write<AlarmRoute>('POST', '/api/alarm-routes', draft)
        : write<AlarmRoute>('PUT', `/api/alarm-routes/${route.id}`, draft),
    onError: fail,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['alarms'] })
      void message.success(t('alarmRoutes.saved'))
      onClose()
    },
  })
  const {
    id: _id,
    updatedBy: _by,
    updatedAt: _at,
    ...known
  } = route ?? { ...FRESH, id: '', updatedBy: '', updatedAt: '' }
  return (
    <Modal
      open
      title={t(route === null ? 'alarmRoutes.add' : 'alarmRoutes.edit')}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      confirmLoading={save.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      width={640}
    >
      <Form<RouteDraft>
        form={form}
        layout="vertical"
        initialValues={known}
        onFinish={(typed) => save.mutate(draftOf({ ...known, ...typed }))}
      >
        <Whom />
        <When />
      </Form>
    </Modal>
  )
}

/** What was cleared in the form is null on the wire. */
function draftOf(typed: RouteDraft): RouteDraft {
  const orNull = <T,>(value: T | null | undefined | ''): T | null =>
    value === undefined || value === '' ? null : (value as T | null)
  return {
    ...typed,
    escalateAfterMinutes: orNull(typed.escalateAfterMinutes),
    repeatMinutes: orNull(typed.repeatMinutes),
    quietFrom: orNull(typed.quietFrom),
    quietTo: orNull(typed.quietTo),
    groupSeconds: typed.groupSeconds ?? FRESH.groupSeconds,
  }
}

function Whom() {
  const { t, word, pick } = useWording()
  const rules = useAlarmRules()
  const targets = useNotifiers().map(({ id, name }) => ({ value: id, label: name }))
  const families = [...new Set(rules.map(({ rule }) => `${rule.split('.')[0]}.*`))]
  return (
    <>
      <div className="hf-form-pair">
        <Form.Item name="name" label={t('alarmRoutes.name')} rules={[{ required: true, whitespace: true }]}>
          <Input maxLength={100} placeholder={t('alarmRoutes.nameHint')} />
        </Form.Item>
        <Form.Item name="leastSeverity" label={t('alarmRoutes.least')}>
          <Select options={SEVERITIES.map((value) => ({ value, label: word('severity', value) }))} />
        </Form.Item>
      </div>
      <Form.Item
        name="targets"
        label={t('alarmRoutes.targets')}
        rules={[{ required: true, type: 'array', min: 1, message: t('alarmRoutes.targetsMissing') }]}
      >
        <Select mode="multiple" options={targets} optionFilterProp="label" />
      </Form.Item>
      <Form.Item name="rules" label={t('alarmRoutes.rules')} extra={t('alarmRoutes.rulesHint')}>
        <Select
          mode="tags"
          tokenSeparators={[',', ' ']}
          optionLabelProp="value"
          options={[
            ...families.map((value) => ({ value, label: value })),
            ...rules.map((one) => ({ value: one.rule, label: `${pick(one)} · ${one.rule}` })),
          ]}
        />
      </Form.Item>
      <div className="hf-form-pair">
        <Form.Item name="escalateTo" label={t('alarmRoutes.escalateTo')}>
          <Select mode="multiple" options={targets} optionFilterProp="label" />
        </Form.Item>
        <Form.Item name="escalateAfterMinutes" label={t('alarmRoutes.escalateAfter')}>
          <InputNumber min={1} max={1_440} />
        </Form.Item>
      </div>
    </>
  )
}

function When() {
  const { t } = useWording()
  return (
    <>
      <div className="hf-form-pair">
        <Form.Item name="groupSeconds" label={t('alarmRoutes.group')} extra={t('alarmRoutes.groupHint')}>
          <InputNumber min={0} max={3_600} />
        </Form.Item>
        <Form.Item name="repeatMinutes" label={t('alarmRoutes.repeat')} extra={t('alarmRoutes.repeatHint')}>
          <InputNumber min={5} max={10_080} />
        </Form.Item>
      </div>
      <Form.Item label={t('alarmRoutes.quiet')} extra={t('alarmRoutes.quietHint')}>
        <span className="hf-form-times">
          <Form.Item name="quietFrom" noStyle>
            <Select
              allowClear
              aria-label={t('alarmRoutes.from')}
              placeholder={t('alarmRoutes.from')}
              options={TIMES}
            />
          </Form.Item>
          –
          <Form.Item
            name="quietTo"
            noStyle
            dependencies={['quietFrom']}
            rules={[
              ({ getFieldValue }) => ({
                validator: (_, to: string | null) =>
                  to && to === getFieldValue('quietFrom')
                    ? Promise.reject(new Error(t('alarmRoutes.quietSame')))
                    : Promise.resolve(),
              }),
            ]}
          >
            <Select
              allowClear
              aria-label={t('alarmRoutes.to')}
              placeholder={t('alarmRoutes.to')}
              options={TIMES}
            />
          </Form.Item>
        </span>
      </Form.Item>
      <div className="hf-form-row">
        <Form.Item name="language" label={t('alarmRoutes.language')}>
          <Select
            options={(['zh', 'en', 'both'] as const).map((value) => ({
              value,
              label: t(`alarmRoutes.language.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="tellResolved" label={t('alarmRoutes.tellResolved')} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Form.Item name="active" label={t('alarmRoutes.active')} valuePropName="checked">
          <Switch />
        </Form.Item>
      </div>
    </>
  )
}

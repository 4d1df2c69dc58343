import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, Modal, Switch } from 'antd'
import { write } from '#/api/client.ts'
import { type BusinessCalendar, type CalendarDraft, type Hours, PROMISES } from '#/api/promise-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { ZoneInput } from '#/parts/zone-input.tsx'
import { readExceptionLines, writeExceptionLines } from './exception-lines.ts'

type CalendarFormProps = {
  readonly calendar: BusinessCalendar | null
  readonly zone: string
  readonly onClose: () => void
}
type Day = Hours & { readonly open: boolean }
type Values = {
  readonly name: string
  readonly zone: string
  readonly week: readonly Day[]
  readonly lines: string
}

const OFFICE: Hours = { from: '09:00', to: '18:00' }
const DAYS = [0, 1, 2, 3, 4, 5, 6] as const

export function CalendarForm({ calendar, zone, onClose }: CalendarFormProps) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const [form] = Form.useForm<Values>()
  const save = useMutation({
    mutationFn: (draft: CalendarDraft) =>
      calendar === null
        ? write('POST', `${PROMISES}/calendars`, draft)
        : write('PUT', `${PROMISES}/calendars/${calendar.id}`, draft),
    onError: fail,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['promise-calendars'] })
      onClose()
    },
  })
  const submit = ({ name, zone: chosen, week, lines }: Values): void => {
    const read = readExceptionLines(lines)
    if (!read.ok) {
      void message.error(t('promises.calendar.badLine', { n: read.line, line: read.text }))
      return
    }
    save.mutate({
      name: name.trim(),
      zone: chosen,
      week: week.map(({ open, from, to }) => (open ? { from, to } : null)),
      exceptions: read.exceptions,
    })
  }
  return (
    <Modal
      open
      width={600}
      title={t(calendar === null ? 'promises.calendar.add' : 'promises.calendar.edit')}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      confirmLoading={save.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values> form={form} layout="vertical" initialValues={initialOf(calendar, zone)} onFinish={submit}>
        <div className="hf-form-row">
          <Form.Item
            name="name"
            label={t('promises.rule.name')}
            rules={[{ required: true, whitespace: true, message: t('promises.rule.name') }]}
          >
            <Input maxLength={80} autoFocus />
          </Form.Item>
          <Form.Item name="zone" label={t('promises.calendar.zone')} rules={[{ required: true }]}>
            <ZoneInput />
          </Form.Item>
        </div>
        <fieldset className="hf-fieldset">
          <legend>{t('promises.calendar.week')}</legend>
          {DAYS.map((day) => (
            <DayRow key={day} day={day} />
          ))}
        </fieldset>
        <Form.Item
          name="lines"
          label={t('promises.calendar.exceptions')}
          extra={t('promises.calendar.exceptionsHint')}
        >
          <Input.TextArea rows={5} placeholder={'2026-10-01,休,国庆节\n2026-10-10,班 09:00-12:00,调休'} />
        </Form.Item>
      </Form>
    </Modal>
  )
}

function DayRow({ day }: { readonly day: (typeof DAYS)[number] }) {
  const { t } = useWording()
  const form = Form.useFormInstance<Values>()
  const open = Form.useWatch(['week', day, 'open'], form) as boolean | undefined
  const time = [{ pattern: /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, message: 'HH:MM' }]
  return (
    <div className="hf-day-row">
      <span>{t(`promises.day.${day}`)}</span>
      <Form.Item name={['week', day, 'open']} valuePropName="checked" noStyle>
        <Switch size="small" aria-label={t(`promises.day.${day}`)} />
      </Form.Item>
      {open ? (
        <>
          <Form.Item name={['week', day, 'from']} rules={time} noStyle>
            <Input maxLength={5} aria-label={`${t(`promises.day.${day}`)} 1`} />
          </Form.Item>
          <span>–</span>
          <Form.Item name={['week', day, 'to']} rules={time} noStyle>
            <Input maxLength={5} aria-label={`${t(`promises.day.${day}`)} 2`} />
          </Form.Item>
        </>
      ) : (
        <span className="hf-faint">{t('promises.calendar.closed')}</span>
      )}
    </div>
  )
}

function initialOf(calendar: BusinessCalendar | null, zone: string): Values {
  if (calendar === null)
    return { name: '', zone, week: DAYS.map((day) => ({ open: day < 5, ...OFFICE })), lines: '' }
  return {
    name: calendar.name,
    zone: calendar.zone,
    week: calendar.week.map((hours) => ({ open: hours !== null, ...(hours ?? OFFICE) })),
    lines: writeExceptionLines(calendar.exceptions),
  }
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Checkbox, DatePicker, Form, Modal } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import 'dayjs/locale/zh-cn'
import { write } from '#/api/client.ts'
import { useSession } from '#/api/session.ts'
import { type WebhookEndpoint, webhooksQuery } from '#/api/webhook-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { nowMs } from '#/lib/time.ts'
import { clockIn, momentsOf, offsetText } from '#/lib/wall-time.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'

type Values = { readonly span: readonly [Dayjs, Dayjs]; readonly onlyFailed: boolean }
const HOUR = 3_600_000

/** What an endpoint missed is sent again: from when to when, on the hub's clocks. */
export function SpanDialog({
  row,
  onClose,
}: {
  readonly row: WebhookEndpoint
  readonly onClose: () => void
}) {
  const { t, language } = useWording()
  dayjs.locale(language === 'zh' ? 'zh-cn' : 'en')
  const { zone } = useSession().hub
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm<Values>()
  const now = nowMs()
  const on = (ms: number) => dayjs(clockIn(zone, ms))
  // The minute that is not over yet belongs to it.
  const back = (hours: number): [Dayjs, Dayjs] => [on(now - hours * HOUR), on(now + 60_000)]
  const send = useMutation({
    mutationFn: ({ span: [from, to], onlyFailed }: Values) =>
      write<{ sent: number; more: boolean }>('POST', `/api/webhooks/${row.id}/replay`, {
        from: instantOf(from, zone, 0),
        to: instantOf(to, zone, -1),
        onlyFailed,
      }),
    onError: fail,
    onSuccess: async ({ sent, more }) => {
      await client.invalidateQueries({ queryKey: webhooksQuery.queryKey })
      if (more) void message.warning(t('webhooks.replayedMore', { n: sent }), 8)
      else void message.success(t('webhooks.replayed', { n: sent }))
      onClose()
    },
  })
  return (
    <Modal
      open
      title={`${t('webhooks.replaySpan')} · ${row.name}`}
      okText={t('webhooks.replay')}
      cancelText={t('common.cancel')}
      confirmLoading={send.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('webhooks.replayHint')}</p>
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={{ span: back(24), onlyFailed: false }}
        onFinish={(values) => send.mutate(values)}
      >
        <Form.Item
          name="span"
          label={t('webhooks.span', { zone })}
          rules={[{ required: true, message: t('webhooks.needed') }]}
        >
          <DatePicker.RangePicker
            showTime={{ format: 'HH:mm' }}
            format="YYYY-MM-DD HH:mm"
            style={{ width: '100%' }}
            presets={[
              { label: t('webhooks.back', { n: 1 }), value: back(1) },
              { label: t('webhooks.back', { n: 24 }), value: back(24) },
              { label: t('webhooks.backDays', { n: 7 }), value: back(24 * 7) },
              { label: t('webhooks.backDays', { n: 30 }), value: back(24 * 30) },
            ]}
          />
        </Form.Item>
        <Form.Item name="onlyFailed" valuePropName="checked">
          <Checkbox>{t('webhooks.onlyFailed')}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  )
}

/** The moment at which the zone's clocks show this; of an hour that comes twice the first (`which` 0) or the last (-1). */
function instantOf(day: Dayjs, zone: string, which: 0 | -1): string {
  const wall = {
    year: day.year(),
    month: day.month() + 1,
    day: day.date(),
    hour: day.hour(),
    minute: day.minute(),
    second: 0,
  }
  const offset = momentsOf(wall, zone)?.at(which)?.offset ?? 0
  return `${day.format('YYYY-MM-DDTHH:mm')}:00${offsetText(offset)}`
}

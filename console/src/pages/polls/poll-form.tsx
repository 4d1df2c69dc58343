import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Drawer, Form, InputNumber, Space, Switch } from 'antd'
import { write } from '#/api/client.ts'
import { POLLS, type Poll, type PollPlan } from '#/api/poll-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { POLLS_KEY } from './use-polls.ts'

type Draft = {
  readonly increment?: PollPlan
  readonly fallback?: {
    readonly enabled: boolean
    readonly everySeconds: number
    readonly longestMinutes: number
  }
}

/** How one connection is polled; holds from the next turn on. */
export function PollForm({ poll, onClose }: { readonly poll: Poll; readonly onClose: () => void }) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const [form] = Form.useForm<Draft>()
  const save = useMutation({
    mutationFn: (draft: Draft) => write('PUT', `${POLLS}/${encodeURIComponent(poll.connection.id)}`, draft),
    onError: fail,
    onSuccess: async () => {
      void message.success(t('polls.saved'))
      await client.invalidateQueries({ queryKey: POLLS_KEY })
      onClose()
    },
  })
  const { increment, fallback } = poll
  const initial: Draft = {
    ...(increment ? { increment: planOf(increment) } : {}),
    ...(fallback
      ? {
          fallback: {
            enabled: fallback.enabled,
            everySeconds: fallback.everySeconds,
            longestMinutes: fallback.longestMinutes,
          },
        }
      : {}),
  }
  return (
    <Drawer
      open
      size={480}
      title={t('polls.editTitle', { name: poll.connection.name })}
      onClose={onClose}
      extra={
        <Space>
          <Button type="primary" loading={save.isPending} onClick={() => form.submit()}>
            {t('common.save')}
          </Button>
        </Space>
      }
    >
      <Form<Draft>
        form={form}
        layout="vertical"
        initialValues={initial}
        onFinish={() => save.mutate(changesOf(initial, form.getFieldsValue()))}
      >
        {increment ? <IncrementFields standard={increment.standard} form={form} /> : null}
        {fallback ? <FallbackFields apartSeconds={fallback.apartSeconds} /> : null}
      </Form>
    </Drawer>
  )
}

function planOf({ everySeconds, overlapSeconds, lagSeconds }: PollPlan): PollPlan {
  return { everySeconds, overlapSeconds, lagSeconds }
}

/** Only what was touched: the rest goes on following the setting for all connections. */
function changesOf(initial: Draft, draft: Draft): Draft {
  const fallback = Object.fromEntries(
    Object.entries(draft.fallback ?? {}).filter(
      ([name, value]) => initial.fallback?.[name as keyof NonNullable<Draft['fallback']>] !== value,
    ),
  )
  return {
    ...(draft.increment ? { increment: draft.increment } : {}),
    ...(Object.keys(fallback).length > 0 ? { fallback: fallback as NonNullable<Draft['fallback']> } : {}),
    ...(!draft.increment && Object.keys(fallback).length === 0 && draft.fallback
      ? { fallback: { ...draft.fallback } }
      : {}),
  }
}

function IncrementFields({
  standard,
  form,
}: {
  readonly standard: PollPlan
  readonly form: ReturnType<typeof Form.useForm<Draft>>[0]
}) {
  const { t } = useWording()
  const { everySeconds: every, overlapSeconds: overlap, lagSeconds: lag } = standard
  return (
    <Section title={t('polls.form.increment')}>
      <Form.Item name={['increment', 'everySeconds']} label={t('polls.form.every')} required>
        <InputNumber min={10} max={3_600} precision={0} />
      </Form.Item>
      <Form.Item
        name={['increment', 'overlapSeconds']}
        label={t('polls.form.overlap')}
        extra={t('polls.form.overlapHint')}
        required
      >
        <InputNumber min={0} max={86_400} precision={0} />
      </Form.Item>
      <Form.Item
        name={['increment', 'lagSeconds']}
        label={t('polls.form.lag')}
        extra={t('polls.form.lagHint')}
        required
      >
        <InputNumber min={0} max={3_600} precision={0} />
      </Form.Item>
      <Button type="link" onClick={() => form.setFieldsValue({ increment: standard })}>
        {t('polls.form.standard', { every, overlap, lag })}
      </Button>
    </Section>
  )
}

function FallbackFields({ apartSeconds }: { readonly apartSeconds: number }) {
  const { t, duration } = useWording()
  const apart = apartSeconds > 0 ? t('polls.form.apart', { time: duration(apartSeconds) }) : null
  return (
    <Section title={t('polls.form.fallback')}>
      <Form.Item
        name={['fallback', 'enabled']}
        label={t('polls.form.enabled')}
        valuePropName="checked"
        layout="horizontal"
      >
        <Switch />
      </Form.Item>
      <Form.Item
        name={['fallback', 'everySeconds']}
        label={t('polls.form.askEvery')}
        extra={apart ?? t('polls.form.askEveryHint')}
        required
      >
        <InputNumber min={60} max={86_400} precision={0} />
      </Form.Item>
      <Form.Item name={['fallback', 'longestMinutes']} label={t('polls.form.longest')} required>
        <InputNumber min={5} max={1_440} precision={0} />
      </Form.Item>
    </Section>
  )
}

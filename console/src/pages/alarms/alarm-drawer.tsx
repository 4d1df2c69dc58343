import { ArrowRightOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { App, Button, Drawer, Form, Input, Modal, Skeleton, Space } from 'antd'
import { useState } from 'react'
import type { AlarmDetail } from '#/api/alarm-types.ts'
import { get, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { evidenceWords } from '#/i18n/texts/evidence.ts'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'
import { useTargetWords } from './alarm-target.ts'
import { CardText } from './card-text.tsx'
import { PractiseLink } from './practise-link.tsx'
import { SilenceForm } from './silence-form.tsx'

/** One alarm: what is wrong, its card, what happened and who was told. */
export function AlarmDrawer({
  id,
  onClose,
  onChanged,
}: {
  readonly id: string
  readonly onClose: () => void
  readonly onChanged: () => void
}) {
  const { pick } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['alarms', 'one', id],
    queryFn: ({ signal }) => get<AlarmDetail>(`/api/alarms/${id}`, {}, signal),
    refetchInterval: 5_000,
  })
  return (
    <Drawer
      open
      onClose={onClose}
      size={640}
      className="hf-drawer"
      title={data ? pick(data.title) : `#${id}`}
      extra={data ? <AlarmActions alarm={data} onChanged={onChanged} /> : null}
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active /> : null}
      {data ? <AlarmBody alarm={data} /> : null}
    </Drawer>
  )
}

function AlarmActions({ alarm, onChanged }: { readonly alarm: AlarmDetail; readonly onChanged: () => void }) {
  const { t } = useWording()
  const can = useCan()
  const [asking, setAsking] = useState<'acknowledge' | 'resolve' | 'silence' | null>(null)
  if (!can('alarms:write') || alarm.state === 'resolved') return null
  return (
    <Space>
      <Button onClick={() => setAsking('silence')}>{t('alarms.silence')}</Button>
      <Button onClick={() => setAsking('resolve')}>{t('alarms.resolve')}</Button>
      {alarm.state === 'open' ? (
        <Button type="primary" onClick={() => setAsking('acknowledge')}>
          {t('alarms.acknowledge')}
        </Button>
      ) : null}
      {asking === 'acknowledge' || asking === 'resolve' ? (
        <HandleDialog alarm={alarm} how={asking} onClose={() => setAsking(null)} onDone={onChanged} />
      ) : null}
      {asking === 'silence' ? (
        <SilenceForm rule={alarm.rule} subject={alarm.subject} onClose={() => setAsking(null)} />
      ) : null}
    </Space>
  )
}

function HandleDialog({
  alarm,
  how,
  onClose,
  onDone,
}: {
  readonly alarm: AlarmDetail
  readonly how: 'acknowledge' | 'resolve'
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm<{ note?: string }>()
  const handle = useMutation({
    mutationFn: (note: string | undefined) =>
      write<AlarmDetail>('POST', `/api/alarms/${alarm.id}/${how}`, note ? { note } : {}),
    onError: fail,
    onSuccess: (changed) => {
      client.setQueryData(['alarms', 'one', alarm.id], changed)
      void message.success(how === 'acknowledge' ? t('alarms.acknowledged', { n: 1 }) : t('alarms.resolved'))
      onClose()
      onDone()
    },
  })
  return (
    <Modal
      open
      title={t(`alarms.${how}`)}
      okText={t(`alarms.${how}`)}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: handle.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t(`alarms.${how}Hint`)}</p>
      <Form form={form} layout="vertical" onFinish={({ note }) => handle.mutate(note?.trim() || undefined)}>
        <Form.Item name="note" label={t('alarms.note')}>
          <Input maxLength={500} placeholder={t('alarms.noteHint')} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  )
}

function AlarmBody({ alarm }: { readonly alarm: AlarmDetail }) {
  const { t, pick } = useWording()
  const target = useTargetWords()
  const navigate = useNavigate()
  const { link } = alarm
  return (
    <div className="hf-order">
      <div className="hf-tags hf-tags-large">
        <CodeTag family="severity" code={alarm.severity} dot />
        <CodeTag family="alarmState" code={alarm.state} />
        <Tag tone="neutral">
          <code>{alarm.rule}</code>
        </Tag>
        <Tag tone="neutral" title={alarm.subject}>
          {target(alarm)}
        </Tag>
      </div>
      <p className={`hf-alarm-words hf-alarm-${alarm.state === 'resolved' ? 'resolved' : alarm.severity}`}>
        {pick(alarm.words)}
      </p>
      {link ? (
        <Button
          className="hf-alarm-goto"
          icon={<ArrowRightOutlined />}
          onClick={() => void navigate({ href: link })}
        >
          {t('alarms.goto')}
        </Button>
      ) : null}
      <Section title={t('alarms.card')} extra={<PractiseLink rule={alarm.rule} />}>
        {alarm.card ? <CardText markdown={alarm.card} /> : <p className="hf-faint">{t('alarms.noCard')}</p>}
      </Section>
      {Object.keys(alarm.evidence).length > 0 ? (
        <Section title={t('alarms.evidence')}>
          <Facts
            items={Object.entries(alarm.evidence).map(([name, value]) => [
              pick(evidenceWords(name)),
              textOf(value),
            ])}
          />
        </Section>
      ) : null}
      <History alarm={alarm} />
      <Told alarm={alarm} />
    </div>
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function History({ alarm }: { readonly alarm: AlarmDetail }) {
  const { t } = useWording()
  const resolvedBy = alarm.resolvedBy ?? ''
  const events = [
    [alarm.openedAt, t('alarms.event.opened')],
    [alarm.acknowledgedAt, t('alarms.event.acknowledged', { by: alarm.acknowledgedBy ?? '' })],
    [alarm.lastAt, t('alarms.event.last', { n: alarm.times })],
    [
      alarm.resolvedAt,
      resolvedBy === 'hub' ? t('alarms.event.healed') : t('alarms.event.resolved', { by: resolvedBy }),
    ],
  ].filter((event): event is [string, string] => event[0] !== null)
  return (
    <Section title={t('alarms.history')}>
      <ul className="hf-alarm-events">
        {events.map(([at, words]) => (
          <li key={words}>
            <FullTime at={at} /> {words}
          </li>
        ))}
        {alarm.note ? (
          <li>
            {t('alarms.note')}：{alarm.note}
          </li>
        ) : null}
      </ul>
      {alarm.earlier.length > 0 ? (
        <p className="hf-faint">
          {t('alarms.earlier')}：
          {alarm.earlier.map((one) => (
            <span key={one.id} className="hf-alarm-earlier">
              <TimeText at={one.openedAt} />
            </span>
          ))}
        </p>
      ) : null}
    </Section>
  )
}

function Told({ alarm }: { readonly alarm: AlarmDetail }) {
  const { t, word } = useWording()
  return (
    <Section title={t('alarms.told')}>
      {alarm.held.map(({ route, until }) => (
        <p key={route} className="hf-faint">
          {t('alarms.held', { route, at: until.slice(11, 16) })}
        </p>
      ))}
      {alarm.deliveries.length === 0 && alarm.held.length === 0 ? (
        <p className="hf-faint">{t('alarms.toldNobody')}</p>
      ) : null}
      <ul className="hf-alarm-events">
        {alarm.deliveries.map((one) => (
          <li key={one.id}>
            <FullTime at={one.createdAt} /> {word('noticeKind', one.kind)} → {one.target.name}{' '}
            <CodeTag family="delivery" code={one.state} />
            {one.words ? <span className="hf-faint"> {one.words}</span> : null}
          </li>
        ))}
      </ul>
    </Section>
  )
}

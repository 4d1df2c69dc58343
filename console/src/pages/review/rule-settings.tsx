import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, InputNumber, Modal, Select, Skeleton } from 'antd'
import { type ReactNode, useState } from 'react'
import { get, write } from '#/api/client.ts'
import { type ReviewRule, type RuleSetting, SEVERITIES } from '#/api/review-types.ts'
import { useCan } from '#/api/session.ts'
import { useConnections } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { REVIEW, useAssignees } from './review-queries.ts'

const RULES_KEY = ['review-rules'] as const
type Rules = { readonly items: readonly ReviewRule[] }
type Editing = { readonly rule: ReviewRule; readonly connection: string | null }

/** When each kind of trouble becomes a case, how bad it is, who gets it: for all channels, or one shop of its own. */
export function RuleSettings({ tabs }: { readonly tabs: ReactNode }) {
  const { t } = useWording()
  const [editing, setEditing] = useState<Editing | null>(null)
  const { data, error, refetch } = useQuery({
    queryKey: RULES_KEY,
    queryFn: ({ signal }) => get<Rules>(`${REVIEW}/rules`, {}, signal),
  })
  return (
    <div className="hf-list">
      {tabs}
      <div className="hf-scroll-x hf-page">
        <p className="hf-faint">{t('review.rule.hint')}</p>
        {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
        {!data && !error ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
        {data ? (
          <section className="hf-section" aria-label={t('review.tab.rules')}>
            <RuleTable rules={data.items} onEdit={setEditing} />
          </section>
        ) : null}
      </div>
      {editing ? <RuleDialog {...editing} onClose={() => setEditing(null)} /> : null}
    </div>
  )
}

function RuleTable({
  rules,
  onEdit,
}: {
  readonly rules: readonly ReviewRule[]
  readonly onEdit: (editing: Editing) => void
}) {
  const { t } = useWording()
  return (
    <table className="hf-plain-table">
      <thead>
        <tr>
          <th>{t('review.rule.name')}</th>
          <th>{t('review.rule.active')}</th>
          <th className="hf-right">{t('review.rule.minutes')}</th>
          <th className="hf-right">{t('review.rule.due')}</th>
          <th>{t('review.rule.severity')}</th>
          <th>{t('review.rule.owner')}</th>
          <th>{t('review.rule.own')}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <RuleRow key={rule.id} rule={rule} onEdit={onEdit} />
        ))}
      </tbody>
    </table>
  )
}

function RuleRow({
  rule,
  onEdit,
}: {
  readonly rule: ReviewRule
  readonly onEdit: (editing: Editing) => void
}) {
  const { t, pick, duration } = useWording()
  const can = useCan()
  const people = useAssignees()
  const shops = useConnections()
  const { active, minutes, severity, dueMinutes, owner } = rule.effective
  const own = rule.settings.filter((row) => row.connection !== '*')
  return (
    <tr>
      <td>
        <b>{pick(rule)}</b>
        <div className="hf-faint">{pick(rule.next)}</div>
      </td>
      <td>
        <Tag tone={active ? 'good' : 'muted'}>{t(active ? 'review.rule.on' : 'review.rule.off')}</Tag>
      </td>
      <td className="hf-right">{minutes === 0 ? t('review.rule.immediately') : duration(minutes * 60)}</td>
      <td className="hf-right">{duration(dueMinutes * 60)}</td>
      <td>
        <CodeTag family="caseSeverity" code={severity} dot />
      </td>
      <td>{people.find((one) => one.id === owner)?.name ?? ''}</td>
      <td>
        {own.map((row) => (
          <Button
            key={row.connection}
            type="link"
            onClick={() => onEdit({ rule, connection: row.connection })}
          >
            {shops.find((shop) => shop.id === row.connection)?.name ?? row.connection}
          </Button>
        ))}
        {can('review:write') ? (
          <Button type="link" onClick={() => onEdit({ rule, connection: null })}>
            {t('review.rule.add')}
          </Button>
        ) : null}
      </td>
      <td>
        {can('review:write') ? (
          <Button onClick={() => onEdit({ rule, connection: '*' })}>{t('review.rule.edit')}</Button>
        ) : null}
      </td>
    </tr>
  )
}

type Values = {
  readonly connection?: string
  readonly active?: boolean | null
  readonly minutes?: number | null
  readonly severity?: RuleSetting['severity']
  readonly dueMinutes?: number | null
  readonly owner?: string | null
}

/** What is left empty comes from the row for all channels, then from the rule itself. */
function RuleDialog({ rule, connection, onClose }: Editing & { readonly onClose: () => void }) {
  const { t, pick } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [form] = Form.useForm<Values>()
  const shops = useConnections().filter((one) => one.role === 'channel')
  const present = rule.settings.find((row) => row.connection === connection)
  const save = useMutation({
    mutationFn: (values: Values) =>
      write<Rules>('PUT', `${REVIEW}/rules`, {
        rule: rule.id,
        connection: connection ?? values.connection,
        active: values.active ?? null,
        minutes: values.minutes ?? null,
        severity: values.severity ?? null,
        dueMinutes: values.dueMinutes ?? null,
        owner: values.owner ?? null,
      }),
    onError: fail,
    onSuccess: (rules) => {
      client.setQueryData(RULES_KEY, rules)
      void message.success(t('review.rule.saved'))
      onClose()
    },
  })
  const shop = shops.find((one) => one.id === connection)
  const where = connection === '*' ? t('review.rule.all') : (shop?.name ?? connection ?? t('review.rule.add'))
  return (
    <Modal
      open
      title={`${pick(rule)} · ${where}`}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
      footer={(_, { OkBtn, CancelBtn }) => (
        <>
          {present ? (
            <Button onClick={() => save.mutate({})} style={{ float: 'left' }}>
              {t('review.rule.reset')}
            </Button>
          ) : null}
          <CancelBtn />
          <OkBtn />
        </>
      )}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={present ?? {}}
        onFinish={(values) => save.mutate(values)}
      >
        {connection === null ? (
          <Form.Item
            name="connection"
            label={t('review.rule.channel')}
            rules={[{ required: true, message: t('review.rule.channel') }]}
          >
            <Select options={shops.map(({ id, name }) => ({ value: id, label: name }))} />
          </Form.Item>
        ) : null}
        <RuleFields rule={rule} forAll={connection === '*'} />
      </Form>
    </Modal>
  )
}

function RuleFields({ rule, forAll }: { readonly rule: ReviewRule; readonly forAll: boolean }) {
  const { t, word } = useWording()
  const people = useAssignees()
  // What holds where nothing is set: for all channels the rule's own, for one shop what holds for all.
  const below = forAll ? { active: true, ...rule.standard } : rule.effective
  const inherit = (value: string | number) => t('review.rule.inherit', { value: String(value) })
  return (
    <>
      <Form.Item name="active" label={t('review.rule.active')}>
        <Select
          allowClear
          placeholder={inherit(t(below.active ? 'review.rule.on' : 'review.rule.off'))}
          options={[
            { value: true, label: t('review.rule.on') },
            { value: false, label: t('review.rule.off') },
          ]}
        />
      </Form.Item>
      <Form.Item name="minutes" label={t('review.rule.minutes')}>
        <InputNumber
          min={0}
          max={100_000}
          precision={0}
          suffix={t('review.rule.minutesUnit')}
          placeholder={inherit(below.minutes)}
          style={{ width: '100%' }}
        />
      </Form.Item>
      <Form.Item name="dueMinutes" label={t('review.rule.due')}>
        <InputNumber
          min={1}
          max={100_000}
          precision={0}
          suffix={t('review.rule.minutesUnit')}
          placeholder={inherit(below.dueMinutes)}
          style={{ width: '100%' }}
        />
      </Form.Item>
      <Form.Item name="severity" label={t('review.rule.severity')}>
        <Select
          allowClear
          placeholder={inherit(word('caseSeverity', below.severity))}
          options={SEVERITIES.map((value) => ({ value, label: word('caseSeverity', value) }))}
        />
      </Form.Item>
      <Form.Item name="owner" label={t('review.rule.owner')}>
        <Select
          allowClear
          placeholder={inherit(t('review.nobody'))}
          options={people.map(({ id, name }) => ({ value: id, label: name }))}
        />
      </Form.Item>
    </>
  )
}

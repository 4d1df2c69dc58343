import { PlusOutlined, ScheduleOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Dropdown, Popconfirm, Space, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { PROMISES, type PromiseRule, type RuleDraft, type RuleTemplate } from '#/api/promise-types.ts'
import { useCan } from '#/api/session.ts'
import { useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { RuleForm } from './rule-form.tsx'

export const RULES = `${PROMISES}/rules`
const EMPTY: RuleDraft = {
  name: '',
  kind: '*',
  connectionId: null,
  starts: 'paid',
  keeps: 'dispatched',
  minutes: 2_880,
  calendarId: null,
  cutoff: null,
  platformFirst: true,
  warnMinutes: 240,
  penaltyCurrency: 'CNY',
  penaltyFixed: null,
  penaltyBps: null,
  penaltyCap: null,
  active: true,
}

/** The rules by which clocks run. */
export function RulesTab() {
  const { t, pick } = useWording()
  const can = useCan()
  const [edited, setEdited] = useState<{ readonly id: string | null; readonly draft: RuleDraft } | null>(null)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['promise-rules'],
    queryFn: async ({ signal }) => (await get<{ items: PromiseRule[] }>(RULES, {}, signal)).items,
  })
  const templates = useQuery({
    queryKey: ['promise-templates'],
    queryFn: async ({ signal }) =>
      (await get<{ items: RuleTemplate[] }>(`${PROMISES}/templates`, {}, signal)).items,
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const fromTemplate = (id: string) => {
    const template = templates.data?.find((one) => one.id === id)
    if (!template) return
    const { id: _id, zh: _zh, en: _en, ...part } = template
    setEdited({ id: null, draft: { ...EMPTY, ...part, name: pick(template) } })
  }
  const add = can('promises:write') ? (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: (templates.data ?? []).map((one) => ({ key: one.id, label: pick(one) })),
          onClick: ({ key }) => fromTemplate(key),
        }}
      >
        <Button>{t('promises.fromTemplate')}</Button>
      </Dropdown>
      <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited({ id: null, draft: EMPTY })}>
        {t('promises.addRule')}
      </Button>
    </>
  ) : null
  return (
    <div className="hf-tab-body">
      {data?.length === 0 ? (
        <TeachingEmpty
          icon={<ScheduleOutlined />}
          title={t('promises.rules.empty.title')}
          hint={t('promises.rules.empty.hint')}
        >
          <Space>{add}</Space>
        </TeachingEmpty>
      ) : (
        <>
          <div className="hf-section-tools">{add}</div>
          <RulesTable
            rules={data ?? []}
            loading={isPending}
            onEdit={({ id, ...rule }) => setEdited({ id, draft: draftOf(rule) })}
          />
        </>
      )}
      {edited ? <RuleForm id={edited.id} initial={edited.draft} onClose={() => setEdited(null)} /> : null}
    </div>
  )
}

function draftOf(rule: Omit<PromiseRule, 'id'>): RuleDraft {
  const { connectionName: _c, calendarName: _n, updatedBy: _b, updatedAt: _a, ...draft } = rule
  return draft
}

function RulesTable({
  rules,
  loading,
  onEdit,
}: {
  readonly rules: readonly PromiseRule[]
  readonly loading: boolean
  readonly onEdit: (rule: PromiseRule) => void
}) {
  const { t, word, pick, duration } = useWording()
  const can = useCan()
  const kinds = new Map(useConnectors().map((one) => [one.kind, one]))
  const remove = useRemoveRule()
  return (
    <Table<PromiseRule>
      size="small"
      rowKey="id"
      loading={loading}
      pagination={false}
      dataSource={[...rules]}
      columns={[
        { title: t('promises.rule.name'), key: 'name', dataIndex: 'name', width: 240 },
        {
          title: t('promises.rule.kind'),
          key: 'kind',
          width: 180,
          render: (_, rule) => {
            if (rule.kind === '*') return t('promises.rule.kindAll')
            const kind = kinds.get(rule.kind)
            return `${kind ? pick(kind) : rule.kind}${rule.connectionName ? ` · ${rule.connectionName}` : ''}`
          },
        },
        {
          title: t('promises.rule.minutesShort'),
          key: 'minutes',
          render: (_, rule) => (
            <>
              {word('promiseStarts', rule.starts)} → {word('promiseKeeps', rule.keeps)}{' '}
              <b className="hf-num">{duration(rule.minutes * 60)}</b>
              {rule.calendarName ? <span className="hf-faint"> · {rule.calendarName}</span> : null}
            </>
          ),
        },
        {
          title: t('promises.rule.penalty'),
          key: 'penalty',
          width: 170,
          render: (_, rule) => penaltyText(rule),
        },
        {
          title: t('promises.col.state'),
          key: 'active',
          width: 80,
          render: (_, rule) => (
            <Tag tone={rule.active ? 'good' : 'muted'}>
              {t(rule.active ? 'promises.rule.active' : 'promises.rule.inactive')}
            </Tag>
          ),
        },
        {
          title: '',
          key: 'actions',
          width: 150,
          render: (_, rule) =>
            can('promises:write') ? (
              <Space>
                <Button onClick={() => onEdit(rule)}>{t('common.edit')}</Button>
                <Popconfirm
                  title={t('promises.rule.removeConfirm', { name: rule.name })}
                  okText={t('common.delete')}
                  cancelText={t('common.cancel')}
                  onConfirm={() => remove.mutate(rule.id)}
                >
                  <Button danger>{t('common.delete')}</Button>
                </Popconfirm>
              </Space>
            ) : null,
        },
      ]}
    />
  )
}

function penaltyText({ penaltyFixed, penaltyBps, penaltyCap, penaltyCurrency }: PromiseRule): string {
  const parts = [
    penaltyFixed ? `${penaltyFixed} ${penaltyCurrency}` : null,
    penaltyBps ? `${(penaltyBps / 100).toFixed(2)}%` : null,
  ].filter((part) => part !== null)
  return parts.length === 0
    ? ''
    : `${parts.join(' + ')}${penaltyCap ? ` ≤ ${penaltyCap} ${penaltyCurrency}` : ''}`
}

function useRemoveRule() {
  const client = useQueryClient()
  const fail = useProblemToast()
  const { t } = useWording()
  const { message } = App.useApp()
  return useMutation({
    mutationFn: (id: string) => write('DELETE', `${RULES}/${id}`),
    onError: fail,
    onSuccess: () => {
      void message.success(t('promises.rule.saved'))
      return client.invalidateQueries({ queryKey: ['promise-rules'] })
    },
  })
}

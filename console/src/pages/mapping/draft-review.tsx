import { useMutation, useQuery } from '@tanstack/react-query'
import { App, Button, Drawer, Form, Input, Select, Skeleton } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { CodeEntry, MappingPreview, MappingVersion, Published } from '#/api/intake-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ChangeArrow, Figures } from '#/parts/figures.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { RuleDiff } from './rule-diff.tsx'
import type { RuleChange } from './rules.ts'
import { useRefreshMapping } from './use-mapping.ts'

const DAYS = [1, 7, 30] as const

/** What a draft would change, in rules and in orders; published from here, with a note, and only from here. */
export function DraftReview({
  draft,
  changes,
  defaults,
  onClose,
  onPublished,
}: {
  readonly draft: MappingVersion
  readonly changes: readonly RuleChange[]
  readonly defaults: readonly CodeEntry[]
  readonly onClose: () => void
  readonly onPublished: () => void
}) {
  const { t } = useWording()
  const [days, setDays] = useState<number>(7)
  return (
    <Drawer
      open
      onClose={onClose}
      size={680}
      className="hf-drawer"
      title={t('draft.reviewTitle', { n: draft.version })}
    >
      <div className="hf-order">
        <Section title={t('draft.diff')}>
          <RuleDiff changes={changes} defaults={defaults} />
        </Section>
        <Section
          title={t('draft.preview')}
          extra={
            <Select
              aria-label={t('draft.days')}
              value={days}
              onChange={setDays}
              options={DAYS.map((n) => ({ value: n, label: t('draft.daysOption', { n }) }))}
            />
          }
        >
          <p className="hf-faint">{t('draft.previewHint', { n: days })}</p>
          <Effect draft={draft} days={days} />
        </Section>
        <Publish draft={draft} days={days} onPublished={onPublished} />
      </div>
    </Drawer>
  )
}

function Effect({ draft, days }: { readonly draft: MappingVersion; readonly days: number }) {
  const { t } = useWording()
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['mapping-preview', draft.id, draft.rules, days],
    queryFn: () => write<MappingPreview>('POST', `/api/mapping/drafts/${draft.id}/preview`, { days }),
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (isPending) {
    return (
      <div role="status" aria-label={t('draft.calculating')}>
        <Skeleton active paragraph={{ rows: 4 }} />
      </div>
    )
  }
  return <EffectBody preview={data} />
}

function EffectBody({ preview }: { readonly preview: MappingPreview }) {
  const { t, count } = useWording()
  const { openOrder } = useOverlay()
  const { orders, total, factsAdded, factsRemoved, unknownLeft } = preview
  return (
    <>
      <Figures
        items={[
          [t('draft.messages'), count(preview.messages)],
          [t('draft.ordersChanged'), count(total)],
          [t('draft.factsAdded'), count(factsAdded), factsAdded > 0 ? 'good' : undefined],
          [t('draft.factsRemoved'), count(factsRemoved), factsRemoved > 0 ? 'bad' : undefined],
        ]}
      />
      {orders.length === 0 ? <p className="hf-faint">{t('draft.noOrders')}</p> : null}
      {orders.length > 0 ? (
        <ul className="hf-changes" aria-label={t('draft.ordersChanged')}>
          {orders.map((order) => (
            <li key={order.id}>
              <button type="button" className="hf-link hf-num" onClick={() => openOrder(order.id)}>
                {order.orderNo}
              </button>
              <span className="hf-push hf-num">
                {order.factsAdded > 0 ? <span className="hf-text-good">+{order.factsAdded} </span> : null}
                {order.factsRemoved > 0 ? <span className="hf-text-bad">−{order.factsRemoved}</span> : null}
              </span>
              <ChangeArrow family="status" from={order.from} to={order.to} none={t('replay.new')} />
            </li>
          ))}
        </ul>
      ) : null}
      {total > orders.length ? (
        <p className="hf-faint">{t('draft.firstOrders', { n: orders.length })}</p>
      ) : null}
      {unknownLeft.length > 0 ? (
        <p>
          <span className="hf-faint">{t('draft.unknownLeft')}</span>{' '}
          {unknownLeft.map((code) => (
            <code key={code} className="hf-code-word">
              {code}
            </code>
          ))}
        </p>
      ) : null}
    </>
  )
}

function Publish({
  draft,
  days,
  onPublished,
}: {
  readonly draft: MappingVersion
  readonly days: number
  readonly onPublished: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refresh = useRefreshMapping()
  const publish = useMutation({
    mutationFn: async (note: string) => {
      if (note !== draft.note) await write('PATCH', `/api/mapping/drafts/${draft.id}`, { note })
      return await write<Published>('POST', `/api/mapping/drafts/${draft.id}/publish`, { days })
    },
    onError: fail,
    onSuccess: ({ version, replayed }) => {
      void message.success(t('draft.published', { version, replayed }))
      refresh()
      onPublished()
    },
  })
  return (
    <Form<{ note: string }>
      layout="vertical"
      initialValues={{ note: draft.note }}
      onFinish={({ note }) => publish.mutate(note.trim())}
    >
      <Form.Item
        name="note"
        label={t('draft.note')}
        rules={[{ required: true, whitespace: true, message: t('draft.noteMissing') }]}
      >
        <Input maxLength={500} placeholder={t('draft.noteHint')} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={publish.isPending}>
        {t('draft.publish')}
      </Button>
    </Form>
  )
}

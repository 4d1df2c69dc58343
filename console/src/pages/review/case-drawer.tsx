import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Drawer, Input, Skeleton, Space } from 'antd'
import { useState } from 'react'
import type { ReviewCaseDetail } from '#/api/review-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { dateTime } from '#/lib/time.ts'
import { StockRemedies } from '#/pages/orders/stock-remedies.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { ChangeDialog, type DialogKind } from './change-dialogs.tsx'
import { NextAction } from './next-action.tsx'
import { Due } from './review-columns.tsx'
import { caseQuery, type Target, useChange } from './review-queries.ts'

/** One case: why it is here, what to do first, who has it, and all that was done about it. */
export function CaseDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t, pick } = useWording()
  const { data, error, refetch } = useQuery(caseQuery(id))
  return (
    <Drawer
      open
      onClose={onClose}
      size={640}
      className="hf-drawer"
      title={data ? `${pick(data.rule)} · ${data.orderNo ?? data.subject}` : t('review.drawer', { no: id })}
    >
      {error && !data ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
      {data ? <Body one={data} onChanged={() => void refetch()} /> : null}
    </Drawer>
  )
}

function Body({ one, onChanged }: { readonly one: ReviewCaseDetail; readonly onChanged: () => void }) {
  const { t, pick } = useWording()
  const can = useCan()
  return (
    <div className="hf-order">
      <div className="hf-tags hf-tags-large">
        <CodeTag family="caseSeverity" code={one.severity} dot />
        <CodeTag family="caseState" code={one.state} />
        {one.outcome ? <CodeTag family="caseOutcome" code={one.outcome} /> : null}
        <span className="hf-order-shop">
          {one.owner ? one.owner.name : <span className="hf-faint">{t('review.nobody')}</span>}
        </span>
        {one.state === 'resolved' ? null : (
          <span className="hf-order-payable">
            <Due row={one} />
          </span>
        )}
      </div>
      {can('review:write') ? <Actions one={one} onChanged={onChanged} /> : null}
      {one.state !== 'resolved' && one.goneAt ? (
        <Alert type="success" showIcon title={t('review.gone')} />
      ) : null}
      {one.state !== 'resolved' && one.kept && !one.goneAt ? (
        <Alert type="info" showIcon title={t('review.kept')} />
      ) : null}
      <section className="hf-explain" aria-label={t('review.why')}>
        <h2>{t('review.why')}</h2>
        <p>{pick(one)}</p>
        {one.rule.decision ? <p className="hf-faint">{t('review.decision')}</p> : null}
      </section>
      {one.state === 'resolved' ? null : (
        <Section title={t('review.whatNext')}>
          <p>{pick(one.next)}</p>
          <NextAction one={one} />
        </Section>
      )}
      {one.rule.id === 'stock_shortage' && one.order && one.state !== 'resolved' ? (
        <StockRemedies orderId={one.order.id} />
      ) : null}
      <Times one={one} />
      {one.order ? <OrderEssence one={one} /> : null}
      {can('review:write') ? <NoteBox key={one.note ?? ''} one={one} onChanged={onChanged} /> : null}
      <History one={one} />
      <Others one={one} />
    </div>
  )
}

function Actions({ one, onChanged }: { readonly one: ReviewCaseDetail; readonly onChanged: () => void }) {
  const { t } = useWording()
  const [dialog, setDialog] = useState<DialogKind | null>(null)
  const change = useChange(onChanged)
  const target: Target = { ids: [one.id], revisions: [one.revision] }
  const press = (path: 'assign' | 'snooze', body: object) => change.mutate({ path, target, body })
  return (
    <Space wrap>
      {one.state === 'resolved' ? (
        <Button onClick={() => setDialog('reopen')}>{t('review.reopen')}</Button>
      ) : (
        <>
          <Button loading={change.isPending} onClick={() => press('assign', { to: 'me' })}>
            {t('review.assignMe')}
          </Button>
          <Button onClick={() => setDialog('assign')}>{t('review.assign')}</Button>
          {one.owner ? (
            <Button onClick={() => press('assign', { to: null })}>{t('review.release')}</Button>
          ) : null}
          {one.state === 'snoozed' ? (
            <Button onClick={() => press('snooze', { until: null })}>{t('review.wake')}</Button>
          ) : (
            <Button onClick={() => setDialog('snooze')}>{t('review.snooze')}</Button>
          )}
          <Button onClick={() => setDialog('resolve')}>{t('review.resolve')}</Button>
        </>
      )}
      {dialog ? (
        <ChangeDialog
          kind={dialog}
          target={target}
          count={1}
          onClose={() => setDialog(null)}
          onDone={onChanged}
        />
      ) : null}
    </Space>
  )
}

function Times({ one }: { readonly one: ReviewCaseDetail }) {
  const { t, count } = useWording()
  return (
    <Facts
      items={[
        [t('review.since'), <FullTime key="since" at={one.since} />],
        [t('review.opened'), <FullTime key="opened" at={one.openedAt} />],
        [t('review.due'), <FullTime key="due" at={one.dueAt} />],
        ...(one.snoozedUntil
          ? [[t('review.snoozedUntil'), <FullTime key="until" at={one.snoozedUntil} />] as const]
          : []),
        ...(one.heat > 0
          ? [
              [
                t('review.heatOf'),
                <span key="heat" className="hf-num">
                  {count(one.heat)}
                </span>,
              ] as const,
            ]
          : []),
      ]}
    />
  )
}

function OrderEssence({ one }: { readonly one: ReviewCaseDetail }) {
  const { t } = useWording()
  const { openOrder } = useOverlay()
  const { order } = one
  if (!order) return null
  return (
    <Section
      title={order.orderNo}
      extra={
        <Button type="link" onClick={() => openOrder(order.id)}>
          {t('review.openOrder')}
        </Button>
      }
    >
      <div className="hf-tags">
        <CodeTag family="status" code={order.status} dot />
        {one.connection ? <span className="hf-faint">{one.connection.name}</span> : null}
        {order.shipBy ? (
          <span className="hf-faint">
            {t('review.shipBy')} <FullTime at={order.shipBy} />
          </span>
        ) : null}
      </div>
      {order.title ? <p>{order.title}</p> : null}
      <ul className="hf-skipped">
        {order.skus.map((sku) => (
          <li key={sku.code}>
            <code>{sku.code}</code> <span className="hf-num">× {sku.quantity}</span>{' '}
            {sku.matched ? null : <Tag tone="wait">{t('review.unmatched')}</Tag>}
          </li>
        ))}
      </ul>
    </Section>
  )
}

function NoteBox({ one, onChanged }: { readonly one: ReviewCaseDetail; readonly onChanged: () => void }) {
  const { t } = useWording()
  const [text, setText] = useState(one.note ?? '')
  const change = useChange(onChanged)
  const fresh = text.trim() !== '' && text.trim() !== one.note
  return (
    <Section title={t('review.note')}>
      <Input.TextArea
        aria-label={t('review.note')}
        value={text}
        maxLength={1_000}
        autoSize={{ minRows: 2, maxRows: 6 }}
        placeholder={t('review.noteHint')}
        onChange={(event) => setText(event.target.value)}
      />
      {fresh ? (
        <Button
          loading={change.isPending}
          onClick={() =>
            change.mutate({
              path: 'note',
              target: { ids: [one.id], revisions: [one.revision] },
              body: { note: text.trim() },
            })
          }
        >
          {t('review.noteSave')}
        </Button>
      ) : null}
    </Section>
  )
}

function History({ one }: { readonly one: ReviewCaseDetail }) {
  const { t, word } = useWording()
  return (
    <Section title={t('review.history')}>
      <ul className="hf-intents">
        {one.events.map((event) => (
          <li key={event.id}>
            <div>
              <b>{word('caseEvent', event.kind)}</b> {eventWords(event, word)}
            </div>
            <div className="hf-faint">
              {event.actor === 'hub' ? t('review.hub') : event.actor} · <FullTime at={event.at} />
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function eventWords(
  { kind, words }: ReviewCaseDetail['events'][number],
  word: ReturnType<typeof useWording>['word'],
): string {
  if (kind === 'snoozed') return dateTime(words)
  if (kind === 'resolved') {
    const [outcome = '', ...note] = words.split(': ')
    return [word('caseOutcome', outcome), note.join(': ')].filter(Boolean).join(' · ')
  }
  return kind === 'opened' ? '' : words
}

function Others({ one }: { readonly one: ReviewCaseDetail }) {
  const { t, pick, word } = useWording()
  if (one.others.length === 0) return null
  return (
    <Section title={t('review.others')}>
      <ul className="hf-intents">
        {one.others.map((other) => (
          <li key={other.id}>
            <Link to="." search={(old) => ({ ...old, case: other.id })} preload={false}>
              {pick(other.rule)}
            </Link>{' '}
            <CodeTag family="caseState" code={other.state} />{' '}
            <span className="hf-faint">
              {other.outcome ? `${word('caseOutcome', other.outcome)} · ` : ''}
              <TimeText at={other.openedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

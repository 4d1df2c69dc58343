import { useQuery } from '@tanstack/react-query'
import { Alert, App, Button, Drawer, Input, Skeleton } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { UnlockDetail } from '#/api/stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { useStockChange } from '../stock/use-stock-change.ts'
import { ownerOf } from './unlock-list.tsx'
import { Weighing } from './weighing.tsx'

type Answer = { readonly outcomes: readonly { readonly state: string | null; readonly pieces: number }[] }

/** One request: what it would free and endanger now, what the asker was shown, and the decision. */
export function UnlockDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['unlock', id],
    queryFn: ({ signal }) => get<UnlockDetail>(`/api/stock/unlocks/${id}`, {}, signal),
    refetchInterval: 10_000,
  })
  return (
    <Drawer
      open
      onClose={onClose}
      size={760}
      className="hf-drawer"
      title={
        <span className="hf-drawer-title">
          {t('holds.unlock.title', { id })}
          {data ? <span className="hf-faint">· {ownerOf(data.request)}</span> : null}
        </span>
      }
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active /> : null}
      {data ? <UnlockBody detail={data} /> : null}
    </Drawer>
  )
}

function UnlockBody({ detail }: { readonly detail: UnlockDetail }) {
  const { t } = useWording()
  const { request, now } = detail
  const waiting = request.state === 'waiting'
  return (
    <div className="hf-order">
      <div className="hf-order-head">
        <span className="hf-tags hf-tags-large">
          <CodeTag family="unlockState" code={request.state} dot />
          <span className="hf-faint">
            {t('holds.unlock.col.askedBy')} {request.askedBy} <FullTime at={request.askedAt} />
          </span>
          {request.decidedAt ? (
            <span className="hf-faint">
              {t('holds.unlock.col.decidedBy')} {request.decidedBy} <FullTime at={request.decidedAt} />
            </span>
          ) : null}
        </span>
        <blockquote className="hf-explain">
          <h2>{t('holds.unlock.reasonTitle')}</h2>
          {request.reason}
        </blockquote>
        {request.words ? (
          <blockquote className="hf-explain">
            <h2>{t('holds.unlock.words')}</h2>
            {request.words}
          </blockquote>
        ) : null}
      </div>
      {waiting && now ? (
        <Section title={t('holds.unlock.nowTitle')}>
          <Weighing frees={now.frees} endangers={now.endangers} />
        </Section>
      ) : null}
      {waiting ? <Decision detail={detail} /> : null}
      {waiting && now && !differs(detail) ? null : (
        <Section title={t('holds.unlock.thenTitle')}>
          <Weighing frees={request.frees} endangers={request.endangers} />
        </Section>
      )}
    </div>
  )
}

/** Whether anything but the time changed since it was asked for. */
function differs({ request, now }: UnlockDetail): boolean {
  const essence = ({ frees, endangers }: Pick<UnlockDetail['request'], 'frees' | 'endangers'>) =>
    JSON.stringify([
      frees.lines.map((line) => [line.sku, line.warehouse.code, line.pieces]),
      frees.serves.orders,
      endangers.order?.status,
      endangers.order?.waybills,
      endangers.warnings,
    ])
  return now !== null && essence(request) !== essence(now)
}

function Decision({ detail }: { readonly detail: UnlockDetail }) {
  const { t } = useWording()
  const can = useCan()
  const { modal, message } = App.useApp()
  const [words, setWords] = useState('')
  const { request, now, twoPeople } = detail
  const decide = useStockChange<Answer>(
    ({ outcomes }) => {
      const [outcome] = outcomes
      if (outcome?.state === 'approved') return t('holds.unlock.approved', { n: outcome.pieces })
      return t(outcome?.state === 'moot' ? 'holds.unlock.moot' : 'holds.unlock.rejected')
    },
    () => undefined,
  )
  const withdraw = useStockChange(
    () => t('holds.unlock.withdrawn'),
    () => undefined,
  )
  const send = (decision: 'approve' | 'reject') =>
    decide.mutate({
      method: 'POST',
      path: '/api/stock/unlocks/decide',
      body: { requests: [{ id: request.id, ...(now ? { seen: now.digest } : {}) }], decision, words },
    })
  const blocked = twoPeople && request.isMine
  return (
    <div className="hf-decide">
      {now && !now.held ? <Alert type="info" showIcon title={t('holds.unlock.ended')} /> : null}
      {blocked ? <Alert type="info" showIcon title={t('holds.unlock.mine')} /> : null}
      {!blocked && !can('stock:approve') ? (
        <Alert type="info" showIcon title={t('holds.unlock.noRight')} />
      ) : null}
      {!blocked && can('stock:approve') ? (
        <>
          <Input.TextArea
            rows={2}
            maxLength={500}
            aria-label={t('holds.unlock.words')}
            placeholder={t('holds.unlock.wordsHint')}
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
          <span className="hf-decide-buttons">
            <Button
              type="primary"
              danger
              loading={decide.isPending}
              onClick={() =>
                void modal.confirm({
                  title: t('holds.unlock.approve'),
                  content: t('holds.unlock.confirm', { n: now?.frees.pieces ?? 0 }),
                  okText: t('holds.unlock.approve'),
                  cancelText: t('common.cancel'),
                  onOk: () => send('approve'),
                })
              }
            >
              {t('holds.unlock.approve')}
            </Button>
            <Button
              loading={decide.isPending}
              onClick={() =>
                words.trim() === '' ? void message.warning(t('holds.unlock.wordsNeeded')) : send('reject')
              }
            >
              {t('holds.unlock.reject')}
            </Button>
          </span>
        </>
      ) : null}
      {request.isMine || can('admin') ? (
        <span>
          <Button
            loading={withdraw.isPending}
            onClick={() =>
              withdraw.mutate({
                method: 'POST',
                path: '/api/stock/unlocks/withdraw',
                body: { ids: [request.id], words },
              })
            }
          >
            {t('holds.unlock.withdraw')}
          </Button>
        </span>
      ) : null}
    </div>
  )
}

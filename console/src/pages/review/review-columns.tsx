import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { ReviewCase } from '#/api/review-types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { epochMs, nowMs } from '#/lib/time.ts'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

export function useReviewColumns(resolved: boolean): readonly ListColumn<ReviewCase>[] {
  const wording = useWording()
  return useMemo(() => reviewColumns(wording, resolved), [wording, resolved])
}

function reviewColumns({ t, pick, count }: Wording, resolved: boolean): readonly ListColumn<ReviewCase>[] {
  const column = (
    key: string,
    width: number,
    render: ListColumn<ReviewCase>['render'],
    more: Partial<ListColumn<ReviewCase>> = {},
  ): ListColumn<ReviewCase> => ({
    key,
    title: t(`review.col.${key}` as 'review.col.why'),
    width,
    render,
    ...more,
  })
  return [
    column('order', 176, (row) => <OrderCell row={row} />, { pinned: true }),
    column('severity', 80, (row) => <CodeTag family="caseSeverity" code={row.severity} dot />),
    column('trouble', 112, (row) => <span title={pick(row.rule)}>{pick(row.rule)}</span>),
    resolved
      ? column('outcome', 150, (row) => <Outcome row={row} />)
      : column('due', 84, (row) => <Due row={row} />),
    column('why', 320, (row) => (
      <span className="hf-faint" title={pick(row)}>
        {pick(row)}
      </span>
    )),
    column('owner', 68, (row) =>
      row.owner ? row.owner.name : <span className="hf-faint">{t('review.nobody')}</span>,
    ),
    column('sku', 108, (row) => <Skus row={row} />),
    column('heat', 52, (row) => <span className="hf-num">{row.heat > 0 ? count(row.heat) : ''}</span>, {
      align: 'right',
    }),
    column('connection', 104, (row) => <span title={row.connection?.name}>{row.connection?.name}</span>),
    column('since', 96, (row) => <TimeText at={row.since} />, { hidden: true }),
    column('note', 140, (row) => <span title={row.note ?? ''}>{row.note}</span>, { hidden: true }),
    column('pieces', 56, (row) => <span className="hf-num">{row.order?.pieces}</span>, {
      align: 'right',
      hidden: true,
    }),
    column('next', 240, (row) => <span title={pick(row.next)}>{pick(row.next)}</span>, { hidden: true }),
  ]
}

function OrderCell({ row }: { readonly row: ReviewCase }) {
  const { t } = useWording()
  if (!row.order)
    return (
      <span className="hf-num hf-faint" title={row.orderNo ?? row.subject}>
        {row.orderNo ?? t('review.noOrder')}
      </span>
    )
  const { id, orderNo } = row.order
  return (
    <Link
      to="."
      search={(previous) => ({ ...previous, order: id })}
      preload={false}
      className="hf-num hf-order-no"
    >
      {orderNo}
    </Link>
  )
}

/** How long until it is due, or by how much it is late. */
export function Due({ row }: { readonly row: ReviewCase }) {
  const { t, roughly } = useWording()
  if (row.state === 'snoozed' && row.snoozedUntil) return <TimeText at={row.snoozedUntil} />
  const seconds = (epochMs(row.dueAt) - nowMs()) / 1_000
  const text = t(seconds < 0 ? 'review.overdueBy' : 'review.left', { t: roughly(Math.abs(seconds)) })
  return (
    <span className={seconds < 0 ? 'hf-text-bad' : ''}>
      <TimeText at={row.dueAt} text={text} />
    </span>
  )
}

function Outcome({ row }: { readonly row: ReviewCase }) {
  const { word } = useWording()
  if (!row.outcome) return null
  return (
    <span title={row.resolvedAt ?? ''}>
      {word('caseOutcome', row.outcome)}{' '}
      {row.outcome === 'gone' ? null : <span className="hf-faint">{row.resolvedBy}</span>}
    </span>
  )
}

function Skus({ row }: { readonly row: ReviewCase }) {
  const codes = row.order?.skus ?? []
  const [first, ...others] = codes
  if (!first) return null
  const title = codes.map((sku) => `${sku.code} × ${sku.quantity}`).join('\n')
  return (
    <span title={title} className={first.matched ? 'hf-num' : 'hf-num hf-text-wait'}>
      {first.code}
      {others.length > 0 ? <span className="hf-faint"> +{others.length}</span> : null}
    </span>
  )
}

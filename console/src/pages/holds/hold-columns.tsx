import { useMemo } from 'react'
import type { Hold } from '#/api/stock-types.ts'
import { reasonWords } from '#/i18n/hub-reasons.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { Countdown } from '#/parts/countdown.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

/** Whose a hold is, as people call it. */
export function ownerName(hold: Pick<Hold, 'owner' | 'order'>): string {
  return hold.order?.orderNo ?? (hold.owner.reference || hold.owner.id)
}

export function openPieces(hold: Hold): number {
  return hold.lines.reduce((sum, line) => sum + (hold.state === 'held' ? line.open : line.quantity), 0)
}

export function useHoldColumns(ended: boolean): readonly ListColumn<Hold>[] {
  const wording = useWording()
  return useMemo(() => holdColumns(wording, ended), [wording, ended])
}

function holdColumns(wording: Wording, ended: boolean): readonly ListColumn<Hold>[] {
  const { t, count, roughly } = wording
  const column = (
    key: string,
    width: number,
    render: ListColumn<Hold>['render'],
    more: Partial<ListColumn<Hold>> = {},
  ): ListColumn<Hold> => ({ key, title: t(`holds.col.${key}` as 'holds.col.owner'), width, render, ...more })
  const common = [
    column('owner', 200, (row) => <Owner hold={row} />, { pinned: true }),
    column('lines', 210, (row) => <Lines hold={row} wording={wording} />),
    column('pieces', 64, (row) => <span className="hf-num">{count(openPieces(row))}</span>, {
      align: 'right',
    }),
  ]
  const rest = [
    column('channel', 110, (row) => row.channel?.name ?? null, { hidden: true }),
    column('reason', 130, (row) => <span title={row.reason}>{reasonWords(row.reason, wording)}</span>),
    column('createdAt', 96, (row) => <TimeText at={row.createdAt} />),
    column('key', 240, (row) => <code title={row.key}>{row.key}</code>, { hidden: true }),
  ]
  if (ended)
    return [
      ...common,
      column('state', 90, (row) => <CodeTag family="holdState" code={row.state} dot />),
      column('endedAt', 98, (row) => <TimeText at={row.endedAt} />),
      column('endedBy', 110, (row) => <span title={row.endedReason ?? ''}>{row.endedBy}</span>),
      ...rest,
    ]
  return [
    ...common,
    column('why', 170, (row) => (
      <span className="hf-tags">
        <CodeTag family="holdWhy" code={row.why} dot />
        {row.unlockRequest === null ? null : <Tag tone="wait">{t('holds.asked')}</Tag>}
      </span>
    )),
    column('deadline', 108, (row) => <Deadline hold={row} wording={wording} />),
    column('heartbeat', 84, (row) => (
      <span className="hf-num" title={row.heartbeatAt}>
        {t('holds.ago', { t: roughly(row.heartbeatAgeSeconds) })}
      </span>
    )),
    column('promise', 112, (row) =>
      row.order?.promiseDueAt ? <Countdown dueAt={row.order.promiseDueAt} warnAt={null} /> : null,
    ),
    ...rest,
  ]
}

function Owner({ hold }: { readonly hold: Hold }) {
  const name = ownerName(hold)
  return (
    <span className="hf-stock-sku" title={name}>
      <CodeTag family="holdOwner" code={hold.owner.kind} />
      <span className="hf-num hf-order-no">{name}</span>
    </span>
  )
}

function Lines({ hold, wording: { t, count } }: { readonly hold: Hold; readonly wording: Wording }) {
  const [first] = hold.lines
  if (first === undefined) return null
  const text = hold.lines
    .map((line) => `${line.sku} @ ${line.warehouse.name} × ${line.open || line.quantity}`)
    .join('\n')
  return (
    <span title={text}>
      <span className="hf-num">{first.sku}</span> <span className="hf-faint">{first.warehouse.name}</span>
      {hold.lines.length > 1 ? ` ${t('holds.moreLines', { n: count(hold.lines.length) })}` : ''}
    </span>
  )
}

function Deadline({ hold, wording: { t, roughly } }: { readonly hold: Hold; readonly wording: Wording }) {
  return hold.overdueSeconds > 0 ? (
    <Tag tone="bad" title={hold.deadlineAt}>
      {t('holds.overdueBy', { t: roughly(hold.overdueSeconds) })}
    </Tag>
  ) : (
    <TimeText at={hold.deadlineAt} />
  )
}

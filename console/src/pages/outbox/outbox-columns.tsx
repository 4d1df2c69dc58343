import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { OutboxIntent } from '#/api/intake-types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

export function useOutboxColumns(): readonly ListColumn<OutboxIntent>[] {
  const wording = useWording()
  return useMemo(() => outboxColumns(wording), [wording])
}

const OPEN: readonly string[] = ['pending', 'sending', 'unknown']

function outboxColumns({ t, word }: Wording): readonly ListColumn<OutboxIntent>[] {
  const column = (
    key: string,
    width: number,
    render: ListColumn<OutboxIntent>['render'],
    more: Partial<ListColumn<OutboxIntent>> = {},
  ): ListColumn<OutboxIntent> => ({
    key,
    title: t(`outbox.col.${key}` as 'outbox.col.state'),
    width,
    render,
    ...more,
  })
  return [
    column('orderNo', 168, (row) => <Order row={row} />, { pinned: true }),
    column('effect', 104, (row) => word('effect', row.effect)),
    column('connection', 120, (row) => <span title={row.connection.name}>{row.connection.name}</span>),
    column('state', 100, (row) => <CodeTag family="intent" code={row.state} dot />),
    column('attempts', 56, (row) => <span className="hf-num">{row.attempts}</span>, { align: 'right' }),
    column('last', 140, (row) => <Last row={row} />),
    column('notBefore', 96, (row) => (OPEN.includes(row.state) ? <TimeText at={row.notBefore} /> : null)),
    column('updatedAt', 96, (row) => <TimeText at={row.updatedAt} />),
    column('createdAt', 98, (row) => <TimeText at={row.createdAt} />, { hidden: true }),
    column('key', 260, (row) => <code title={row.key}>{row.key}</code>, { hidden: true }),
  ]
}

function Order({ row }: { readonly row: OutboxIntent }) {
  if (row.orderId === null) {
    const text = row.orderNo ?? row.key
    return (
      <span className="hf-num" title={text}>
        {text}
      </span>
    )
  }
  const { orderId } = row
  return (
    <Link
      to="."
      search={(previous) => ({ ...previous, order: orderId })}
      preload={false}
      className="hf-num hf-order-no"
    >
      {row.orderNo}
    </Link>
  )
}

function Last({ row }: { readonly row: OutboxIntent }) {
  if (!row.lastCode && !row.lastDetail) return null
  return (
    <span title={[row.lastCode, row.lastDetail].filter(Boolean).join(': ')}>
      {row.lastCode ? <code>{row.lastCode}</code> : null} <span className="hf-faint">{row.lastDetail}</span>
    </span>
  )
}

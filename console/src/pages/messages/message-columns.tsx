import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { MessageRow } from '#/api/intake-types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { clockTime } from '#/lib/time.ts'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useParkWord } from '#/parts/problem-notice.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

export function useMessageColumns(): readonly ListColumn<MessageRow>[] {
  const wording = useWording()
  return useMemo(() => messageColumns(wording), [wording])
}

function messageColumns({ t, word, count }: Wording): readonly ListColumn<MessageRow>[] {
  const column = (
    key: string,
    width: number,
    render: ListColumn<MessageRow>['render'],
    more: Partial<ListColumn<MessageRow>> = {},
  ): ListColumn<MessageRow> => ({
    key,
    title: t(`messages.col.${key}` as 'messages.col.topic'),
    width,
    render,
    ...more,
  })
  return [
    column('receivedAt', 128, (row) => <ReceivedAt row={row} />, { pinned: true }),
    column('connection', 124, (row) => <span title={row.connection.name}>{row.connection.name}</span>),
    column('topic', 132, (row) => <code title={row.topic}>{row.topic}</code>),
    column('orderNo', 164, (row) => <OrderNo row={row} />),
    column('verdict', 100, (row) => <CodeTag family="verdict" code={row.verdict} dot />),
    column('state', 92, (row) => (row.state ? <CodeTag family="messageState" code={row.state} /> : null)),
    column('reason', 116, (row) => <Reason row={row} />),
    column('transport', 72, (row) => word('transport', row.transport), { hidden: true }),
    column('response', 62, (row) => <span className="hf-num">{row.responseStatus}</span>, {
      hidden: true,
      align: 'right',
    }),
    column('latency', 84, (row) => <span className="hf-num">{latency(row.latencyMs)}</span>, {
      hidden: true,
      align: 'right',
    }),
    column('bytes', 84, (row) => <span className="hf-num">{count(row.bytes)} B</span>, {
      hidden: true,
      align: 'right',
    }),
    column('id', 130, (row) => <span className="hf-num">{row.id}</span>, { hidden: true }),
  ]
}

/** A busy log has many rows in one minute, so its times show seconds. */
function ReceivedAt({ row }: { readonly row: MessageRow }) {
  return (
    <Link
      to="."
      search={(previous) => ({ ...previous, message: row.id })}
      preload={false}
      className="hf-order-no"
    >
      <TimeText at={row.receivedAt} text={clockTime(row.receivedAt)} />
    </Link>
  )
}

function OrderNo({ row }: { readonly row: MessageRow }) {
  if (!row.orderNo) return null
  return (
    <Link to="/orders" search={{ q: row.orderNo }} preload={false} className="hf-num" title={row.orderNo}>
      {row.orderNo}
    </Link>
  )
}

function Reason({ row }: { readonly row: MessageRow }) {
  const reasonWord = useParkWord()
  const code = row.parkCode ?? row.refusalCode
  if (!code) return null
  const detail = row.parkDetail ?? row.refusalDetail ?? ''
  return (
    <span title={`${code}${detail ? `: ${detail}` : ''}`}>
      {reasonWord(code) ?? <code>{code}</code>} <span className="hf-faint">{detail}</span>
    </span>
  )
}

function latency(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

import { ArrowRightOutlined } from '@ant-design/icons'
import { useMemo } from 'react'
import type { Transfer, TransferHead, TransferState } from '#/api/transfer-types.ts'
import { useWording } from '#/i18n/language.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { Tone } from '#/theme/palette.ts'

const TONE: Readonly<Record<TransferState, Tone>> = {
  instructed: 'wait',
  locked: 'neutral',
  dispatched: 'move',
  part_received: 'move',
  received: 'good',
  short_closed: 'muted',
  cancelled: 'muted',
  failed: 'bad',
}

export function StateTag({ row }: { readonly row: TransferHead }) {
  const { t } = useWording()
  return (
    <span className="hf-inline">
      <Tag tone={TONE[row.state]} dot>
        {t(`transfers.state.${row.state}`)}
      </Tag>
      {row.flagged && row.state === 'instructed' ? <Tag tone="bad">{t('transfers.late')}</Tag> : null}
      {row.overdue ? <Tag tone="bad">{t('transfers.overdueTag')}</Tag> : null}
    </span>
  )
}

export function WayText({ row }: { readonly row: TransferHead }) {
  const { t } = useWording()
  if (row.kind === 'channel')
    return (
      <span className="hf-transfer-way">
        {row.from.name} <span className="hf-faint">{t('transfers.kind.channel')}</span>
      </span>
    )
  return (
    <span className="hf-transfer-way" title={`${row.from.code} → ${row.to.code}`}>
      {row.from.name} <ArrowRightOutlined aria-label="→" className="hf-faint" /> {row.to.name}
    </span>
  )
}

export function useTransferColumns(): readonly ListColumn<Transfer>[] {
  const { t } = useWording()
  return useMemo(() => {
    const column = (
      key: string,
      width: number,
      render: ListColumn<Transfer>['render'],
      more: Partial<ListColumn<Transfer>> = {},
    ): ListColumn<Transfer> => ({
      key,
      title: t(`transfers.col.${key}` as 'transfers.col.state'),
      width,
      render,
      ...more,
    })
    const number = (n: number) => <span className="hf-num">{n}</span>
    return [
      column('transferNo', 168, (row) => <span className="hf-num">{row.transferNo}</span>, { pinned: true }),
      column('way', 200, (row) => <WayText row={row} />),
      column('state', 150, (row) => <StateTag row={row} />),
      column('skus', 190, (row) => (
        <span title={row.skus}>
          <code>{row.skus}</code>
          {row.lines > 3 ? ` +${row.lines - 3}` : ''}
        </span>
      )),
      column('quantity', 72, (row) => number(row.quantity), { align: 'right' }),
      column(
        'progress',
        86,
        (row) => (
          <span className="hf-num">
            {row.dispatched} / {row.received + row.damaged + row.lost}
          </span>
        ),
        { align: 'right' },
      ),
      column(
        'lock',
        92,
        (row) =>
          row.lockMs === null ? null : <span className="hf-num">{t('transfers.ms', { n: row.lockMs })}</span>,
        { align: 'right' },
      ),
      column('expectedAt', 100, (row) => <TimeText at={row.expectedAt} />),
      column('instructedAt', 100, (row) => <TimeText at={row.instructedAt} />),
      column('reason', 180, (row) => <span title={row.reason}>{row.reason}</span>),
      column('order', 160, (row) => row.order?.orderNo ?? null, { hidden: true }),
    ]
  }, [t])
}

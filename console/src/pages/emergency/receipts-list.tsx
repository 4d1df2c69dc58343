import { FileDoneOutlined } from '@ant-design/icons'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { useMemo, useState } from 'react'
import type { SpoolReceipt } from '#/api/emergency-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { Tone } from '#/theme/palette.ts'
import { ConflictDialog } from './conflict-dialog.tsx'

const OUTCOMES = ['accepted', 'duplicate', 'conflict', 'rejected'] as const
const TONES: Readonly<Record<SpoolReceipt['outcome'], Tone>> = {
  accepted: 'good',
  duplicate: 'muted',
  conflict: 'bad',
  rejected: 'wait',
}
const rowKey = (row: SpoolReceipt) => row.id
const rowName = (row: SpoolReceipt) => row.orderNo ?? row.id

/** What became of each message of the spool; `conflicts`: those that wait for a person. */
export function ReceiptsList({ conflicts }: { readonly conflicts: boolean }) {
  const { t } = useWording()
  const { outcome } = useSearch({ from: '/shell/emergency' })
  const navigate = useNavigate({ from: '/emergency' })
  const [comparing, setComparing] = useState<string | null>(null)
  const query = useMemo(
    () => (conflicts ? { open: 'true' } : outcome === undefined ? {} : { outcome }),
    [conflicts, outcome],
  )
  const list = useCursorList<SpoolReceipt>('/api/emergency/receipts', query)
  const columns = useReceiptColumns(setComparing)
  return (
    <>
      <ListView<SpoolReceipt>
        name={conflicts ? 'spool-conflicts' : 'spool-receipts'}
        label={t('emergency.receipts')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        onOpen={(row) => {
          if (row.outcome === 'conflict') setComparing(row.id)
        }}
        filters={
          conflicts ? null : (
            <Select
              allowClear
              className="hf-filter"
              aria-label={t('emergency.col.outcome')}
              placeholder={t('emergency.col.outcome')}
              value={outcome ?? null}
              onChange={(value: string | null) =>
                void navigate({
                  search: { tab: 'receipts', ...(value === null ? {} : { outcome: value }) },
                  replace: true,
                })
              }
              options={OUTCOMES.map((value) => ({ value, label: t(`emergency.outcome.${value}`) }))}
            />
          )
        }
        filtered={!conflicts && outcome !== undefined}
        onClearFilters={() => void navigate({ search: { tab: 'receipts' } })}
        empty={
          <TeachingEmpty
            icon={<FileDoneOutlined />}
            title={t(conflicts ? 'emergency.conflicts.empty' : 'emergency.receipts.empty')}
            hint={t(conflicts ? 'emergency.conflicts.emptyHint' : 'emergency.receipts.emptyHint')}
          />
        }
      />
      {comparing === null ? null : (
        <ConflictDialog id={comparing} onClose={() => setComparing(null)} onDecided={list.refresh} />
      )}
    </>
  )
}

function useReceiptColumns(onCompare: (id: string) => void): readonly ListColumn<SpoolReceipt>[] {
  const { t } = useWording()
  return useMemo(() => {
    const column = (
      key: string,
      width: number,
      render: ListColumn<SpoolReceipt>['render'],
      more: Partial<ListColumn<SpoolReceipt>> = {},
    ): ListColumn<SpoolReceipt> => ({
      key,
      title: t(`emergency.col.${key}` as 'emergency.col.orderNo'),
      width,
      render,
      ...more,
    })
    return [
      column('orderNo', 170, (row) => <span className="hf-num">{row.orderNo ?? '–'}</span>, { pinned: true }),
      column('outcome', 90, (row) => (
        <Tag tone={TONES[row.outcome]} dot>
          {t(`emergency.outcome.${row.outcome}`)}
        </Tag>
      )),
      column('connection', 130, (row) => <span title={row.connection.id}>{row.connection.name}</span>),
      column('topic', 140, (row) => <code title={row.topic}>{row.topic}</code>),
      column('receivedAt', 104, (row) => <TimeText at={row.receivedAt} />),
      column('mergedAt', 104, (row) => <TimeText at={row.mergedAt} />),
      column('message', 150, (row) => <MessageLink id={row.messageId} />),
      column('decision', 150, (row) => <Decision row={row} onCompare={onCompare} />),
      column('detail', 200, (row) => <span title={row.detail ?? ''}>{row.detail}</span>, { hidden: true }),
    ]
  }, [t, onCompare])
}

function MessageLink({ id }: { readonly id: string | null }) {
  if (id === null) return null
  return (
    <Link
      to="."
      search={(previous) => ({ ...previous, message: id })}
      preload={false}
      className="hf-num hf-order-no"
    >
      {id}
    </Link>
  )
}

function Decision({
  row,
  onCompare,
}: {
  readonly row: SpoolReceipt
  readonly onCompare: (id: string) => void
}) {
  const { t } = useWording()
  if (row.outcome !== 'conflict') return null
  if (row.decision !== null)
    return (
      <span>
        {t(`emergency.decision.${row.decision}`)} <span className="hf-faint">{row.decidedBy}</span>
      </span>
    )
  return (
    <Button size="small" onClick={() => onCompare(row.id)}>
      {t('emergency.decide')}
    </Button>
  )
}

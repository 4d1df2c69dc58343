import { PrinterOutlined } from '@ant-design/icons'
import { type ReactNode, useEffect, useMemo } from 'react'
import type { LabelBatch } from '#/api/label-types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { LabelsChange } from './labels-page.tsx'
import { STATE_TONE } from './use-labels.ts'

const rowKey = (row: LabelBatch) => row.id
const rowName = (row: LabelBatch) => row.batchNo
const NONE = {}

export function BatchesTab({
  tabs,
  onChange,
}: {
  readonly tabs: ReactNode
  readonly onChange: (change: LabelsChange) => void
}) {
  const wording = useWording()
  const { t } = wording
  const list = useCursorList<LabelBatch>('/api/labels/batches', NONE)
  const { refresh } = list
  const isMoving = list.rows.some((row) => row.state === 'waiting' || row.state === 'rendering')
  useEffect(() => {
    if (!isMoving) return
    const timer = setInterval(refresh, 2_000)
    return () => clearInterval(timer)
  }, [isMoving, refresh])
  const columns = useMemo(() => batchColumns(wording), [wording])
  return (
    <ListView<LabelBatch>
      name="labels-batches"
      label={t('labels.tab.batches')}
      columns={columns}
      rowKey={rowKey}
      rowName={rowName}
      list={list}
      filtered={false}
      onClearFilters={list.refresh}
      views={tabs}
      onOpen={(row) => onChange({ batch: row.id })}
      empty={
        <TeachingEmpty
          icon={<PrinterOutlined />}
          title={t('labels.batches.empty')}
          hint={t('labels.batches.hint')}
        />
      }
    />
  )
}

function batchColumns({ t, count }: Wording): readonly ListColumn<LabelBatch>[] {
  const figure = (key: 'labels' | 'rendered' | 'failed' | 'passed' | 'reprints'): ListColumn<LabelBatch> => ({
    key,
    title: t(`labels.col.${key}`),
    width: 70,
    align: 'right',
    render: (row) =>
      row[key] === 0 && key !== 'labels' ? null : (
        <span className={key === 'failed' ? 'hf-num hf-bad-text' : 'hf-num'}>{count(row[key])}</span>
      ),
  })
  return [
    {
      key: 'batchNo',
      title: t('labels.col.batchNo'),
      width: 150,
      pinned: true,
      render: (row) => <span className="hf-num">{row.batchNo}</span>,
    },
    {
      key: 'state',
      title: t('labels.col.state'),
      width: 90,
      render: (row) => (
        <Tag tone={STATE_TONE[row.state] ?? 'neutral'} dot>
          {t(`labels.state.${row.state}`)}
        </Tag>
      ),
    },
    figure('labels'),
    figure('rendered'),
    figure('failed'),
    figure('passed'),
    figure('reprints'),
    { key: 'size', title: t('labels.col.size'), width: 80, render: (row) => row.size },
    { key: 'createdBy', title: t('labels.col.createdBy'), width: 90, render: (row) => row.createdBy },
    {
      key: 'createdAt',
      title: t('labels.col.createdAt'),
      width: 100,
      render: (row) => <TimeText at={row.createdAt} />,
    },
  ]
}
